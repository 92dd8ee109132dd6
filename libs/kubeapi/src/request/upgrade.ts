import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { Authenticator } from '../authentication/authenticator.ts';
import type { ConnectHandler } from '../connect/connect-handler.ts';
import { badRequest, pathNotFound } from '../errors/api-errors.ts';
import { errorStatus } from '../errors/error-status.ts';
import type { Status } from '../errors/status.ts';
import { UpgradeExchange } from '../http/http1-exchange.ts';
import type { Report } from '../api-report.ts';
import { attributesOf, denied, identify } from './access.ts';
import { parseRoute } from './route.ts';

export interface UpgradeDeps {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly report: Report;
  readonly resources: { readonly connectors: ReadonlyMap<string, ConnectHandler> };
}

/** A connection that wants another protocol (exec, port-forward): authenticated and authorised like a request, then passed on. */
export async function acceptUpgrade(
  deps: UpgradeDeps,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const route = parseRoute((request.url ?? '/').split('?')[0] ?? '/');
    if (route === undefined) throw badRequest('the path has a broken percent-encoding');
    const user = await identify(deps, new UpgradeExchange(request));
    if (route.type !== 'resource') throw pathNotFound();
    const attributes = attributesOf(route, request.method === 'POST' ? 'create' : 'get');
    if (!deps.authorizer.authorize(user, attributes).isAllowed) throw denied(user, attributes);
    const connector = deps.resources.connectors.get(`${route.resource}/${route.subresource}`);
    if (connector?.upgrade === undefined || connector.group !== route.group) throw pathNotFound();
    await connector.upgrade({ request, socket, head, route, user });
  } catch (error) {
    const { status, isInternal } = errorStatus(error);
    if (isInternal)
      deps.report({ kind: 'internal-error', method: request.method ?? '', url: request.url ?? '', error });
    refuse(socket, status);
  }
}

function refuse(socket: Duplex, status: Status): void {
  if (socket.destroyed) return;
  const { code = 500 } = status;
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
