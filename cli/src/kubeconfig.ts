/** Finds and reads the control plane's own kubeconfig: certificates or a token, in the file or beside it. Members' kubeconfigs, which may run programs to log in, are read by `join/member-access.ts`. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { parse } from 'yaml';

import { CliError, exitCodes } from './errors.ts';
import type { KubeEndpoint } from './kube-client.ts';
import type { Terminal } from './terminal.ts';

export interface ControlPlaneAccess {
  readonly path: string;
  readonly endpoint: KubeEndpoint;
  /** Of the context; `default` when it names none. */
  readonly namespace: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: ContextEntry }[];
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: Readonly<Record<string, string | boolean>>;
  }[];
  readonly users?: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
}

interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}

const defaultPath = join('.flotilla', 'kubeconfig');
const repositoryRoot = resolve(import.meta.dirname, '../..');

/** `--config`, `$FLOTILLA_KUBECONFIG`, then `.flotilla/kubeconfig` here and beside the `flotilla` script. */
export function kubeconfigPath(option: string | undefined, { env, cwd }: Pick<Terminal, 'env' | 'cwd'>): string {
  const fromEnvironment = env['FLOTILLA_KUBECONFIG'];
  const named = option ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (existsSync(path)) return path;
    const source = option === undefined ? '$FLOTILLA_KUBECONFIG' : '--config';
    throw new CliError(`there is no file ${named} (${source})`, {
      exitCode: exitCodes.unreachable,
      hint: 'The control plane writes its kubeconfig when it starts: npm start',
    });
  }
  const candidates = [...new Set([resolve(cwd, defaultPath), join(repositoryRoot, defaultPath)])];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CliError(`no control plane is known here: there is no ${defaultPath}`, {
    exitCode: exitCodes.unreachable,
    hint: 'Start one with "npm start", or name its kubeconfig with --config FILE',
  });
}

export async function readControlPlaneAccess(path: string): Promise<ControlPlaneAccess> {
  const config = parseKubeconfig(await readText(path), path);
  const name = config['current-context'] ?? '';
  const context = config.contexts?.find((each) => each.name === name)?.context;
  if (context === undefined) {
    const names = (config.contexts ?? []).map((each) => each.name).join(', ');
    throw new CliError(`${path} has no context "${name}"`, {
      hint: `Set current-context to one of: ${names === '' ? '(none is there)' : names}`,
    });
  }
  const cluster = config.clusters?.find((each) => each.name === context.cluster)?.cluster;
  const server = cluster?.['server'];
  if (cluster === undefined || typeof server !== 'string' || !URL.canParse(server)) {
    throw new CliError(`${path}: cluster "${context.cluster}" of context "${name}" has no valid server address`);
  }
  const user = config.users?.find((each) => each.name === context.user)?.user ?? {};
  return {
    path,
    endpoint: await endpointOf(server, cluster, user, dirname(path)),
    namespace: context.namespace ?? 'default',
  };
}

export function parseKubeconfig(text: string, path: string): Kubeconfig {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    throw new CliError(
      `${path} is not a kubeconfig: ${error instanceof Error ? firstLine(error.message) : String(error)}`,
    );
  }
  if (typeof parsed === 'object' && parsed !== null && 'clusters' in parsed) return parsed as Kubeconfig;
  throw new CliError(`${path} is not a kubeconfig: it names no clusters`);
}

async function endpointOf(
  server: string,
  cluster: Readonly<Record<string, string | boolean>>,
  user: Readonly<Record<string, string>>,
  folder: string,
): Promise<KubeEndpoint> {
  if (user['exec'] !== undefined || user['auth-provider'] !== undefined) {
    throw new CliError('login programs are not supported for the control plane', {
      hint: 'Use a kubeconfig with a client certificate or a token',
    });
  }
  const caPem = await pemOf(cluster, 'certificate-authority', folder);
  const certPem = await pemOf(user, 'client-certificate', folder);
  const keyPem = await pemOf(user, 'client-key', folder);
  const token = user['token'] ?? (await textOfFile(user['tokenFile'], folder))?.trim();
  const { 'tls-server-name': serverName, 'proxy-url': proxyUrl } = cluster;
  return {
    url: server,
    ...(caPem === undefined ? {} : { caPem }),
    ...(certPem === undefined ? {} : { certPem }),
    ...(keyPem === undefined ? {} : { keyPem }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
    ...(typeof serverName === 'string' ? { serverName } : {}),
    ...(typeof proxyUrl === 'string' ? { proxyUrl } : {}),
  };
}

async function pemOf(
  entry: Readonly<Record<string, string | boolean>>,
  key: string,
  folder: string,
): Promise<string | undefined> {
  const data = entry[`${key}-data`];
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const file = entry[key];
  return textOfFile(typeof file === 'string' ? file : undefined, folder);
}

async function textOfFile(file: string | undefined, folder: string): Promise<string | undefined> {
  return file === undefined || file === '' ? undefined : readText(resolve(folder, file));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/:$/, '');
}
