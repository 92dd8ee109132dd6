import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { Placement } from '@flotilla/kinds/karmada/policy';
import type { Component } from '@flotilla/kinds/karmada/work';
import { describe, expect, it } from 'vitest';
import { createClusterSnapshot } from './cluster-snapshot.ts';
import { compilePlacement } from './compiled-placement.ts';
import { placeWorkload, type Decision, type PlacementRequest } from './place-workload.ts';
import { aCluster, aWorkload, type ClusterOptions } from './testing/clusters.ts';
import type { Workload } from './workload.ts';

type Extra = Omit<PlacementRequest, 'workload' | 'placement' | 'snapshot'>;

function place(
  clusters: readonly Cluster[],
  placement: Placement,
  workload: Partial<Workload> = {},
  extra: Extra = {},
): Decision {
  return placeWorkload({
    workload: aWorkload(workload),
    placement: compilePlacement(placement),
    snapshot: createClusterSnapshot(clusters),
    ...extra,
  });
}

/** `m1:2 m2`, or the failure. */
function brief(decision: Decision): string {
  if (decision.kind !== 'placed') return `${decision.kind}: ${decision.message}`;
  return decision.targets
    .map(({ name, replicas }) => (replicas === undefined ? name : `${name}:${replicas}`))
    .join(' ');
}

const dynamic: Placement = {
  replicaScheduling: {
    replicaSchedulingType: 'Divided',
    replicaDivisionPreference: 'Weighted',
    weightPreference: { dynamicWeight: 'AvailableReplicas' },
  },
};
const aggregated: Placement = {
  replicaScheduling: { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Aggregated' },
};
const evenly: Placement = {
  replicaScheduling: { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Weighted' },
};
const names = (count: number, options: (index: number) => ClusterOptions = () => ({})): readonly Cluster[] =>
  Array.from({ length: count }, (_, index) => aCluster(`m${index + 1}`, options(index + 1)));

const inGroup = (group: string): ClusterOptions => ({ provider: group, zones: [group], labels: { rack: group } });
const withCpu = (cpu: string): ClusterOptions => ({ summary: { allocatable: { cpu, pods: '100' } } });
const component = (name: string, replicas: number, cpu: string): Component => ({
  name,
  replicas,
  replicaRequirements: { resourceRequest: { cpu } },
});

describe('filters', () => {
  it.each<{ name: string; placement: Placement; want: string }>([
    {
      name: 'exclude wins over clusterNames',
      placement: { clusterAffinity: { clusterNames: ['m1', 'm2'], exclude: ['m1'] } },
      want: 'm2:1',
    },
    {
      name: 'a zone In needs one in common',
      placement: {
        clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b', 'z'] }] } },
      },
      want: 'm1:1 m2:1',
    },
    {
      name: 'a zone NotIn needs none in common',
      placement: {
        clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['b'] }] } },
      },
      want: 'm3:1',
    },
    {
      name: 'conditions on fields are ANDed',
      placement: {
        clusterAffinity: {
          fieldSelector: {
            matchExpressions: [
              { key: 'provider', operator: 'In', values: ['x'] },
              { key: 'region', operator: 'NotIn', values: ['r1'] },
            ],
          },
        },
      },
      want: 'm2:1',
    },
  ])('$name', ({ placement, want }) => {
    const clusters = [
      aCluster('m1', { zones: ['a', 'b'], provider: 'x', region: 'r1' }),
      aCluster('m2', { zones: ['b'], provider: 'x', region: 'r2' }),
      aCluster('m3', { zones: ['c'], provider: 'y' }),
    ];
    expect(brief(place(clusters, placement))).toBe(want);
  });

  it('keeps a cluster that has the workload in spite of a new taint or a missing API, unless it is being evicted', () => {
    const clusters = [aCluster('m1', { taints: [{ key: 'k', effect: 'NoExecute' }], kinds: [] }), aCluster('m2')];
    const current = [{ name: 'm1', replicas: 1 }];
    expect(brief(place(clusters, {}, { current }))).toBe('m1:1 m2:1');
    expect(brief(place(clusters, {}, { current, evictedFrom: ['m1'] }))).toBe('m2:1');
    expect(brief(place(clusters, {}))).toBe('m2:1');
  });

  it('counts each cluster once, under its first refusal', () => {
    const clusters = [
      aCluster('m1', { kinds: [] }),
      aCluster('m2', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] }),
      aCluster('m3', { kinds: [] }),
    ];
    expect(brief(place(clusters, {}))).toBe(
      'no-cluster-fit: 0/3 clusters are available: 1 cluster(s) had untolerated taint {k=v:NoSchedule}, 2 cluster(s) did not have the API resource.',
    );
  });

  it('places nothing in a cluster that is being deleted', () => {
    const [leaving] = names(1);
    const deleted = { ...leaving!, metadata: { ...leaving!.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(brief(place([deleted, aCluster('m2')], {}, { current: [{ name: 'm1', replicas: 1 }] }))).toBe('m2:1');
  });

  it('joins the clusters of an affinity group and avoids those of an anti-affinity group', () => {
    const peer = { name: 'shop/other', clusters: new Set(['m2']) };
    expect(brief(place(names(3), {}, { affinityPeers: [peer] }))).toBe('m2:1');
    expect(brief(place(names(3), {}, { antiAffinityPeers: [peer] }))).toBe('m1:1 m3:1');
  });
});

describe('affinity terms', () => {
  const terms: Placement = {
    clusterAffinities: [
      { affinityName: 'near', clusterNames: ['m1'] },
      { affinityName: 'far', clusterNames: ['m2'] },
    ],
  };

  it('fall back in order and tell which one counted', () => {
    const decision = place([aCluster('m2')], terms);
    expect(decision).toMatchObject({
      kind: 'placed',
      affinityName: 'far',
      reasons: { attempts: [{ affinity: 'near' }] },
    });
  });

  it('are not returned to, unless placed afresh', () => {
    expect(brief(place(names(2), terms, {}, { observedAffinityName: 'far' }))).toBe('m2:1');
    expect(brief(place(names(2), terms, {}, { observedAffinityName: 'far', isFresh: true }))).toBe('m1:1');
  });

  it('report lack of room rather than lack of clusters', () => {
    const decision = place(names(1), { ...terms, ...dynamic }, { replicas: 50 });
    expect(decision.kind).toBe('unschedulable');
  });

  it('overflow into further tiers only what does not fit, and shrink those first', () => {
    const placement: Placement = {
      ...dynamic,
      clusterAffinities: [
        {
          affinityName: 'own',
          clusterNames: ['m1'],
          overflowAffinities: [
            { affinityName: 'cloud', clusterNames: ['m2'] },
            { affinityName: 'last', clusterNames: ['m1', 'm3'] },
          ],
        },
      ],
    };
    expect(brief(place(names(3), placement, { replicas: 8 }))).toBe('m1:8');
    expect(brief(place(names(3), placement, { replicas: 25 }))).toBe('m1:10 m2:10 m3:5');
    const current = [
      { name: 'm1', replicas: 10 },
      { name: 'm2', replicas: 10 },
      { name: 'm3', replicas: 5 },
    ];
    const full = names(3, (index) => ({ pods: index === 3 ? 5 : 0 }));
    expect(brief(place(full, placement, { replicas: 12, current }))).toBe('m1:10 m2:2');
    expect(place(names(3), placement, { replicas: 31 }).kind).toBe('unschedulable');
  });
});

describe('spread constraints', () => {
  it('without an upper limit take all', () => {
    expect(brief(place(names(3), { spreadConstraints: [{ spreadByField: 'cluster', minGroups: 2 }] }))).toBe(
      'm1:1 m2:1 m3:1',
    );
  });

  it('exchange clusters for roomier ones when that is needed', () => {
    const clusters = names(3, (index) => ({ pods: [2, 2, 9][index - 1]! }));
    const placement: Placement = {
      ...dynamic,
      spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1, maxGroups: 1 }],
    };
    expect(brief(place(clusters, placement, { replicas: 5, current: [{ name: 'm1', replicas: 1 }] }))).toBe('m3:5');
  });

  it('choose the regions with most room', () => {
    const clusters = names(6, (index) => ({ region: ['a', 'b', 'c'][index % 3]!, pods: index * 10 }));
    const placement: Placement = {
      ...dynamic,
      spreadConstraints: [
        { spreadByField: 'region', minGroups: 1, maxGroups: 1 },
        { spreadByField: 'cluster', minGroups: 1, maxGroups: 2 },
      ],
    };
    const decision = place(clusters, placement, { replicas: 80 });
    expect(brief(decision)).toBe('m3:27 m6:53');
    expect(decision.reasons.selection).toMatchObject({ method: 'group', dimension: 'region', chosenGroups: ['a'] });
  });

  it.each<{ dimension: string; constraint: NonNullable<Placement['spreadConstraints']>[number] }>([
    { dimension: 'provider', constraint: { spreadByField: 'provider', minGroups: 2, maxGroups: 2 } },
    { dimension: 'zone', constraint: { spreadByField: 'zone', minGroups: 2, maxGroups: 2 } },
    { dimension: 'a label', constraint: { spreadByLabel: 'rack', minGroups: 2, maxGroups: 2 } },
  ])('spread by $dimension', ({ constraint }) => {
    const clusters = names(4, (index) => inGroup(index < 3 ? 'p' : 'q'));
    const placement: Placement = {
      spreadConstraints: [constraint, { spreadByField: 'cluster', minGroups: 1, maxGroups: 2 }],
    };
    expect(brief(place(clusters, placement))).toBe('m1:1 m3:1');
    const one = names(2, () => inGroup('p'));
    expect(place(one, placement).kind).toBe('failed');
  });

  it('combine zones and regions, and clusters in several zones', () => {
    const clusters = [
      aCluster('m1', { region: 'r1', zones: ['a', 'b'] }),
      aCluster('m2', { region: 'r1', zones: ['a'] }),
      aCluster('m3', { region: 'r2', zones: ['c'] }),
    ];
    const placement: Placement = {
      spreadConstraints: [
        { spreadByField: 'region', minGroups: 2 },
        { spreadByField: 'zone', minGroups: 3 },
        { spreadByField: 'cluster', minGroups: 1, maxGroups: 2 },
      ],
    };
    expect(brief(place(clusters, placement))).toBe('m1:1 m3:1');
  });

  it('have no effect with static weights unless asked for', () => {
    const placement: Placement = {
      ...evenly,
      spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1, maxGroups: 1 }],
    };
    const decision = place(names(3), placement, { replicas: 3 });
    expect(brief(decision)).toBe('m1:1 m2:1 m3:1');
    expect(decision.reasons.notes).toEqual(['spread constraints have no effect with static weights']);
    expect(brief(place(names(3), placement, { replicas: 3 }, { options: { spreadsStaticWeights: true } }))).toBe(
      'm1:3',
    );
  });
});

describe('division', () => {
  it('copies what has no replicas without counting room', () => {
    expect(
      brief(
        place(
          names(2, () => ({ pods: 0 })),
          dynamic,
          { replicas: 0 },
        ),
      ),
    ).toBe('m1 m2');
  });

  it('aggregates in as few clusters as are enough, those in use first', () => {
    const clusters = names(3, (index) => ({ pods: index * 10 }));
    expect(brief(place(clusters, aggregated, { replicas: 25 }))).toBe('m3:25');
    expect(brief(place(clusters, aggregated, { replicas: 9, current: [{ name: 'm1', replicas: 2 }] }))).toBe('m1:9');
  });

  it('places all or nothing, or what fits when asked for', () => {
    expect(brief(place(names(2), dynamic, { replicas: 21 }))).toBe(
      'unschedulable: failed to assign replicas: failed to scale up: Clusters available replicas 20 are not enough to schedule.',
    );
    const decision = place(names(2), dynamic, { replicas: 21 }, { options: { allowsPartial: true } });
    expect(brief(decision)).toBe('m1:10 m2:10');
    expect(decision.reasons.division).toMatchObject([{ shortfall: 1 }]);
  });

  it('counts what it has as room when placed afresh', () => {
    const clusters = names(2, (index) => ({ pods: index === 1 ? 0 : 10 }));
    const workload = {
      replicas: 12,
      current: [
        { name: 'm1', replicas: 10 },
        { name: 'm2', replicas: 2 },
      ],
    };
    expect(brief(place(clusters, dynamic, workload, { isFresh: true }))).toBe('m1:5 m2:7');
  });

  it('takes precise estimates where clusters gave them', () => {
    expect(brief(place(names(2), dynamic, { replicas: 8 }, { estimates: new Map([['m1', 2]]) }))).toBe('m1:1 m2:7');
  });

  it('puts complete sets of several components into one cluster', () => {
    const components = [component('leader', 1, '2'), component('worker', 3, '1')];
    const clusters = [aCluster('m1', withCpu('4')), aCluster('m2', withCpu('11'))];
    const placement: Placement = {
      ...aggregated,
      spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1, maxGroups: 1 }],
    };
    const decision = place(clusters, placement, { replicas: 0, components });
    expect(decision).toMatchObject({
      kind: 'placed',
      targets: [
        {
          name: 'm2',
          components: [
            { name: 'leader', replicas: 1 },
            { name: 'worker', replicas: 3 },
          ],
        },
      ],
    });
    expect(place([clusters[0]!], placement, { replicas: 0, components }).kind).toBe('failed');
  });

  it('simulates nodes by resource model', () => {
    const models = {
      resourceModels: [0, 4].map((min, grade) => ({
        grade,
        ranges: [{ name: 'cpu', min: String(min), max: String(min + 4) }],
      })),
    };
    const summary = {
      allocatable: { cpu: '40', pods: '1000' },
      allocatableModelings: [
        { grade: 0, count: 5 },
        { grade: 1, count: 3 },
      ],
    };
    const clusters = [aCluster('m1', { spec: models, summary })];
    const requirements = { resourceRequest: { cpu: '2' } };
    expect(brief(place(clusters, dynamic, { replicas: 6, requirements }))).toBe('m1:6');
    expect(place(clusters, dynamic, { replicas: 7, requirements }).kind).toBe('unschedulable');
    expect(
      brief(
        place(clusters, dynamic, {
          replicas: 1,
          requirements: { resourceRequest: { cpu: '1', 'example.com/gpu': '1' } },
        }),
      ),
    ).toContain('unschedulable');
  });
});
