import type { ResourceRequest } from '../request/resource-request.ts';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UserInfo } from '../authentication/user.ts';
import type { ResourceRoute } from '../request/route.ts';

/** A subresource whose traffic is passed on to somebody else, such as `clusters/NAME/proxy/…`. */
export interface ConnectHandler {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Answers through `request.exchange`; throws ApiError before anything was answered. */
  connect(request: ResourceRequest): Promise<void>;
  /** A connection that asked for another protocol (SPDY, WebSocket). Owns the socket from here on. */
  upgrade?(upgrade: UpgradeRequest): Promise<void>;
}

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** First bytes of the new protocol. */
  readonly head: Buffer;
  readonly route: ResourceRoute;
  readonly user: UserInfo;
}
