import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline, type Duplex } from 'node:stream';
import type { UserInfo } from '../authentication/user.ts';
import { notFound, serviceUnavailable } from '../errors/api-errors.ts';
import type { ApiError } from '../errors/status.ts';
import type { ConnectHandler } from './connect-handler.ts';

/** Where a member's API server is, and as whom to speak to it. Structurally what `@flotilla/member` calls MemberEndpoint. */
export interface ProxyTarget {
  readonly url: string;
  readonly caPem?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly bearerToken?: string;
  readonly clientCertPem?: string;
  readonly clientKeyPem?: string;
  /** HTTP proxy on the way to the member: `http://` or `https://`. */
  readonly proxyUrl?: string;
}

export interface MemberProxyDeps {
  /** undefined: no such cluster. Throws ApiError for clusters that can't be reached this way. */
  readonly resolve: (cluster: string) => Promise<ProxyTarget | undefined>;
}

export interface MemberProxyOptions {
  /** Plain parent resource: `clusters` of `cluster.karmada.io`. */
  readonly group: string;
  readonly resource: string;
  readonly connectTimeoutMs?: number;
}

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const agentsMax = 1000;

/** Passes requests on to members, in the caller's name: the member decides by its own RBAC what the caller may do there. */
export function createMemberProxy(deps: MemberProxyDeps, options: MemberProxyOptions): ConnectHandler {
  const { group, resource } = options;
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  const agents = new Map<string, HttpAgent | HttpsAgent>();

  function agentOf(cluster: string, target: ProxyTarget): HttpAgent | HttpsAgent {
    const key = JSON.stringify([cluster, target]);
    const known = agents.get(key);
    if (known !== undefined) return known;
    if (agents.size >= agentsMax)
      for (const [old, agent] of agents) {
        agent.destroy();
        agents.delete(old);
        break;
      }
    const { proxyUrl } = target;
    const common = {
      keepAlive: true,
      maxFreeSockets: 8,
      ...(proxyUrl === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } }),
    };
    const agent = target.url.startsWith('https:')
      ? new HttpsAgent({ ...common, ...tlsOf(target) })
      : new HttpAgent(common);
    agents.set(key, agent);
    return agent;
  }

  function open(
    cluster: string,
    target: ProxyTarget,
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
  ): ClientRequest {
    const base = new URL(target.url);
    const send = base.protocol === 'https:' ? httpsRequest : httpRequest;
    return send({
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      method,
      path: `${base.pathname.replace(/\/$/, '')}${path}`,
      headers: { ...headers, host: base.host },
      agent: agentOf(cluster, target),
      ...tlsOf(target),
    });
  }

  async function targetOf(cluster: string): Promise<ProxyTarget> {
    const target = await deps.resolve(cluster);
    if (target === undefined) throw notFound({ group, resource }, cluster);
    return target;
  }

  return {
    group,
    resource,
    subresource: 'proxy',
    async connect(request) {
      const { exchange, route, user } = request;
      const target = await targetOf(route.name);
      const headers = forwardedHeaders(exchange.headers, user, target);
      const upstream = open(route.name, target, exchange.method, pathOf(exchange.url, route.tail), headers);
      await new Promise<void>((resolve, reject) => {
        limitConnectTime(upstream, connectTimeoutMs);
        upstream.once('response', (response) => {
          const stream = exchange.stream(response.statusCode ?? 502, responseHeaders(response));
          pipeline(response, stream.sink as NodeJS.WritableStream, () => resolve());
        });
        upstream.on('error', (error) => reject(exchange.isAnswered ? error : unreachable(route.name, error)));
        exchange.onClose(() => upstream.destroy());
        pipeline(exchange.bodyStream(), upstream, () => undefined);
      });
    },
    async upgrade({ request, socket, head, route, user }) {
      const target = await targetOf(route.name);
      const headers = {
        ...forwardedHeaders(request.headers, user, target),
        connection: 'Upgrade',
        upgrade: request.headers.upgrade,
      };
      const upstream = open(
        route.name,
        target,
        request.method ?? 'GET',
        pathOf(request.url ?? '/', route.tail),
        headers,
      );
      limitConnectTime(upstream, connectTimeoutMs);
      socket.on('close', () => upstream.destroy());
      let isAnswered = false;
      await new Promise<void>((resolve, reject) => {
        upstream.on('upgrade', (response, remote, remoteHead) => {
          isAnswered = true;
          socket.write(rawHead(response, () => true));
          if (remoteHead.length > 0) socket.write(remoteHead);
          if (head.length > 0) remote.write(head);
          join(socket, remote);
          resolve();
        });
        // The member refused to change the protocol: its answer is passed on, and ends the connection, since chunks are taken apart here.
        upstream.on('response', (response) => {
          isAnswered = true;
          socket.write(rawHead(response, (name) => !hopByHop.has(name), 'Connection: close'));
          pipeline(response, socket, () => socket.destroy());
          resolve();
        });
        upstream.on('error', (error) => {
          if (isAnswered) socket.destroy();
          else reject(unreachable(route.name, error));
        });
        upstream.end();
      });
    },
  };
}

function unreachable(cluster: string, error: Error): ApiError {
  return serviceUnavailable(`error trying to reach cluster ${cluster}: ${error.message}`);
}

/** The time until the connection is there is bounded; how long an answer takes is the member's business. */
function limitConnectTime(upstream: ClientRequest, timeoutMs: number): void {
  const timer = setTimeout(
    () => upstream.destroy(new Error('the member did not accept a connection in time')),
    timeoutMs,
  );
  const isConnected = (): void => clearTimeout(timer);
  upstream.once('close', isConnected);
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', isConnected);
    else isConnected();
  });
}

/** Bytes go both ways until either side ends. */
function join(left: Duplex, right: Duplex): void {
  left.pipe(right);
  right.pipe(left);
  const end = (): void => {
    left.destroy();
    right.destroy();
  };
  for (const side of [left, right]) side.on('error', end).on('close', end);
}

function tlsOf(target: ProxyTarget): Record<string, unknown> {
  return {
    ...(target.caPem === undefined ? {} : { ca: target.caPem }),
    ...(target.clientCertPem === undefined ? {} : { cert: target.clientCertPem }),
    ...(target.clientKeyPem === undefined ? {} : { key: target.clientKeyPem }),
    ...(target.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  };
}

/** What follows `/proxy`, with the query. */
function pathOf(url: string, tail: string): string {
  const query = url.indexOf('?');
  return `/${tail}${query < 0 ? '' : url.slice(query)}`;
}

function forwardedHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  user: UserInfo,
  target: ProxyTarget,
): OutgoingHttpHeaders {
  const forwarded: OutgoingHttpHeaders = {};
  for (const name in headers) {
    const isOurs =
      name === 'authorization' || name === 'host' || name.startsWith('impersonate-') || name.startsWith(':');
    if (isOurs || hopByHop.has(name)) continue;
    const value = headers[name];
    if (value !== undefined) forwarded[name] = typeof value === 'string' ? value : [...value];
  }
  if (target.bearerToken !== undefined) forwarded['authorization'] = `Bearer ${target.bearerToken}`;
  forwarded['impersonate-user'] = user.name;
  if (user.groups.length > 0) forwarded['impersonate-group'] = [...user.groups];
  return forwarded;
}

function responseHeaders(response: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name in response.headers) {
    const value = response.headers[name];
    if (value !== undefined && !hopByHop.has(name)) headers[name] = value;
  }
  return headers;
}

function rawHead(response: IncomingMessage, isKept: (name: string) => boolean, ...more: readonly string[]): string {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage ?? ''}`];
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
    const name = response.rawHeaders[at] ?? '';
    if (isKept(name.toLowerCase())) lines.push(`${name}: ${response.rawHeaders[at + 1] ?? ''}`);
  }
  return `${[...lines, ...more].join('\r\n')}\r\n\r\n`;
}
