import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { PolicyRule } from '../authorization/policy-rule.ts';
import {
  adminRules,
  basicUserRules,
  discoveryRules,
  editRules,
  everythingRules,
  publicInfoRules,
  viewRules,
} from './policy-rules.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };

/** Namespaces that clients take for granted. */
export const bootstrapNamespaces: readonly KubeObject[] = [
  'default',
  'kube-node-lease',
  'kube-public',
  'kube-system',
].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
}));

/** Default cluster roles and their bindings. Rules that came to a role later are put back at start, unless its `autoupdate` annotation says no. */
export const bootstrapRoles: readonly KubeObject[] = [
  clusterRole('cluster-admin', everythingRules),
  aggregatedRole('admin', {}),
  aggregatedRole('edit', { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' }),
  aggregatedRole('view', { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' }),
  clusterRole('system:aggregate-to-admin', adminRules, { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' }),
  clusterRole('system:aggregate-to-edit', editRules, { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' }),
  clusterRole('system:aggregate-to-view', viewRules, { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
  clusterRole('system:basic-user', basicUserRules),
  clusterRole('system:discovery', discoveryRules),
  clusterRole('system:public-info-viewer', publicInfoRules),
  clusterRoleBinding('cluster-admin', ['system:masters']),
  clusterRoleBinding('system:basic-user', ['system:authenticated']),
  clusterRoleBinding('system:discovery', ['system:authenticated']),
  clusterRoleBinding('system:public-info-viewer', ['system:authenticated', 'system:unauthenticated']),
];

function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  extraLabels: Readonly<Record<string, string>> = {},
): KubeObject {
  return {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...labels, ...extraLabels }, annotations },
    rules,
  };
}

/** Its rules are filled in by the role aggregation controller. */
function aggregatedRole(name: string, extraLabels: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...labels, ...extraLabels }, annotations },
    aggregationRule: {
      clusterRoleSelectors: [{ matchLabels: { [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' } }],
    },
    rules: [],
  };
}

function clusterRoleBinding(role: string, groups: readonly string[]): KubeObject {
  return {
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: role, labels, annotations },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: groups.map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })),
  };
}
