import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { KeyPair } from '@flotilla/kubeapi/pki/key-pair';
import { privateMode, replaceFile } from '@flotilla/trust/private-file';

/** One way to reach one API server. Cluster, user and context all carry the name. */
export interface KubeconfigContext {
  readonly name: string;
  readonly server: string;
  readonly caCertPem: string;
  readonly client: KeyPair;
}

export interface KubeconfigOptions {
  readonly path: string;
  readonly contexts: readonly KubeconfigContext[];
  readonly currentContext: string;
}

interface NamedEntry {
  readonly name: string;
}

/**
 * Writes the contexts into the file (mode 0600, replaced in one step). What others added to it under other names stays; a file that can't be
 * understood is replaced.
 */
export async function writeKubeconfig({ path, contexts, currentContext }: KubeconfigOptions): Promise<void> {
  const before = await readConfig(path);
  const names = new Set(contexts.map(({ name }) => name));
  const others = (entries: unknown): NamedEntry[] =>
    Array.isArray(entries) ? entries.filter(isNamed).filter((entry) => !names.has(entry.name)) : [];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': currentContext,
    clusters: [
      ...contexts.map(({ name, server, caCertPem }) => ({
        name,
        cluster: { server, 'certificate-authority-data': encode(caCertPem) },
      })),
      ...others(before['clusters']),
    ],
    users: [
      ...contexts.map(({ name, client }) => ({
        name,
        user: { 'client-certificate-data': encode(client.certPem), 'client-key-data': encode(client.keyPem) },
      })),
      ...others(before['users']),
    ],
    contexts: [
      ...contexts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
      ...others(before['contexts']),
    ],
  };
  await replaceFile(path, stringify(config, { lineWidth: 0 }), privateMode);
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const parsed: unknown = parse(await readFile(path, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {};
  } catch (error) {
    if (error instanceof Error) return {};
    throw error;
  }
}

function isNamed(entry: unknown): entry is NamedEntry {
  return typeof entry === 'object' && entry !== null && 'name' in entry && typeof entry.name === 'string';
}

function encode(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
