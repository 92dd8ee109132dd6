import { age, createdAtColumns, tableOf } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import {
  rbacGroup,
  setBindingDefaults,
  validateClusterRole,
  validateClusterRoleBinding,
  validateRole,
  validateRoleBinding,
} from './rbac-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';
import type { RoleBindingParts, Subject } from './rbac-types.ts';

/** RBAC names may hold colons and slashes do not: `system:node`. */
const rbac = { group: rbacGroup, version: 'v1', nameRule: 'path-segment' } as const;

export function rbacKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...rbac,
      kind: 'ClusterRoleBinding',
      plural: 'clusterrolebindings',
      isNamespaced: false,
      applyDefaults: setBindingDefaults,
      validate: validateClusterRoleBinding,
      table: bindingTable,
    }),
    defineKind(schemas, {
      ...rbac,
      kind: 'ClusterRole',
      plural: 'clusterroles',
      isNamespaced: false,
      validate: validateClusterRole,
      table: createdAtColumns,
    }),
    defineKind(schemas, {
      ...rbac,
      kind: 'RoleBinding',
      plural: 'rolebindings',
      applyDefaults: setBindingDefaults,
      validate: validateRoleBinding,
      table: bindingTable,
    }),
    defineKind(schemas, {
      ...rbac,
      kind: 'Role',
      plural: 'roles',
      validate: validateRole,
      table: createdAtColumns,
    }),
  ];
}

const bindingTable = tableOf(['Role', 'Age', 'Users*', 'Groups*', 'ServiceAccounts*'], (object, nowMs) => {
  const { roleRef = {}, subjects = [] } = object as KubeObject & RoleBindingParts;
  return [
    `${roleRef.kind ?? ''}/${roleRef.name ?? ''}`,
    age(object, nowMs),
    namesOf(subjects, 'User'),
    namesOf(subjects, 'Group'),
    namesOf(subjects, 'ServiceAccount'),
  ];
});

function namesOf(subjects: readonly Subject[], kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map((subject) =>
      kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name ?? ''}` : (subject.name ?? ''),
    )
    .join(', ');
}
