import type { KindDefinition, ResourceId } from '@flotilla/kinds/kind-definition';
import type { UserInfo } from '../authentication/user.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Negotiated } from '../http/media-type.ts';
import type { ResourceRoute } from './route.ts';

/** A request for objects of a served kind, authenticated and authorised. */
export interface ResourceRequest {
  readonly exchange: Exchange;
  readonly route: ResourceRoute;
  readonly parameters: URLSearchParams | undefined;
  readonly verb: RequestVerb;
  readonly user: UserInfo;
  readonly kind: KindDefinition;
  /** Where objects of the kind are stored. */
  readonly resource: ResourceId;
  readonly negotiated: Negotiated;
  /** Grow while the request is handled; sent as `Warning` headers. */
  readonly warnings: string[];
}

export type RequestVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export function isTrue(parameters: URLSearchParams | undefined, name: string): boolean {
  const value = parameters?.get(name);
  return value === 'true' || value === '1' || value === '';
}
