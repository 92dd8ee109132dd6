import type { IncomingHttpHeaders } from 'node:http';
import { forbidden } from '../errors/api-errors.ts';
import { authenticated, serviceAccountOf, serviceAccountUser, type UserInfo } from '../authentication/user.ts';
import { describeDenial, type Authorizer } from '../authorization/authorizer.ts';
import { badRequest } from '../errors/api-errors.ts';

/** The user to act as, when the request asks for one and its real user may. Throws 400 and 403. */
export function impersonatedUser(
  headers: IncomingHttpHeaders,
  user: UserInfo,
  authorizer: Authorizer,
): UserInfo | undefined {
  const name = single(headers['impersonate-user']);
  const groups = list(headers['impersonate-group']);
  const uid = single(headers['impersonate-uid']);
  const extra = extraOf(headers);
  if (name === undefined) {
    if (groups.length === 0 && uid === undefined && Object.keys(extra).length === 0) return undefined;
    throw badRequest('requested an impersonation without impersonating a user');
  }
  const account = serviceAccountOf(name);
  if (account === undefined) demand(authorizer, user, 'users', '', name);
  else demand(authorizer, user, 'serviceaccounts', account.namespace, account.name);
  for (const group of groups) demand(authorizer, user, 'groups', '', group);
  if (uid !== undefined) demand(authorizer, user, 'uids', '', uid, 'authentication.k8s.io');
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) demand(authorizer, user, 'userextras', '', value, 'authentication.k8s.io', key);
  }
  const own =
    account === undefined || groups.length > 0
      ? groups
      : serviceAccountUser(account.namespace, account.name, '').groups;
  const target: UserInfo = {
    name,
    groups: own,
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  return name === 'system:anonymous'
    ? { ...target, groups: [...own, 'system:unauthenticated'] }
    : authenticated(target);
}

function demand(
  authorizer: Authorizer,
  user: UserInfo,
  resource: string,
  namespace: string,
  name: string,
  group = '',
  subresource = '',
): void {
  const attributes = {
    type: 'resource',
    verb: 'impersonate',
    group,
    version: 'v1',
    resource,
    subresource,
    namespace,
    name,
  } as const;
  if (authorizer.authorize(user, attributes).isAllowed) return;
  throw forbidden({ group, resource }, name, describeDenial(user, attributes));
}

function single(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === '' ? undefined : text;
}

/** Node joins repeated headers with a comma and a blank. */
function list(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : value.split(',')).map((one) => one.trim()).filter((one) => one !== '');
}

function extraOf(headers: IncomingHttpHeaders): Record<string, readonly string[]> {
  const prefix = 'impersonate-extra-';
  const extra: Record<string, readonly string[]> = {};
  for (const header in headers) {
    if (header.startsWith(prefix)) extra[decodeURIComponent(header.slice(prefix.length))] = list(headers[header]);
  }
  return extra;
}
