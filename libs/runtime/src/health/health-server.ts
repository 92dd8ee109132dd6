/** `/livez`, `/readyz` (with `?verbose` naming every check, as kube-apiserver does) and `/metrics`. For probes and scrapers only: plain HTTP, nothing secret, few connections. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isHealthy, type CheckResult, type Health } from './health.ts';

export interface HealthServerDeps {
  readonly health: Health;
  /** The text of `/metrics`. */
  readonly expose: () => Promise<string>;
}

export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

const connectionsMax = 100;
const requestMaxMs = 5_000;

/** Listens when resolved; rejects with Node's error when the port is taken. */
export async function startHealthServer(
  deps: HealthServerDeps,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HealthServer> {
  const server = createServer((request, response) => answer(deps, request, response));
  server.maxConnections = connectionsMax;
  server.requestTimeout = requestMaxMs;
  server.headersTimeout = requestMaxMs;
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, host, listening.resolve);
  await listening.promise;
  server.off('error', listening.reject);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      return promise;
    },
  };
}

function answer({ health, expose }: HealthServerDeps, request: IncomingMessage, response: ServerResponse): void {
  const [path, query = ''] = (request.url ?? '').split('?');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'only GET and HEAD are allowed\n', { allow: 'GET, HEAD' });
    return;
  }
  const isVerbose = new URLSearchParams(query).has('verbose');
  switch (path) {
    case '/livez':
      sendChecks(response, 'livez', health.liveness(), isVerbose);
      return;
    case '/readyz':
      sendChecks(response, 'readyz', health.readiness(), isVerbose);
      return;
    case '/metrics':
      expose().then(
        (text) => send(response, 200, text, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
        (error: unknown) => send(response, 500, `metrics could not be collected: ${String(error)}\n`),
      );
      return;
    default:
      send(response, 404, 'there are /livez, /readyz and /metrics\n');
  }
}

function sendChecks(response: ServerResponse, name: string, results: readonly CheckResult[], isVerbose: boolean): void {
  const isOk = isHealthy(results);
  const lines = results.map(({ name: check, problem }) =>
    problem === undefined ? `[+]${check} ok\n` : `[-]${check} failed: ${problem}\n`,
  );
  const verdict = `${name} check ${isOk ? 'passed' : 'failed'}\n`;
  send(response, isOk ? 200 : 503, isOk && !isVerbose ? 'ok' : `${lines.join('')}${verdict}`);
}

function send(
  response: ServerResponse,
  code: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
