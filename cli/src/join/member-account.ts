/** The account in a member that the control plane works with, and what belongs to it. */
import type { KubeObject } from '@flotilla/kinds/kube-object';

export const accountNamespace = 'karmada-cluster';
const rbacVersion = 'rbac.authorization.k8s.io/v1';
const rbacPath = '/apis/rbac.authorization.k8s.io/v1';

export interface AccountObject {
  readonly collection: string;
  readonly object: KubeObject;
}

export interface MemberAccount {
  readonly serviceAccount: string;
  readonly role: string;
  /** In the order in which they can be made: namespace, account, role, binding, token. */
  readonly objects: readonly AccountObject[];
  readonly paths: {
    readonly serviceAccount: string;
    readonly role: string;
    readonly binding: string;
    readonly tokenSecret: string;
  };
}

/** What joining makes in the member that is called `cluster` here (pure). */
export function memberAccount(cluster: string): MemberAccount {
  const serviceAccount = `karmada-${cluster}`;
  const role = `karmada-controller-manager:${serviceAccount}`;
  const labels = { 'app.kubernetes.io/managed-by': 'flotilla' };
  const namespace = accountNamespace;
  const inNamespace = `/api/v1/namespaces/${namespace}`;
  const annotations = { 'kubernetes.io/service-account.name': serviceAccount };
  return {
    serviceAccount,
    role,
    objects: [
      {
        collection: '/api/v1/namespaces',
        object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
      },
      {
        collection: `${inNamespace}/serviceaccounts`,
        object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccount, namespace, labels } },
      },
      {
        collection: `${rbacPath}/clusterroles`,
        object: {
          apiVersion: rbacVersion,
          kind: 'ClusterRole',
          metadata: { name: role, labels },
          rules: [
            { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
            { nonResourceURLs: ['*'], verbs: ['get'] },
          ],
        },
      },
      {
        collection: `${rbacPath}/clusterrolebindings`,
        object: {
          apiVersion: rbacVersion,
          kind: 'ClusterRoleBinding',
          metadata: { name: role, labels },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
        },
      },
      {
        collection: `${inNamespace}/secrets`,
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: serviceAccount, namespace, labels, annotations },
          type: 'kubernetes.io/service-account-token',
        },
      },
    ],
    paths: {
      serviceAccount: `${inNamespace}/serviceaccounts/${serviceAccount}`,
      role: `${rbacPath}/clusterroles/${encodeURIComponent(role)}`,
      binding: `${rbacPath}/clusterrolebindings/${encodeURIComponent(role)}`,
      tokenSecret: `${inNamespace}/secrets/${serviceAccount}`,
    },
  };
}
