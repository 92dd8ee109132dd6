import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';

export const deployments: ResourceId = { group: 'apps', resource: 'deployments' };

export function aCluster(name: string): KubeObject {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, finalizers: ['flotilla.io/cluster', 'flotilla.io/propagation'] },
    spec: { syncMode: 'Push', apiEndpoint: `https://${name}`, secretRef: { namespace: 'karmada-cluster', name } },
  };
}

export function aSecret(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'karmada-cluster' },
    data: { token: Buffer.from('t').toString('base64') },
  };
}

export function aDeployment(replicas: number, image = 'nginx'): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: replicas },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

export function aBinding(
  targets: Readonly<Record<string, number>>,
  extra: Partial<ResourceBindingSpec> = {},
): KubeObject {
  const replicas = Object.values(targets).reduce((sum, count) => sum + count, 0);
  return {
    apiVersion: 'work.karmada.io/v1alpha2',
    kind: 'ResourceBinding',
    metadata: {
      name: 'web-deployment',
      namespace: 'default',
      uid: 'b1',
      generation: 1,
      labels: { 'resourcebinding.karmada.io/permanent-id': 'id-1' },
      finalizers: ['flotilla.io/propagation'],
    },
    spec: {
      resource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
      replicas,
      clusters: Object.entries(targets).map(([name, count]) => ({ name, replicas: count })),
      ...extra,
    },
  };
}

export function anOverride(
  kind: 'OverridePolicy' | 'ClusterOverridePolicy',
  cluster: string,
  registry: string,
): KubeObject {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind,
    metadata: { name: `to-${cluster}`, ...(kind === 'OverridePolicy' ? { namespace: 'default' } : {}) },
    spec: {
      resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }],
      overrideRules: [
        {
          targetCluster: { clusterNames: [cluster] },
          overriders: { imageOverrider: [{ component: 'Registry', operator: 'add', value: registry }] },
        },
      ],
    },
  };
}
