/** A member's kubeconfig, which may run programs to log in (EKS, GKE, OIDC), made into an endpoint. The library for it is slow to load, so only `join` and `unjoin` do. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';

import { CliError, exitCodes, ServerUnreachable, StatusError } from '../errors.ts';
import { createKubeClient } from '../kube-client.ts';
import type { KubeClient, KubeEndpoint } from '../kube-client.ts';
import { endpointOf, needsLogin, parseKubeconfig, partsOf } from '../kubeconfig.ts';
import type { Kubeconfig } from '../kubeconfig.ts';
import type { Terminal } from '../terminal.ts';

export interface MemberAccessOptions {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly insecureSkipTlsVerify?: boolean;
}

export interface MemberAccess {
  readonly endpoint: KubeEndpoint;
  readonly context: string;
  readonly client: KubeClient;
}

/** Opens no connection yet; the caller closes the client. Rejects with words for people when the file or the context is not usable. */
export async function memberAccess(terminal: Terminal, options: MemberAccessOptions): Promise<MemberAccess> {
  const path = resolve(terminal.cwd, options.kubeconfig);
  if (!existsSync(path)) {
    throw new CliError(`there is no file ${options.kubeconfig}`, {
      exitCode: exitCodes.usage,
      hint: 'Check --kubeconfig',
    });
  }
  const config = parseKubeconfig(await readFile(path, 'utf8'), options.kubeconfig);
  const context = options.context ?? config['current-context'] ?? '';
  const parts = partsOf(config, context, options.kubeconfig);
  if (parts === undefined) throw noContext(config, context, options.kubeconfig);
  const declared = needsLogin(parts) ? await loggedIn(path, context, options) : await endpointOf(parts, dirname(path));
  const endpoint = options.insecureSkipTlsVerify === true ? unchecked(declared) : declared;
  return { endpoint, context, client: createKubeClient(endpoint, { signal: terminal.signal, connections: 4 }) };
}

function noContext({ contexts = [] }: Kubeconfig, context: string, file: string): CliError {
  const message = context === '' ? `${file} has no current context` : `${file} has no context "${context}"`;
  const names = contexts.map(({ name }) => name).join(', ');
  return new CliError(message, {
    exitCode: exitCodes.usage,
    hint: names === '' ? 'It has no contexts at all: is it the right file?' : `Choose one with --context: ${names}`,
  });
}

function unchecked({ caPem: _caPem, ...endpoint }: KubeEndpoint): KubeEndpoint {
  return { ...endpoint, insecureSkipTlsVerify: true };
}

/** With what the program or plugin of the user answers. */
async function loggedIn(path: string, context: string, options: MemberAccessOptions): Promise<KubeEndpoint> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const request: RequestOptions = {};
  try {
    config.loadFromFile(path);
    config.setCurrentContext(context);
    await config.applyToHTTPSOptions(request);
  } catch (error) {
    throw new CliError(`logging in with ${options.kubeconfig} failed: ${shortText(error)}`, {
      hint: `Check that this works: kubectl --kubeconfig ${options.kubeconfig} --context ${context} version`,
      cause: error,
    });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null || !URL.canParse(cluster.server)) {
    throw new CliError(`${options.kubeconfig}: context "${context}" has no valid server address`);
  }
  const authorization = authorizationOf(request);
  const [caPem, certPem, keyPem] = [pem(request.ca), pem(request.cert), pem(request.key)];
  return {
    url: cluster.server,
    ...(caPem === undefined ? {} : { caPem }),
    ...(certPem === undefined ? {} : { certPem }),
    ...(keyPem === undefined ? {} : { keyPem }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(cluster.skipTLSVerify === true ? { insecureSkipTlsVerify: true } : {}),
    ...(cluster.tlsServerName === undefined ? {} : { serverName: cluster.tlsServerName }),
    ...(cluster.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
  };
}

function authorizationOf({ headers, auth }: RequestOptions): string | undefined {
  if (typeof auth === 'string') return `Basic ${Buffer.from(auth).toString('base64')}`;
  const value = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return typeof value === 'string' ? value : undefined;
}

function pem(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('utf8') : undefined;
}

function shortText(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  return text.split('\n').at(-1)?.slice(0, 300) ?? '';
}

/** An error of a request to the member, as what a person can do about it. Other errors come back as they are. */
export function memberError(error: unknown, { url }: { readonly url: string }): unknown {
  if (error instanceof ServerUnreachable) return unreachableMember(error, url);
  if (!(error instanceof StatusError)) return error;
  if (error.code === 401) {
    return new CliError(`the cluster at ${url} does not accept these credentials (401 Unauthorized)`, {
      hint: 'They may have expired or belong to another cluster: check the kubeconfig with kubectl',
      cause: error,
    });
  }
  if (error.code === 403) {
    return new CliError(`the rights of this kubeconfig are not enough: ${error.message}`, {
      hint: 'Joining makes a service account with a cluster role: use an administrator’s kubeconfig',
      cause: error,
    });
  }
  return new CliError(`the cluster at ${url} refused: ${error.message}`, { cause: error });
}

function unreachableMember(error: ServerUnreachable, url: string): CliError {
  const cause = error;
  if (error.reason === 'tls') {
    return new CliError(`the certificate of ${url} is not trusted (${error.message})`, {
      hint: 'Give the kubeconfig the right certificate-authority, or, only for a test, use --insecure-skip-tls-verify',
      cause,
    });
  }
  const hints = {
    refused: 'Nothing listens there: is the cluster running, is the port right?',
    dns: 'Check the server address in the kubeconfig',
    timeout: 'Check the address, the network and firewalls between here and there',
    connection: 'Check the server address in the kubeconfig',
  } as const;
  return new CliError(`the cluster at ${url} is not reachable (${error.message})`, {
    hint: hints[error.reason],
    cause,
  });
}
