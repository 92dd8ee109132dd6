import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';
import { mastersGroup, type UserInfo } from '../authentication/user.ts';
import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { BindingIndex, type IndexedBinding, type RoleReference } from './binding-index.ts';
import { ruleAllows, ruleAllowsPath, type PolicyRule } from './policy-rule.ts';

const group = 'rbac.authorization.k8s.io';
const roles = { group, resource: 'roles' };
const clusterRoles = { group, resource: 'clusterroles' };
const roleBindings = { group, resource: 'rolebindings' };
const clusterRoleBindings = { group, resource: 'clusterrolebindings' };

const masters: Decision = { isAllowed: true, reason: '' };
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
const ruleSetLimit = 4096;
const decisionLimit = 512;

interface GrantedRule {
  readonly rule: PolicyRule;
  readonly binding: IndexedBinding;
}

/** Rules of one user in one namespace, with the decisions made from them so far. */
interface RuleSet {
  readonly granted: readonly GrantedRule[];
  readonly decisions: Map<string, Decision>;
}

export interface RbacAuthorizer extends Authorizer {
  /** Rules of a role as bindings of that namespace see it; undefined when it doesn't exist. */
  roleRules(reference: RoleReference, namespace: string): readonly PolicyRule[] | undefined;
  close(): void;
}

/**
 * Evaluates Roles and bindings as Kubernetes does. Bindings are indexed by subject; what was decided is kept until any of the four kinds changes.
 */
export function createRbacAuthorizer(store: ObjectStore): RbacAuthorizer {
  const index = new BindingIndex();
  const ruleSets = new Map<string, RuleSet>();
  const from = store.revision;
  for (const resource of [roleBindings, clusterRoleBindings])
    for (const binding of store.list(resource)) index.put(binding);
  const subscription = store.subscribe({
    resources: [roles, clusterRoles, roleBindings, clusterRoleBindings],
    from,
    onChanges(changes) {
      ruleSets.clear();
      for (const { type, object } of changes) {
        if (!isBinding(object)) continue;
        if (type === 'DELETED') index.remove(object);
        else index.put(object);
      }
    },
  });

  function roleRules(reference: RoleReference, namespace: string): readonly PolicyRule[] | undefined {
    const role =
      reference.kind === 'Role'
        ? store.get(roles, namespace, reference.name)
        : store.get(clusterRoles, '', reference.name);
    if (role === undefined) return undefined;
    return (role.object['rules'] as readonly PolicyRule[] | null | undefined) ?? [];
  }

  function ruleSet(user: UserInfo, namespace: string): RuleSet {
    const key = `${namespace}\n${user.name}\n${user.groups.join('\n')}`;
    let found = ruleSets.get(key);
    if (found !== undefined) return found;
    const granted = index
      .bindingsOf(user.name, user.groups)
      .filter((binding) => binding.namespace === '' || binding.namespace === namespace)
      .flatMap((binding) =>
        (roleRules(binding.role, binding.namespace) ?? []).map((rule): GrantedRule => ({ rule, binding })),
      );
    if (ruleSets.size >= ruleSetLimit) ruleSets.clear();
    found = { granted, decisions: new Map() };
    ruleSets.set(key, found);
    return found;
  }

  return {
    roleRules,
    authorize(user, attributes) {
      if (user.groups.includes(mastersGroup)) return masters;
      const { granted, decisions } = ruleSet(user, attributes.type === 'resource' ? attributes.namespace : '');
      const key = decisionKey(attributes);
      let decision = decisions.get(key);
      if (decision === undefined) {
        decision = decide(granted, attributes);
        if (decisions.size >= decisionLimit) decisions.clear();
        decisions.set(key, decision);
      }
      return decision;
    },
    rulesFor(user, namespace) {
      if (user.groups.includes(mastersGroup)) return everything;
      return ruleSet(user, namespace).granted.map(({ rule }) => rule);
    },
    close() {
      if (subscription.kind === 'subscribed') subscription.unsubscribe();
    },
  };
}

function isBinding(object: StoredObject): boolean {
  return object.resource.resource === 'rolebindings' || object.resource.resource === 'clusterrolebindings';
}

function decisionKey(attributes: Attributes): string {
  return attributes.type === 'path'
    ? `${attributes.verb} ${attributes.path}`
    : `${attributes.verb} ${attributes.group} ${attributes.resource}/${attributes.subresource} ${attributes.name}`;
}

function decide(granted: readonly GrantedRule[], attributes: Attributes): Decision {
  const found = granted.find(({ rule }) =>
    attributes.type === 'path'
      ? ruleAllowsPath(rule, attributes.verb, attributes.path)
      : ruleAllows(rule, {
          verb: attributes.verb,
          group: attributes.group,
          resource:
            attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`,
          name: attributes.name,
        }),
  );
  if (found === undefined) return { isAllowed: false, reason: '' };
  const { namespace, name, role, subject } = found.binding;
  const binding = namespace === '' ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
  return { isAllowed: true, reason: `RBAC: allowed by ${binding} of ${role.kind} "${role.name}" to ${subject}` };
}
