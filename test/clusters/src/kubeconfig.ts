import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { parse, stringify } from 'yaml';

import type { KeyPair } from './certificates.ts';
import { jsonAt } from './json-at.ts';

export interface KubeconfigInput {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly admin: KeyPair;
  readonly adminToken: string;
}

/**
 * A kubeconfig with two contexts for the same administrator: `NAME` (current) uses the client certificate and
 * `NAME-token` the bearer token.
 */
export function memberKubeconfig({ name, url, caPem, admin, adminToken }: KubeconfigInput): string {
  const certificateUser = `${name}-admin`;
  const tokenUser = `${name}-token`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name: certificateUser,
        user: { 'client-certificate-data': base64(admin.certificatePem), 'client-key-data': base64(admin.keyPem) },
      },
      { name: tokenUser, user: { token: adminToken } },
    ],
    contexts: [
      { name, context: { cluster: name, user: certificateUser } },
      { name: tokenUser, context: { cluster: name, user: tokenUser } },
    ],
    'current-context': name,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** How to reach a server and as whom. */
export interface ServerAccess {
  readonly url: string;
  readonly caPem: string;
  readonly token?: string;
  readonly certificate?: KeyPair;
}

/** What the current context of a kubeconfig file says; undefined while the file is missing or incomplete. */
export async function readKubeconfig(path: string): Promise<ServerAccess | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const config: unknown = parse(text);
  const context = jsonAt(named(config, 'contexts', jsonAt(config, 'current-context')), 'context');
  const cluster = jsonAt(named(config, 'clusters', jsonAt(context, 'cluster')), 'cluster');
  const user = jsonAt(named(config, 'users', jsonAt(context, 'user')), 'user');
  const url = jsonAt(cluster, 'server');
  const caPem = await pemAt(path, cluster, 'certificate-authority');
  if (typeof url !== 'string' || caPem === undefined) return undefined;
  const token = jsonAt(user, 'token');
  const certificatePem = await pemAt(path, user, 'client-certificate');
  const keyPem = await pemAt(path, user, 'client-key');
  return {
    url,
    caPem,
    ...(typeof token === 'string' ? { token } : {}),
    ...(certificatePem === undefined || keyPem === undefined ? {} : { certificate: { certificatePem, keyPem } }),
  };
}

function named(config: unknown, list: string, name: unknown): unknown {
  const entries = jsonAt(config, list);
  return Array.isArray(entries) ? entries.find((entry) => jsonAt(entry, 'name') === name) : undefined;
}

/** A PEM given inline in base64, or as a path relative to the kubeconfig. */
async function pemAt(path: string, owner: unknown, field: string): Promise<string | undefined> {
  const inline = jsonAt(owner, `${field}-data`);
  if (typeof inline === 'string') return Buffer.from(inline, 'base64').toString('utf8');
  const file = jsonAt(owner, field);
  return typeof file === 'string' ? readFile(resolve(dirname(path), file), 'utf8') : undefined;
}
