import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ClusterOverridePolicy, OverridePolicy, OverrideSpec } from '@flotilla/kinds/karmada/policy';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';

export function aDeployment(metadata: ObjectMeta = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, ...metadata },
    spec: {
      replicas: 4,
      template: {
        spec: {
          containers: [
            { name: 'c0', image: 'nginx:1.27', args: ['a', 'b'] },
            { name: 'c1', image: 'redis' },
          ],
        },
      },
    },
  };
}

export function aCluster(name: string, labels: Readonly<Record<string, string>> = {}): Cluster {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, labels },
    spec: { syncMode: 'Push' },
  };
}

const apiVersion = 'policy.karmada.io/v1alpha1';

export function anOverridePolicy(name: string, spec: OverrideSpec, namespace = 'shop'): OverridePolicy {
  return { apiVersion, kind: 'OverridePolicy', metadata: { name, namespace }, spec };
}

export function aClusterOverridePolicy(name: string, spec: OverrideSpec): ClusterOverridePolicy {
  return { apiVersion, kind: 'ClusterOverridePolicy', metadata: { name }, spec };
}

/** A rule that shows in which order rules were applied: each appends its word to the first container's args. */
export function appending(word: string): OverrideSpec {
  return {
    overrideRules: [{ overriders: { argsOverrider: [{ containerName: 'c0', operator: 'add', value: [word] }] } }],
  };
}

/** Makes every attempt to change the value an error. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
