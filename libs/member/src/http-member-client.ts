import { createSecureContext } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

import { Agent, errors, Pool, ProxyAgent, request as undiciRequest } from 'undici';
import type { Dispatcher } from 'undici';

import { HttpExchange } from './http-exchange.ts';
import { MemberGone, MemberUnreachable } from './member-client.ts';
import type { MemberClient, MemberEndpoint, MemberRequest, MemberResponse } from './member-client.ts';
import { splitLines } from './watch-lines.ts';

export interface HttpMemberClientOptions {
  /** Connections for requests; also the number of requests in flight. Watches have connections of their own. */
  readonly connections?: number;
  readonly defaultTimeoutMs?: number;
  /** A response larger than this is refused: a member is not trusted with our memory. */
  readonly maxResponseBytes?: number;
}

/** Open watches per member; one per kind that is propagated there. */
const watchConnectionsMax = 256;
/** The server ends a watch after this; without bytes for longer the link is taken for dead (bookmarks arrive every minute). */
const watchIdleTimeoutMs = 5 * 60_000;

/** Deadlines are kept to this precision. */
const deadlineCheckMs = 250;

/** MemberClient over HTTP/1.1: undici pools are as fast as a Go client, HTTP/2 takes twice as long (field measurements). */
export function createHttpMemberClient(endpoint: MemberEndpoint, options: HttpMemberClientOptions = {}): MemberClient {
  const { connections = 24, defaultTimeoutMs = 15_000, maxResponseBytes = 64 * 1024 * 1024 } = options;
  const origin = new URL(endpoint.url);
  const basePath = origin.pathname.replace(/\/$/, '');
  const trust = trustOf(endpoint);
  const requests = createDispatcher(endpoint, origin, trust, connections, defaultTimeoutMs);
  const watches = createDispatcher(endpoint, origin, trust, watchConnectionsMax, watchIdleTimeoutMs);
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'flotilla' };
  if (endpoint.bearerToken !== undefined) headers['authorization'] = `Bearer ${endpoint.bearerToken}`;
  // One timer for all requests: a timer and a combined signal for each would cost more than the request's own bookkeeping.
  const inFlight = new Set<HttpExchange>();
  const deadlines = setInterval(() => {
    const nowMs = performance.now();
    for (const exchange of inFlight) if (exchange.deadlineMs <= nowMs) exchange.fail(timedOut(endpoint.cluster));
  }, deadlineCheckMs);
  deadlines.unref();
  const jsonHeaders = { ...headers, 'content-type': 'application/json' };

  async function request(call: MemberRequest): Promise<MemberResponse> {
    const exchange = new HttpExchange({
      deadlineMs: performance.now() + (call.timeoutMs ?? defaultTimeoutMs),
      bytesMax: maxResponseBytes,
    });
    const cancel = (): void => exchange.fail(cancelled(endpoint.cluster));
    if (call.signal?.aborted === true) cancel();
    call.signal?.addEventListener('abort', cancel, { once: true });
    inFlight.add(exchange);
    try {
      requests.dispatch(
        {
          origin: origin.origin,
          path: basePath + call.path,
          method: call.method,
          headers: requestHeaders(call),
          body: call.body ?? null,
        },
        exchange,
      );
      return await exchange.answer;
    } catch (error) {
      throw memberError(endpoint.cluster, error);
    } finally {
      inFlight.delete(exchange);
      call.signal?.removeEventListener('abort', cancel);
    }
  }

  function requestHeaders(call: MemberRequest): Record<string, string> {
    if (call.body === undefined) return call.accept === undefined ? headers : { ...headers, accept: call.accept };
    return call.contentType === undefined ? jsonHeaders : { ...headers, 'content-type': call.contentType };
  }

  async function* watch(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
    try {
      const response = await undiciRequest(`${origin.origin}${basePath}${path}`, {
        dispatcher: watches,
        method: 'GET',
        headers,
        signal,
      });
      if (response.statusCode === 410) {
        await response.body.dump();
        throw new MemberGone('the watch revision is no longer retained');
      }
      if (response.statusCode !== 200) {
        throw new MemberUnreachable(
          endpoint.cluster,
          'Connection',
          `watch answered ${response.statusCode}: ${(await response.body.text()).slice(0, 300)}`,
        );
      }
      yield* splitLines(response.body as AsyncIterable<Buffer>, maxResponseBytes);
    } catch (error) {
      throw error instanceof MemberGone ? error : memberError(endpoint.cluster, error);
    }
  }

  return {
    cluster: endpoint.cluster,
    request,
    watch,
    async close() {
      clearInterval(deadlines);
      await Promise.all([requests.destroy(), watches.destroy()]);
    },
  };
}

type Trust = Pick<ConnectionOptions, 'secureContext' | 'ca' | 'cert' | 'key'>;

/**
 * Certificates and key, parsed once: each connection would do it again, and keep its own. Those that can't be parsed are handed to the connections as they are, so that requests
 * fail with the reason.
 */
function trustOf({ caPem, clientCertPem, clientKeyPem }: MemberEndpoint): Trust {
  const credentials = {
    ...(caPem === undefined ? {} : { ca: caPem }),
    ...(clientCertPem === undefined ? {} : { cert: clientCertPem }),
    ...(clientKeyPem === undefined ? {} : { key: clientKeyPem }),
  };
  try {
    return { secureContext: createSecureContext(credentials) };
  } catch (error) {
    if (error instanceof Error) return credentials;
    throw error;
  }
}

function createDispatcher(
  endpoint: MemberEndpoint,
  origin: URL,
  trust: Trust,
  connections: number,
  bodyTimeoutMs: number,
): Dispatcher {
  const connect = {
    ...trust,
    rejectUnauthorized: endpoint.insecureSkipTlsVerify !== true,
    timeout: 10_000,
  };
  const shared = {
    connections,
    // undici offers HTTP/2 unless told otherwise.
    allowH2: false,
    bodyTimeout: bodyTimeoutMs,
    headersTimeout: 30_000,
    pipelining: 1,
    keepAliveTimeout: 60_000,
  };
  if (endpoint.proxyUrl !== undefined) {
    return new ProxyAgent({ uri: endpoint.proxyUrl, requestTls: connect, ...shared });
  }
  if (connections > 64) return new Agent({ connect, ...shared });
  return new Pool(origin.origin, { connect, ...shared });
}

/** Every way in which undici, TLS and sockets fail, as one of the reasons of MemberUnreachable. */
export function memberError(cluster: string, error: unknown): MemberUnreachable {
  if (error instanceof MemberUnreachable) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = errorCode(cause);
  if (
    cause.name === 'TimeoutError' ||
    cause instanceof errors.HeadersTimeoutError ||
    cause instanceof errors.BodyTimeoutError
  ) {
    return timedOut(cluster, cause);
  }
  if (cause.name === 'AbortError') return cancelled(cluster, cause);
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new MemberUnreachable(
      cluster,
      'Tls',
      `the member's certificate is not trusted (${code}): ${cause.message}`,
      { cause },
    );
  }
  return new MemberUnreachable(
    cluster,
    'Connection',
    `${code || cause.name}: ${cause.message || 'connection failed'}`,
    { cause },
  );
}

function timedOut(cluster: string, cause?: Error): MemberUnreachable {
  return new MemberUnreachable(cluster, 'Timeout', 'the member did not answer in time', { cause });
}

function cancelled(cluster: string, cause?: Error): MemberUnreachable {
  return new MemberUnreachable(cluster, 'Aborted', 'the call was cancelled', { cause });
}

function errorCode(error: Error): string {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current instanceof AggregateError) current = current.errors[0];
    else current = current.cause;
  }
  return '';
}
