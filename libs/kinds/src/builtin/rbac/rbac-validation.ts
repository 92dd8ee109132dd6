import { invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkDnsSubdomain, checkPathSegment } from '../../name-rule.ts';
import { validateLabelSelector } from '../../label-selector.ts';
import { isSameJson, type Errors } from '../errors.ts';
import type { FieldError, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { PolicyRule, RoleBindingParts, RoleParts, Subject } from './rbac-types.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

export function setBindingDefaults(draft: MutableKubeObject): void {
  const binding = draft as MutableKubeObject & RoleBindingParts;
  if (binding.roleRef !== undefined && (binding.roleRef.apiGroup ?? '') === '') binding.roleRef.apiGroup = rbacGroup;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= rbacGroup;
  }
}

export function validateRole(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  ((object as KubeObject & RoleParts).rules ?? []).forEach((rule, index) => {
    validateRule(errors, rule, `rules[${index}]`, true);
  });
  return errors;
}

export function validateClusterRole(object: KubeObject): readonly FieldError[] {
  const { rules, aggregationRule } = object as KubeObject & RoleParts;
  const errors: Errors = [];
  (rules ?? []).forEach((rule, index) => validateRule(errors, rule, `rules[${index}]`, false));
  if (aggregationRule === undefined) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    errors.push(requiredValue(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  selectors.forEach((selector, index) => errors.push(...validateLabelSelector(selector, `${path}[${index}]`)));
  return errors;
}

function validateRule(errors: Errors, rule: PolicyRule, path: string, isNamespaced: boolean): void {
  if ((rule.verbs ?? []).length === 0)
    errors.push(requiredValue(`${path}.verbs`, 'verbs must contain at least one value'));
  const urls = rule.nonResourceURLs ?? [];
  if (urls.length > 0) {
    if (isNamespaced) {
      errors.push(invalidValue(`${path}.nonResourceURLs`, urls, 'namespaced rules cannot apply to non-resource URLs'));
    }
    const hasResources =
      (rule.apiGroups ?? []).length > 0 || (rule.resources ?? []).length > 0 || (rule.resourceNames ?? []).length > 0;
    if (hasResources) {
      errors.push(
        invalidValue(
          `${path}.nonResourceURLs`,
          urls,
          'rules cannot apply to both regular resources and non-resource URLs',
        ),
      );
    }
    return;
  }
  if ((rule.apiGroups ?? []).length === 0) {
    errors.push(requiredValue(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if ((rule.resources ?? []).length === 0) {
    errors.push(requiredValue(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
}

export function validateRoleBinding(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  return validateBinding(object, old, ['Role', 'ClusterRole'], true);
}

export function validateClusterRoleBinding(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  return validateBinding(object, old, ['ClusterRole'], false);
}

function validateBinding(
  object: KubeObject,
  old: KubeObject | undefined,
  roleKinds: readonly string[],
  isNamespaced: boolean,
): readonly FieldError[] {
  const { roleRef = {}, subjects = [] } = object as KubeObject & RoleBindingParts;
  const errors: Errors = [];
  if (roleRef.apiGroup !== rbacGroup)
    errors.push(unsupportedValue('roleRef.apiGroup', roleRef.apiGroup ?? '', [rbacGroup]));
  if (!roleKinds.includes(roleRef.kind ?? ''))
    errors.push(unsupportedValue('roleRef.kind', roleRef.kind ?? '', roleKinds));
  const name = roleRef.name ?? '';
  if (name === '') errors.push(requiredValue('roleRef.name'));
  else for (const complaint of checkPathSegment(name)) errors.push(invalidValue('roleRef.name', name, complaint));
  subjects.forEach((subject, index) => validateSubject(errors, subject, `subjects[${index}]`, isNamespaced));
  if (old !== undefined) {
    const previous = (old as KubeObject & RoleBindingParts).roleRef;
    if (!isSameJson(roleRef, previous)) {
      const { apiGroup: APIGroup, kind: Kind, name: Name } = roleRef;
      errors.push(invalidValue('roleRef', { APIGroup, Kind, Name }, 'cannot change roleRef'));
    }
  }
  return errors;
}

function validateSubject(errors: Errors, subject: Subject, path: string, isNamespaced: boolean): void {
  const name = subject.name ?? '';
  if (name === '') errors.push(requiredValue(`${path}.name`));
  switch (subject.kind) {
    case 'ServiceAccount':
      if (name !== '')
        for (const complaint of checkDnsSubdomain(name)) errors.push(invalidValue(`${path}.name`, name, complaint));
      if ((subject.apiGroup ?? '') !== '') errors.push(unsupportedValue(`${path}.apiGroup`, subject.apiGroup, ['']));
      if (!isNamespaced && (subject.namespace ?? '') === '') errors.push(requiredValue(`${path}.namespace`));
      return;
    case 'User':
    case 'Group':
      if (subject.apiGroup !== rbacGroup) {
        errors.push(unsupportedValue(`${path}.apiGroup`, subject.apiGroup ?? '', [rbacGroup]));
      }
      return;
    default:
      errors.push(unsupportedValue(`${path}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
}
