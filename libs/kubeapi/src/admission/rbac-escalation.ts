import type { KubeObject } from '@flotilla/kinds/kube-object';
import { forbidden } from '../errors/api-errors.ts';
import { mastersGroup } from '../authentication/user.ts';
import { formatRule, uncovered, type PolicyRule } from '../authorization/policy-rule.ts';
import type { RbacAuthorizer } from '../authorization/rbac.ts';
import type { RoleReference } from '../authorization/binding-index.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts';

const group = 'rbac.authorization.k8s.io';

/** Nobody grants what they don't have, unless they hold `escalate` or `bind` on the role. */
export function rbacEscalation(authorizer: RbacAuthorizer): AdmissionPlugin {
  return {
    name: 'RbacEscalation',
    validate(request, object) {
      if (request.resource.group !== group || request.operation === 'DELETE' || object === undefined) return;
      if (request.user.groups.includes(mastersGroup)) return;
      if (request.resource.resource.endsWith('roles')) checkRole(authorizer, request, object);
      else checkBinding(authorizer, request, object);
    },
  };
}

function rulesOf(role: KubeObject | undefined): readonly PolicyRule[] {
  return (role?.['rules'] as readonly PolicyRule[] | null | undefined) ?? [];
}

function checkRole(authorizer: RbacAuthorizer, request: AdmissionRequest, role: KubeObject): void {
  if (JSON.stringify(rulesOf(role)) === JSON.stringify(rulesOf(request.old))) return;
  if (holdsVerb(authorizer, request, 'escalate', request.resource.resource, request.name)) return;
  refuseUncovered(authorizer, request, rulesOf(role));
}

function checkBinding(authorizer: RbacAuthorizer, request: AdmissionRequest, binding: KubeObject): void {
  const reference = binding['roleRef'] as RoleReference;
  const isSame =
    request.old !== undefined &&
    JSON.stringify([binding['roleRef'], binding['subjects']]) ===
      JSON.stringify([request.old['roleRef'], request.old['subjects']]);
  if (isSame) return;
  const resource = reference.kind === 'Role' ? 'roles' : 'clusterroles';
  if (holdsVerb(authorizer, request, 'bind', resource, reference.name)) return;
  const rules = authorizer.roleRules(reference, request.namespace);
  if (rules === undefined) {
    throw forbidden(
      request.resource,
      request.name,
      `${resource}.${group} "${reference.name}" not found: a role can be bound before it exists only by users who may "bind" it`,
    );
  }
  refuseUncovered(authorizer, request, rules);
}

function holdsVerb(
  authorizer: RbacAuthorizer,
  { user, namespace }: AdmissionRequest,
  verb: string,
  resource: string,
  name: string,
): boolean {
  return authorizer.authorize(user, {
    type: 'resource',
    verb,
    group,
    version: 'v1',
    resource,
    subresource: '',
    namespace: resource === 'roles' ? namespace : '',
    name,
  }).isAllowed;
}

function refuseUncovered(authorizer: RbacAuthorizer, request: AdmissionRequest, rules: readonly PolicyRule[]): void {
  const { user, resource, namespace, name } = request;
  const missing = uncovered(authorizer.rulesFor(user, namespace), rules);
  if (missing.length === 0) return;
  const groups = `[${user.groups.map((one) => JSON.stringify(one)).join(' ')}]`;
  throw forbidden(
    resource,
    name,
    `user "${user.name}" (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${missing.map(formatRule).join('\n')}`,
  );
}
