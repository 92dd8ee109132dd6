import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Http1Exchange } from './http/http1-exchange.ts';
import { Http2Exchange } from './http/http2-exchange.ts';
import type { KubeApi } from './kube-api.ts';

export interface KubeApiServerOptions {
  readonly api: KubeApi;
  readonly tls: ServerTls;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface ServerTls {
  readonly certPem: string;
  readonly keyPem: string;
  /** Signs client certificates. */
  readonly clientCaPem: string;
}

export interface KubeApiServer {
  readonly host: string;
  readonly port: number;
  /** Serves new connections with other certificates. */
  setTls(tls: ServerTls): void;
  /** Ends watches, lets requests under way finish (up to the deadline), closes. */
  close(deadlineMs?: number): Promise<void>;
}

/** Serves HTTP/2 and HTTP/1.1 over TLS. Rejects when the port is taken, with a message that names it. */
export async function createKubeApiServer({ api, tls, host, port }: KubeApiServerOptions): Promise<KubeApiServer> {
  const server = createSecureServer({
    allowHTTP1: true,
    cert: tls.certPem,
    key: tls.keyPem,
    ca: tls.clientCaPem,
    requestCert: true,
    // Requests without a certificate may carry a token; who has neither is refused later, with an answer.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
    peerMaxConcurrentStreams: 1000,
    // Megabytes; the default of 10 is less than one large list to a slow client.
    maxSessionMemory: 64,
  });
  const sockets = new Set<Duplex>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void api.handle(new Http1Exchange(request, response));
  });
  // Listening to 'request' made Node wrap every HTTP/2 stream in its compatibility layer, which costs more than most requests.
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    void api.handle(new Http2Exchange(stream, headers));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void api.upgrade(request, socket, head);
  });
  track(server, 'session', sessions);
  track(server, 'secureConnection', sockets);
  server.on('sessionError', () => undefined);
  server.on('secureConnection', (socket: Socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
  });
  // A peer that doesn't speak TLS, or with a version too old: its problem.
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    setTls(next) {
      server.setSecureContext({ cert: next.certPem, key: next.keyPem, ca: next.clientCaPem });
    },
    async close(deadlineMs = 5000) {
      api.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      // HTTP/1.1 connections at rest would stay open for ever.
      const deadline = setTimeout(() => destroyAll(sockets), deadlineMs);
      const sweep = setInterval(() => endIdle(sockets, sessions), 20);
      await closed;
      clearInterval(sweep);
      clearTimeout(deadline);
    },
  };
}

function track<T extends { once(event: 'close', listener: () => void): unknown }>(
  server: Http2SecureServer,
  event: string,
  set: Set<T>,
): void {
  server.on(event, (item: T) => {
    set.add(item);
    item.once('close', () => set.delete(item));
  });
}

function listen(server: Http2SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = listenFailure(error.code, host, port);
      reject(message === undefined ? error : new Error(message, { cause: error }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** For people; `undefined`: the error speaks for itself. */
function listenFailure(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use: stop what listens there or choose another port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: choose another host to listen on`;
    case 'EACCES':
      return `this user may not listen on port ${port}: choose a port above 1023`;
    default:
      return undefined;
  }
}

function endIdle(sockets: Set<Duplex>, sessions: ReadonlySet<ServerHttp2Session>): void {
  const owned = new Set([...sessions].map((session) => session.socket as unknown));
  for (const socket of sockets) {
    const isBusy = owned.has(socket) || hasRequest(socket);
    if (!isBusy) socket.destroy();
  }
}

/** Node's HTTP/1.1 server keeps the message under way on its socket. */
function hasRequest(socket: Duplex): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return message !== null && message !== undefined;
}

function destroyAll(sockets: ReadonlySet<Duplex>): void {
  for (const socket of sockets) socket.destroy();
}
