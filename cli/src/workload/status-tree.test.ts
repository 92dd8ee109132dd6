import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { OverridePolicy } from '@flotilla/kinds/karmada/policy';
import type {
  AggregatedStatusItem,
  ResourceBinding,
  ResourceBindingSpec,
  ResourceBindingStatus,
} from '@flotilla/kinds/karmada/work';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import colors from 'picocolors';
import { describe, expect, it } from 'vitest';

import type { ServedKind } from '../discovery.ts';
import { renderTree } from '../output/tree.ts';
import { clusterStatuses } from './cluster-status.ts';
import { remedies } from './remedies.ts';
import { statusTree } from './status-tree.ts';
import { unfinished } from './unfinished.ts';
import type { Fleet, Workload } from './workload.ts';

const context = { serverUrl: 'https://control' };
const plain = colors.createColors(false);

const deployments: ServedKind = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: [],
  isNamespaced: true,
  verbs: [],
  isPreferred: true,
};

const claimed = { 'propagationpolicy.karmada.io/namespace': 'shop', 'propagationpolicy.karmada.io/name': 'web' };

function aTemplate(metadata: ObjectMeta = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', annotations: claimed, ...metadata },
  };
}

function aBinding(spec: Partial<ResourceBindingSpec>, status: Partial<ResourceBindingStatus> = {}): ResourceBinding {
  return {
    apiVersion: 'work.karmada.io/v1alpha2',
    kind: 'ResourceBinding',
    metadata: { name: 'web-deployment', namespace: 'shop' },
    spec: {
      resource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
      placement: {},
      replicas: 3,
      ...spec,
    },
    status: { conditions: [scheduled, applied], ...status },
  };
}

const time = '2026-01-01T00:00:00Z';
const scheduled = {
  type: 'Scheduled',
  status: 'True',
  reason: 'Success',
  message: '',
  lastTransitionTime: time,
} as const;
const applied = {
  type: 'FullyApplied',
  status: 'True',
  reason: 'FullyAppliedSuccess',
  message: '',
  lastTransitionTime: time,
} as const;

function running(clusterName: string, readyReplicas: number): AggregatedStatusItem {
  return { clusterName, applied: true, health: 'Healthy', status: { readyReplicas } };
}

function aCluster(name: string, isReady = true): Cluster {
  const condition = {
    type: 'Ready',
    status: isReady ? 'True' : 'False',
    reason: 'r',
    message: 'connection refused',
    lastTransitionTime: time,
  } as const;
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: { syncMode: 'Push' },
    status: { conditions: [condition] },
  };
}

const override: OverridePolicy = {
  apiVersion: 'policy.karmada.io/v1alpha1',
  kind: 'OverridePolicy',
  metadata: { name: 'registry', namespace: 'shop' },
  spec: {
    resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }],
    overrideRules: [{ targetCluster: { clusterNames: ['m2'] }, overriders: {} }],
  },
};

const fleet: Fleet = { clusters: [aCluster('m1'), aCluster('m2')], overrides: [override] };

function shown(workload: Workload, clusters: Fleet = fleet): readonly string[] {
  const statuses = clusterStatuses(workload, clusters);
  const tree = renderTree(statusTree(workload, statuses, plain), { colors: plain, columns: 100 });
  return [...tree, ...remedies(workload, statuses, context)];
}

describe('the status of a workload', () => {
  it('is a tree from template to clusters', () => {
    const binding = aBinding(
      {
        clusters: [
          { name: 'm1', replicas: 1 },
          { name: 'm2', replicas: 2 },
        ],
      },
      {
        aggregatedStatus: [
          { clusterName: 'm1', applied: true, health: 'Healthy', status: { readyReplicas: 1 } },
          { clusterName: 'm2', applied: true, health: 'Unhealthy', status: { readyReplicas: 1 } },
        ],
      },
    );
    expect(shown({ kind: deployments, template: aTemplate(), binding })).toEqual([
      'Deployment shop/web  2/3 ready in 2 clusters',
      '└─ PropagationPolicy shop/web',
      '   └─ ResourceBinding shop/web-deployment  Scheduled  FullyApplied',
      '      ├─ m1   1 replica    1 ready   healthy',
      '      └─ m2   2 replicas   1 ready   unhealthy',
      '         └─ changed by OverridePolicy registry',
      'What pods in m2 wait for:',
      '  kubectl get events,pods -n shop --server https://control/apis/cluster.karmada.io/v1alpha1/clusters/m2/proxy',
    ]);
  });

  it('tells what failed, and in which cluster', () => {
    const failed = {
      ...applied,
      status: 'False',
      reason: 'FullyAppliedFailed',
      message: 'Applied in 1 of 2 clusters.',
    } as const;
    const binding = aBinding(
      {
        clusters: [
          { name: 'm1', replicas: 1 },
          { name: 'm3', replicas: 2 },
        ],
      },
      {
        conditions: [scheduled, failed],
        aggregatedStatus: [
          { clusterName: 'm1', applied: false, appliedMessage: 'it already exists there and is not managed' },
          { clusterName: 'm2', applied: true, health: 'Healthy', status: { readyReplicas: 1 } },
        ],
      },
    );
    const down: Fleet = { clusters: [aCluster('m1'), aCluster('m2'), aCluster('m3', false)], overrides: [] };
    expect(shown({ kind: deployments, template: aTemplate(), binding }, down)).toEqual([
      'Deployment shop/web  0/3 ready in 2 clusters',
      '└─ PropagationPolicy shop/web',
      '   └─ ResourceBinding shop/web-deployment  Scheduled  not FullyApplied (FullyAppliedFailed)',
      '      ├─ FullyApplied: Applied in 1 of 2 clusters.',
      '      ├─ m1   1 replica    0 ready   not applied',
      '      │  └─ it already exists there and is not managed',
      '      ├─ m2   leaving',
      '      └─ m3   2 replicas   0 ready   waiting',
      '         └─ the cluster is not ready: connection refused',
      'To take over an object that is in a cluster already: conflictResolution: Overwrite in the policy',
    ]);
  });

  it('says where to ask when no cluster was found', () => {
    const unscheduled = {
      ...scheduled,
      status: 'False',
      reason: 'NoClusterFit',
      message: '0/2 clusters are available',
    } as const;
    const binding = aBinding({ clusters: [] }, { conditions: [unscheduled] });
    expect(shown({ kind: deployments, template: aTemplate(), binding })).toEqual([
      'Deployment shop/web  in no cluster',
      '└─ PropagationPolicy shop/web',
      '   └─ ResourceBinding shop/web-deployment  not Scheduled (NoClusterFit)',
      '      └─ Scheduled: 0/2 clusters are available',
      'Why it is in no cluster: flotilla explain deployment web -n shop',
    ]);
  });

  it('says that what runs stays when there is no place for more, and counts what is asked for', () => {
    const unscheduled = { ...scheduled, status: 'False', reason: 'Unschedulable', message: 'no room' } as const;
    const binding = aBinding(
      {
        replicas: 9,
        placement: { replicaScheduling: { replicaSchedulingType: 'Divided' } },
        clusters: [{ name: 'm1', replicas: 3 }],
      },
      { conditions: [unscheduled, applied], aggregatedStatus: [running('m1', 3)] },
    );
    expect(shown({ kind: deployments, template: aTemplate(), binding })).toEqual([
      'Deployment shop/web  3/9 ready in 1 cluster',
      '└─ PropagationPolicy shop/web',
      '   └─ ResourceBinding shop/web-deployment  not Scheduled (Unschedulable)  FullyApplied',
      '      ├─ Scheduled: no room',
      '      └─ m1   3 replicas   3 ready   healthy',
      'What runs stays as it is: there is no place for all that is asked for now. Why: flotilla explain deployment web -n shop',
    ]);
  });

  it('says that what no policy selects any more stays', () => {
    const binding = aBinding({ clusters: [{ name: 'm1', replicas: 3 }] }, { aggregatedStatus: [running('m1', 3)] });
    expect(shown({ kind: deployments, template: aTemplate({ annotations: {} }), binding }).at(-1)).toBe(
      'No policy selects it any more: it stays where it is. To move it, write a policy; to end it, delete it',
    );
  });

  it('tells clusters that are held back from those that are waited for', () => {
    const binding = aBinding(
      {
        suspension: { dispatchingOnClusters: { clusterNames: ['m2'] } },
        clusters: [
          { name: 'm1', replicas: 3 },
          { name: 'm2', replicas: 3 },
        ],
      },
      { conditions: [scheduled], aggregatedStatus: [running('m1', 3)] },
    );
    expect(shown({ kind: deployments, template: aTemplate(), binding }, { ...fleet, overrides: [] })).toEqual([
      'Deployment shop/web  3/6 ready in 2 clusters',
      '└─ PropagationPolicy shop/web',
      '   └─ ResourceBinding shop/web-deployment  Scheduled  not FullyApplied yet',
      '      ├─ m1   3 replicas   3 ready   healthy',
      '      └─ m2   3 replicas   0 ready   held back',
      'Changes are held back for m2: spec.suspension.dispatchingOnClusters of its policy',
    ]);
  });

  it('says a failure once, where it happened, and leaves the remedy to a message that has it', () => {
    const message = '"web" already exists and is not managed: set conflictResolution: Overwrite';
    const failed = { ...applied, status: 'False', reason: 'Failed', message: `Not applied in m1: ${message}` } as const;
    const binding = aBinding(
      { clusters: [{ name: 'm1', replicas: 3 }] },
      {
        conditions: [scheduled, failed],
        aggregatedStatus: [{ clusterName: 'm1', applied: false, appliedMessage: message }],
      },
    );
    expect(shown({ kind: deployments, template: aTemplate(), binding }).slice(2)).toEqual([
      '   └─ ResourceBinding shop/web-deployment  Scheduled  not FullyApplied (Failed)',
      '      └─ m1   3 replicas   0 ready   not applied',
      `         └─ ${message}`,
    ]);
  });

  it.each([
    ['clusters that answer', ['m1'], 'It is gone once every cluster has removed it'],
    [
      'a cluster that does not answer',
      ['m1', 'm3'],
      'It is gone once m3 can be reached again and has removed it, or has left the fleet: flotilla unjoin',
    ],
  ])('says what a deletion waits for: %s', (_, names, expected) => {
    const binding = aBinding({ clusters: names.map((name) => ({ name, replicas: 1 })) });
    const down: Fleet = { clusters: [aCluster('m1'), aCluster('m3', false)], overrides: [] };
    const lines = shown({ kind: deployments, template: aTemplate({ deletionTimestamp: time }), binding }, down);
    expect(lines[0]).toBe('Deployment shop/web  being deleted');
    expect(lines.at(-1)).toBe(expected);
  });

  it('shows what follows others, without replicas', () => {
    const template: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'shop' },
    };
    const { placement: _placement, ...spec } = aBinding({}).spec;
    const binding: ResourceBinding = {
      ...aBinding({}),
      spec: {
        ...spec,
        replicas: 0,
        requiredBy: [{ namespace: 'shop', name: 'web-deployment', clusters: [{ name: 'm1', replicas: 3 }] }],
      },
      status: { conditions: [applied], aggregatedStatus: [{ clusterName: 'm1', applied: true, health: 'Healthy' }] },
    };
    expect(
      shown({ kind: { ...deployments, group: '', kind: 'ConfigMap', singular: 'configmap' }, template, binding }),
    ).toEqual([
      'ConfigMap shop/settings  in 1/1 cluster',
      '├─ needed by shop/web-deployment',
      '└─ ResourceBinding shop/web-deployment  FullyApplied',
      '   └─ m1   healthy',
    ]);
  });
});

describe('what to do about a template that is nowhere', () => {
  const without = (template: KubeObject, kind: Partial<ServedKind> = {}): string =>
    remedies({ kind: { ...deployments, ...kind }, template, binding: undefined }, [], context).join('\n');

  it.each([
    [
      'no policy selects it',
      aTemplate({ annotations: {} }),
      {},
      /Write a PropagationPolicy in namespace shop with:\n.*\n.*apiVersion: apps\/v1, kind: Deployment, name: web/,
    ],
    ['it was claimed a moment ago', aTemplate(), {}, /look again in a moment/],
    ['it is of the system', aTemplate({ namespace: 'kube-system', annotations: {} }), {}, /never propagated/],
    ['it is a namespace', aTemplate(), { group: '', kind: 'Namespace' }, /in every cluster by themselves/],
    [
      'it is a policy',
      aTemplate(),
      { group: 'policy.karmada.io', kind: 'PropagationPolicy' },
      /for the control plane itself/,
    ],
  ])('because %s', (_name, template, kind, expected) => {
    expect(without(template, kind)).toMatch(expected);
  });
});

describe('what a template still lacks', () => {
  const lacking = (
    spec: Partial<ResourceBindingSpec>,
    status: Partial<ResourceBindingStatus> = {},
    template: KubeObject = aTemplate(),
  ): string | undefined => {
    const workload: Workload = { kind: deployments, template, binding: aBinding(spec, status) };
    return unfinished(
      workload,
      clusterStatuses(workload, { clusters: [aCluster('m1'), aCluster('m2')], overrides: [] }),
    );
  };
  const both = [
    { name: 'm1', replicas: 3 },
    { name: 'm2', replicas: 3 },
  ];
  const aggregatedStatus = [running('m1', 3), running('m2', 3)];

  it('is nothing once all clusters have it, healthy', () => {
    expect(lacking({ clusters: both }, { aggregatedStatus })).toBeUndefined();
  });

  it('is a binding, or that it stays at all', () => {
    const workload: Workload = { kind: deployments, template: aTemplate(), binding: undefined };
    expect(unfinished(workload, [])).toBe('it is not propagated');
    const template = aTemplate({ deletionTimestamp: time });
    expect(lacking({ clusters: both }, { aggregatedStatus }, template)).toBe('it is being deleted');
  });

  it.each<[string, Partial<ResourceBindingSpec>, Partial<ResourceBindingStatus>, string]>([
    ['a decision', {}, { conditions: [] }, 'the scheduler has not decided yet'],
    [
      'a cluster that fits',
      {},
      { conditions: [{ ...scheduled, status: 'False', message: '0/2 clusters are available' }] },
      '0/2 clusters are available',
    ],
    ['any cluster', {}, {}, 'it is in no cluster'],
    ['one cluster', { clusters: both }, { aggregatedStatus: [running('m1', 3)] }, 'it has not been applied in m2'],
    ['leaving one', { clusters: both.slice(0, 1) }, { aggregatedStatus }, 'it has not left m2'],
    [
      'replicas',
      { clusters: both },
      { aggregatedStatus: [running('m1', 3), running('m2', 1)] },
      '4 of 6 replicas are ready',
    ],
    [
      'health',
      { clusters: both },
      { aggregatedStatus: [running('m1', 3), { ...running('m2', 3), health: 'Unhealthy' }] },
      'it is not healthy in m2',
    ],
  ])('is %s', (_, spec, status, expected) => {
    expect(lacking(spec, status)).toBe(expected);
  });

  it('is the newest version, where clusters have or report the one before', () => {
    const template = { ...aTemplate({ generation: 2 }), status: { observedGeneration: 1 } };
    expect(lacking({ clusters: both }, { aggregatedStatus }, template)).toBe(
      'its newest version is not seen to in every cluster yet',
    );
    const old = { ...running('m2', 3), status: { readyReplicas: 3, resourceTemplateGeneration: 1 } };
    expect(lacking({ clusters: both }, { aggregatedStatus: [running('m1', 3), old] }, template)).toBe(
      'its newest version has not reached m2',
    );
  });
});
