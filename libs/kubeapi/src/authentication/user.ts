/** Who makes a request. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const anonymousUser: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
export const mastersGroup = 'system:masters';
const authenticatedGroup = 'system:authenticated';

/** Every user who proved who they are belongs to `system:authenticated`. */
export function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes(authenticatedGroup) ? user : { ...user, groups: [...user.groups, authenticatedGroup] };
}

const serviceAccountPrefix = 'system:serviceaccount:';

export function serviceAccountUser(
  namespace: string,
  name: string,
  uid: string,
  extra?: Readonly<Record<string, readonly string[]>>,
): UserInfo {
  return {
    name: `${serviceAccountPrefix}${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    ...(extra === undefined ? {} : { extra }),
  };
}

export function serviceAccountOf(userName: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!userName.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace, name] = userName.slice(serviceAccountPrefix.length).split(':');
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
