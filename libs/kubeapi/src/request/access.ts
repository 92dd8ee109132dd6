import type { Authenticator } from '../authentication/authenticator.ts';
import type { UserInfo } from '../authentication/user.ts';
import { describeDenial, type Attributes, type Authorizer } from '../authorization/authorizer.ts';
import { forbidden } from '../errors/api-errors.ts';
import { ApiError, failure } from '../errors/status.ts';
import type { Exchange } from '../http/exchange.ts';
import { impersonatedUser } from './impersonation.ts';
import type { ResourceRoute } from './route.ts';

export interface AccessDeps {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

/** The user that the request acts as; at once when nobody has to be asked. Throws or rejects with 400, 401, 403. */
export function identify(deps: AccessDeps, exchange: Exchange): UserInfo | Promise<UserInfo> {
  const actAs = (user: UserInfo): UserInfo => impersonatedUser(exchange.headers, user, deps.authorizer) ?? user;
  const authenticating = deps.authenticator.authenticate(exchange);
  return authenticating instanceof Promise ? authenticating.then(actAs) : actAs(authenticating);
}

/** kube-apiserver answers 403 also to callers it doesn't know, so that they learn who it took them for. */
export function denied(user: UserInfo, attributes: Attributes): ApiError {
  const why = describeDenial(user, attributes);
  if (attributes.type === 'path') {
    return new ApiError(failure(403, 'Forbidden', `forbidden: ${why}`, {}));
  }
  return forbidden({ group: attributes.group, resource: attributes.resource }, attributes.name, why);
}

export function attributesOf(route: ResourceRoute, verb: string): Attributes {
  const { group, version, resource, subresource, namespace, name } = route;
  const isNamespaceItself = group === '' && resource === 'namespaces' && name !== '';
  return {
    type: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    namespace: isNamespaceItself ? name : namespace,
    name,
  };
}
