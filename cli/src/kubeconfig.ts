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

export interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: ContextEntry }[];
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: Readonly<Record<string, string | boolean>>;
  }[];
  readonly users?: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
}

export interface ContextParts {
  readonly server: string;
  readonly cluster: Readonly<Record<string, string | boolean>>;
  readonly user: Readonly<Record<string, string>>;
  readonly namespace: string | undefined;
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
  const parts = partsOf(config, name, path);
  if (parts === undefined) {
    const names = (config.contexts ?? []).map((each) => each.name).join(', ');
    throw new CliError(`${path} has no context "${name}"`, {
      hint: `Set current-context to one of: ${names === '' ? '(none is there)' : names}`,
    });
  }
  if (needsLogin(parts)) {
    throw new CliError('login programs are not supported for the control plane', {
      hint: 'Use a kubeconfig with a client certificate or a token',
    });
  }
  return { path, endpoint: await endpointOf(parts, dirname(path)), namespace: parts.namespace ?? 'default' };
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

/** The cluster and user of a context; throws when the file lacks one. */
export function partsOf(config: Kubeconfig, contextName: string, path: string): ContextParts | undefined {
  const context = config.contexts?.find(({ name }) => name === contextName)?.context;
  if (context === undefined) return undefined;
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context.user)?.user;
  const missing = cluster === undefined ? `cluster "${context.cluster}"` : `user "${context.user}"`;
  if (cluster === undefined || user === undefined) {
    throw new CliError(`${path}: context "${contextName}" refers to the ${missing}, which is not in the file`);
  }
  const { server } = cluster;
  if (typeof server !== 'string' || !URL.canParse(server)) {
    throw new CliError(`${path}: cluster "${context.cluster}" of context "${contextName}" has no valid server address`);
  }
  return { server, cluster, user: user ?? {}, namespace: context.namespace };
}

/** Logging in needs a program or a plugin. */
export function needsLogin({ user }: ContextParts): boolean {
  return user['exec'] !== undefined || user['auth-provider'] !== undefined;
}

/** For users with certificates, a token or a password; files are relative to `folder`. */
export async function endpointOf({ server, cluster, user }: ContextParts, folder: string): Promise<KubeEndpoint> {
  const caPem = await pemOf(cluster, 'certificate-authority', folder);
  const certPem = await pemOf(user, 'client-certificate', folder);
  const keyPem = await pemOf(user, 'client-key', folder);
  const authorization = await authorizationOf(user, folder);
  const { 'tls-server-name': serverName, 'proxy-url': proxyUrl } = cluster;
  const isInsecure = cluster['insecure-skip-tls-verify'] === true;
  return {
    url: server,
    ...(caPem === undefined ? {} : { caPem }),
    ...(certPem === undefined ? {} : { certPem }),
    ...(keyPem === undefined ? {} : { keyPem }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(isInsecure ? { insecureSkipTlsVerify: true } : {}),
    ...(typeof serverName === 'string' ? { serverName } : {}),
    ...(typeof proxyUrl === 'string' ? { proxyUrl } : {}),
  };
}

async function authorizationOf(user: ContextParts['user'], folder: string): Promise<string | undefined> {
  const token = user['token'] ?? (await textOfFile(user['tokenFile'], folder))?.trim();
  if (token !== undefined) return `Bearer ${token}`;
  const { username, password } = user;
  return username === undefined
    ? undefined
    : `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
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
