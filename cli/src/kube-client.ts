/** HTTP access to one Kubernetes API server, of the control plane or of a member. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { Agent, ProxyAgent, errors } from 'undici';
import type { Dispatcher } from 'undici';

import { ServerUnreachable, StatusError } from './errors.ts';
import type { Status, UnreachableReason } from './errors.ts';

export interface KubeEndpoint {
  readonly url: string;
  readonly caPem?: string;
  readonly certPem?: string;
  readonly keyPem?: string;
  /** Value of the header `Authorization`. */
  readonly authorization?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly serverName?: string;
  readonly proxyUrl?: string;
}

export interface KubeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query. */
  readonly path: string;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly timeoutMs?: number;
}

export interface KubeAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface KubeClient {
  readonly url: string;
  /** Rejects with StatusError when the server refuses, with ServerUnreachable when there is no answer. */
  send<Body>(request: KubeRequest): Promise<KubeAnswer<Body>>;
  get<Body>(path: string, accept?: string): Promise<Body>;
  /** `undefined` when it does not exist. */
  find<Body>(path: string): Promise<Body | undefined>;
  /** Each JSON document of a watch; ends when the server ends it or the signal aborts. */
  watch<Event>(
    path: string,
    options?: { readonly accept?: string; readonly signal?: AbortSignal },
  ): AsyncIterable<Event>;
  /** The same client for what must be finished also when the person asks to stop. Each request still has its deadline. */
  detached(): KubeClient;
  close(): Promise<void>;
}

export interface KubeClientOptions {
  readonly signal: AbortSignal;
  readonly connections?: number;
  /** Of one request, unless it says otherwise. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;
const connectTimeoutMs = 5_000;

export function createKubeClient(endpoint: KubeEndpoint, options: KubeClientOptions): KubeClient {
  const { signal, connections = 16, timeoutMs = defaultTimeoutMs } = options;
  return clientOver(createDispatcher(endpoint, connections), endpoint, { signal, timeoutMs });
}

function clientOver(
  dispatcher: Dispatcher,
  endpoint: KubeEndpoint,
  limits: Required<Pick<KubeClientOptions, 'signal' | 'timeoutMs'>>,
): KubeClient {
  const { signal } = limits;
  const origin = new URL(endpoint.url);
  const basePath = origin.pathname.replace(/\/$/, '');
  const headers: Record<string, string> = { 'user-agent': 'flotilla' };
  if (endpoint.authorization !== undefined) headers['authorization'] = endpoint.authorization;

  async function open(
    request: KubeRequest,
    stop: AbortSignal,
    bodyTimeoutMs: number,
  ): Promise<Dispatcher.ResponseData> {
    const { method = 'GET', path, body, contentType = 'application/json', accept = 'application/json' } = request;
    try {
      return await dispatcher.request({
        origin: origin.origin,
        path: basePath + path,
        method,
        headers: { ...headers, accept, ...(body === undefined ? {} : { 'content-type': contentType }) },
        body: body === undefined ? null : JSON.stringify(body),
        signal: stop,
        bodyTimeout: bodyTimeoutMs,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(endpoint.url, error);
    }
  }

  async function textOf(response: Dispatcher.ResponseData): Promise<string> {
    try {
      return await response.body.text();
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(endpoint.url, error);
    }
  }

  async function send<Body>(request: KubeRequest): Promise<KubeAnswer<Body>> {
    const timeoutMs = request.timeoutMs ?? limits.timeoutMs;
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await open(request, stop, timeoutMs);
    const text = await textOf(response);
    const { statusCode } = response;
    if (statusCode >= 300) throw new StatusError(statusOf(text, statusCode), statusCode);
    return { status: statusCode, body: parseBody<Body>(text, endpoint.url) };
  }

  return {
    url: origin.origin + basePath,
    send,
    async get<Body>(path: string, accept?: string) {
      return (await send<Body>(accept === undefined ? { path } : { path, accept })).body;
    },
    async find<Body>(path: string) {
      try {
        return (await send<Body>({ path })).body;
      } catch (error) {
        if (error instanceof StatusError && error.code === 404) return undefined;
        throw error;
      }
    },
    async *watch<Event>(path: string, options: { readonly accept?: string; readonly signal?: AbortSignal } = {}) {
      const stop = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
      const response = await open(options.accept === undefined ? { path } : { path, accept: options.accept }, stop, 0);
      if (response.statusCode !== 200) {
        throw new StatusError(statusOf(await textOf(response), response.statusCode), response.statusCode);
      }
      try {
        for await (const line of createInterface({
          input: response.body as Readable,
          crlfDelay: Number.POSITIVE_INFINITY,
        })) {
          if (line !== '') yield JSON.parse(line) as Event;
        }
      } catch (error) {
        if (stop.aborted) return;
        throw unreachable(endpoint.url, error);
      }
    },
    detached: () => clientOver(dispatcher, endpoint, { ...limits, signal: new AbortController().signal }),
    close: () => dispatcher.destroy(),
  };
}

function createDispatcher(endpoint: KubeEndpoint, connections: number): Dispatcher {
  const connect = {
    ...(endpoint.caPem === undefined ? {} : { ca: endpoint.caPem }),
    ...(endpoint.certPem === undefined ? {} : { cert: endpoint.certPem }),
    ...(endpoint.keyPem === undefined ? {} : { key: endpoint.keyPem }),
    ...(endpoint.serverName === undefined ? {} : { servername: endpoint.serverName }),
    rejectUnauthorized: endpoint.insecureSkipTlsVerify !== true,
    timeout: connectTimeoutMs,
  };
  // HTTP/1.1: Node's HTTP/2 client resets a request whose body exceeds its session memory (10 MB) when the answer comes
  // before the body was sent, and the answer that says what is wrong is lost.
  const shared = { connections, pipelining: 1, headersTimeout: defaultTimeoutMs, allowH2: false };
  if (endpoint.proxyUrl !== undefined)
    return new ProxyAgent({ uri: endpoint.proxyUrl, requestTls: connect, ...shared });
  return new Agent({ connect, ...shared });
}

function parseBody<Body>(text: string, url: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServerUnreachable(
      url,
      'connection',
      `what answers there is no Kubernetes API: ${text.slice(0, 60)}`,
      error,
    );
  }
}

function statusOf(text: string, code: number): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status')
      return parsed as Status;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const excerpt = text.trim().slice(0, 200);
  return { kind: 'Status', code, message: excerpt === '' ? `the server answered ${code}` : excerpt };
}

const tlsCodes = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|ERR_OSSL|ALTNAME|EPROTO/;

export function unreachable(url: string, error: unknown): ServerUnreachable {
  const found = deepest(error);
  const code = 'code' in found && typeof found.code === 'string' ? found.code : '';
  return new ServerUnreachable(url, reasonOf(found, code), wordsOf(code, found), error);
}

function reasonOf(error: Error, code: string): UnreachableReason {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  const isTimeout =
    error.name === 'TimeoutError' ||
    error instanceof errors.ConnectTimeoutError ||
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    code === 'ETIMEDOUT';
  if (isTimeout) return 'timeout';
  return tlsCodes.test(code) ? 'tls' : 'connection';
}

const wordsByCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  ETIMEDOUT: 'no answer in time',
};

function wordsOf(code: string, error: Error): string {
  return wordsByCode[code] ?? (error.name === 'TimeoutError' ? 'no answer in time' : error.message);
}

/** Node wraps what happened: the innermost error names it. */
function deepest(error: unknown): Error {
  let current = error instanceof Error ? error : new Error(String(error));
  for (let depth = 0; depth < 5; depth++) {
    const inner: unknown = current instanceof AggregateError ? current.errors[0] : current.cause;
    if (!(inner instanceof Error)) break;
    current = inner;
  }
  return current;
}
