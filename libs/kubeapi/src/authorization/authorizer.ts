import type { UserInfo } from '../authentication/user.ts';
import type { PolicyRule } from './policy-rule.ts';

/** What a request wants to do. */
export type Attributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  readonly type: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface PathAttributes {
  readonly type: 'path';
  readonly verb: string;
  readonly path: string;
}

export interface Decision {
  readonly isAllowed: boolean;
  /** Why; for people. */
  readonly reason: string;
}

export interface Authorizer {
  /** Synchronous: decisions come from memory. */
  authorize(user: UserInfo, attributes: Attributes): Decision;
  /** Every rule that holds for the user in the namespace ('' = cluster-wide ones only). */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[];
}

const allowed: Decision = { isAllowed: true, reason: '' };

/** For servers that only their own process reaches. */
export const allowEverything: Authorizer = {
  authorize: () => allowed,
  rulesFor: () => [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
};

/** kube-apiserver's wording: `User "x" cannot list resource "pods" in API group "" in the namespace "y"`. */
export function describeDenial(user: UserInfo, attributes: Attributes): string {
  if (attributes.type === 'path') return `User "${user.name}" cannot ${attributes.verb} path "${attributes.path}"`;
  const { verb, group, resource, subresource, namespace } = attributes;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
}
