import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type {
  ClusterPropagationPolicy,
  Placement,
  PropagationPolicy,
  PropagationSpec,
} from '@flotilla/kinds/karmada/policy';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';

export interface ClusterOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly region?: string;
  readonly pods?: number;
  readonly taint?: string;
  readonly deletionTimestamp?: string;
}

export function aCluster(name: string, options: ClusterOptions = {}): Cluster {
  const { labels = {}, region, pods = 100, taint, deletionTimestamp } = options;
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, labels, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    spec: {
      syncMode: 'Push',
      ...(region === undefined ? {} : { region }),
      ...(taint === undefined ? {} : { taints: [{ key: taint, effect: 'NoSchedule' }] }),
    },
    status: {
      apiEnablements: [
        { groupVersion: 'apps/v1', resources: [{ name: 'deployments', kind: 'Deployment' }] },
        { groupVersion: 'example.io/v1', resources: [{ name: 'deployments', kind: 'Deployment' }] },
        { groupVersion: 'v1', resources: [{ name: 'configmaps', kind: 'ConfigMap' }] },
        {
          groupVersion: 'rbac.authorization.k8s.io/v1',
          resources: [{ name: 'clusterroles', kind: 'ClusterRole' }],
        },
      ],
      resourceSummary: { allocatable: { pods: String(pods) } },
    },
  };
}

export function aDeployment(name: string, replicas: number, metadata: ObjectMeta = {}, spec: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name, ...metadata },
    spec: { replicas, ...spec },
  };
}

export function aConfigMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name }, data: {} };
}

export const deployments = { apiVersion: 'apps/v1', kind: 'Deployment' };

export function aPolicy(name: string, placement: Placement, spec: Partial<PropagationSpec> = {}): PropagationPolicy {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: 'PropagationPolicy',
    metadata: { namespace: 'shop', name },
    spec: { resourceSelectors: [deployments], placement, ...spec },
  };
}

export function aClusterPolicy(
  name: string,
  placement: Placement,
  spec: Partial<PropagationSpec> = {},
): ClusterPropagationPolicy {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: 'ClusterPropagationPolicy',
    metadata: { name },
    spec: { resourceSelectors: [deployments], placement, ...spec },
  };
}

export const dynamicWeight: Placement = {
  replicaScheduling: {
    replicaSchedulingType: 'Divided',
    replicaDivisionPreference: 'Weighted',
    weightPreference: { dynamicWeight: 'AvailableReplicas' },
  },
};

export const staticWeights: Placement = {
  replicaScheduling: {
    replicaSchedulingType: 'Divided',
    replicaDivisionPreference: 'Weighted',
    weightPreference: {
      staticWeightList: [
        { targetCluster: { clusterNames: ['m1'] }, weight: 1 },
        { targetCluster: { clusterNames: ['m2'] }, weight: 2 },
        { targetCluster: { clusterNames: ['m3'] }, weight: 1 },
      ],
    },
  },
};
