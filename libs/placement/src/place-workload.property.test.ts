import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { Placement } from '@flotilla/kinds/karmada/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClusterSnapshot } from './cluster-snapshot.ts';
import { compilePlacement } from './compiled-placement.ts';
import { explainDecision } from './explain.ts';
import { placeWorkload, type Decision } from './place-workload.ts';
import { aCluster, aWorkload } from './testing/clusters.ts';
import type { Workload } from './workload.ts';

const cluster = fc.record({
  region: fc.constantFrom('r1', 'r2', 'r3'),
  provider: fc.constantFrom('p1', 'p2'),
  pods: fc.nat(40),
  isTainted: fc.boolean(),
  serves: fc.boolean(),
});
const fleet = fc.array(cluster, { minLength: 1, maxLength: 8 }).map((list) =>
  list.map(({ region, provider, pods, isTainted, serves }, index) =>
    aCluster(`m${index}`, {
      region,
      provider,
      pods,
      kinds: serves || index === 0 ? ['Deployment'] : [],
      ...(isTainted && index > 0 ? { taints: [{ key: 'k', effect: 'NoSchedule' as const }] } : {}),
    }),
  ),
);
const scheduling = fc.constantFrom<NonNullable<Placement['replicaScheduling']>>(
  { replicaSchedulingType: 'Duplicated' },
  { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Weighted' },
  { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Aggregated' },
  {
    replicaSchedulingType: 'Divided',
    replicaDivisionPreference: 'Weighted',
    weightPreference: { dynamicWeight: 'AvailableReplicas' },
  },
);
const limits = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(3))
  .map(([minGroups, more]) => ({ minGroups, maxGroups: minGroups + more }));
const spread = fc.oneof(
  fc.constant([]),
  limits.map((cluster_) => [{ spreadByField: 'cluster' as const, ...cluster_ }]),
  fc.tuple(limits, limits, fc.constantFrom('region' as const, 'provider' as const)).map(([group, cluster_, field]) => [
    { spreadByField: field, ...group },
    { spreadByField: 'cluster' as const, ...cluster_ },
  ]),
);
const current = fc.uniqueArray(
  fc.record({ name: fc.nat(7).map((index) => `m${index}`), replicas: fc.integer({ min: 1, max: 9 }) }),
  {
    selector: ({ name }) => name,
    maxLength: 4,
  },
);
const world = fc.record({
  clusters: fleet,
  placement: fc.record({ replicaScheduling: scheduling, spreadConstraints: spread }),
  workload: fc.record({ replicas: fc.nat(60), uid: fc.constantFrom('', 'a', 'b'), current }),
  isFresh: fc.boolean(),
});

interface World {
  readonly clusters: readonly Cluster[];
  readonly placement: Placement;
  readonly workload: Partial<Workload>;
  readonly isFresh: boolean;
}

function place({ clusters, placement, workload, isFresh }: World): Decision {
  return placeWorkload({
    workload: aWorkload(workload),
    placement: compilePlacement(placement),
    snapshot: createClusterSnapshot(clusters),
    isFresh,
  });
}

function isDivided({ replicaScheduling }: Placement): boolean {
  return replicaScheduling?.replicaSchedulingType === 'Divided';
}

function isByRoom({ replicaScheduling: scheduling_ }: Placement): boolean {
  return scheduling_?.replicaDivisionPreference === 'Aggregated' || scheduling_?.weightPreference !== undefined;
}

describe('placeWorkload', () => {
  it('never adds to a cluster that was refused, nor beyond a cluster’s room', () => {
    fc.assert(
      fc.property(world, (given) => {
        const decision = place(given);
        if (decision.kind !== 'placed') return;
        const refused = new Set(decision.reasons.rejected.flatMap(({ clusters }) => clusters));
        const had = new Map(given.workload.current?.map(({ name, replicas = 0 }) => [name, replicas]));
        for (const { name, replicas = 0 } of decision.targets) {
          expect(refused.has(name)).toBe(false);
          const pods = Number(
            given.clusters.find(({ metadata }) => metadata.name === name)?.status?.resourceSummary?.allocatable?.[
              'pods'
            ],
          );
          if (isByRoom(given.placement)) expect(replicas).toBeLessThanOrEqual(pods + (had.get(name) ?? 0));
        }
      }),
    );
  });

  it('divides exactly, and keeps to the spread constraints', () => {
    fc.assert(
      fc.property(world, (given) => {
        const decision = place(given);
        if (decision.kind !== 'placed') return;
        const { replicas = 0 } = given.workload;
        const sum = decision.targets.reduce((total, target) => total + (target.replicas ?? 0), 0);
        if (isDivided(given.placement) && replicas > 0) expect(sum).toBe(replicas);
        for (const { spreadByField, maxGroups = 0 } of given.placement.spreadConstraints ?? []) {
          if (spreadByField === 'cluster' && (isByRoom(given.placement) || !isDivided(given.placement))) {
            const groups = given.placement.spreadConstraints?.length ?? 0;
            // Every chosen group has a cluster, so groups may need more than the limit of clusters.
            if (groups === 1) expect(decision.targets.length).toBeLessThanOrEqual(maxGroups);
          }
        }
      }),
    );
  });

  it('gives the same bytes for the same input in any order', () => {
    fc.assert(
      fc.property(world, fc.integer(), (given, seed) => {
        const shuffled = given.clusters.toSorted((left, right) => hash(left, seed) - hash(right, seed));
        expect(JSON.stringify(place({ ...given, clusters: shuffled }))).toBe(JSON.stringify(place(given)));
      }),
    );
  });

  it('moves nothing when it is asked again', () => {
    fc.assert(
      fc.property(world, (given) => {
        const steady = { ...given, isFresh: false };
        const first = place(steady);
        if (first.kind !== 'placed' || (given.placement.spreadConstraints?.length ?? 0) > 1) return;
        const second = place({ ...steady, workload: { ...given.workload, current: first.targets } });
        expect(second).toMatchObject({ kind: 'placed', targets: first.targets });
      }),
    );
  });

  it('takes nothing away when it grows, and adds nothing when it shrinks', () => {
    fc.assert(
      fc.property(world, (given) => {
        if (!isByRoom(given.placement) || (given.placement.spreadConstraints?.length ?? 0) > 0) return;
        const decision = place({ ...given, isFresh: false });
        if (decision.kind !== 'placed') return;
        const refused = new Set(decision.reasons.rejected.flatMap(({ clusters }) => clusters));
        const kept = (given.workload.current ?? []).filter(
          ({ name }) => !refused.has(name) && given.clusters.some(({ metadata }) => metadata.name === name),
        );
        const have = kept.reduce((sum, { replicas = 0 }) => sum + replicas, 0);
        const after = new Map(decision.targets.map(({ name, replicas = 0 }) => [name, replicas]));
        for (const { name, replicas = 0 } of kept) {
          if (have <= (given.workload.replicas ?? 0)) expect(after.get(name)).toBeGreaterThanOrEqual(replicas);
          else if (
            (given.workload.replicas ?? 0) > 0 &&
            given.placement.replicaScheduling?.replicaDivisionPreference !== 'Aggregated'
          ) {
            expect(after.get(name) ?? 0).toBeLessThanOrEqual(replicas);
          }
        }
      }),
    );
  });

  it('explains every decision', () => {
    fc.assert(
      fc.property(world, (given) => {
        const decision = place(given);
        const stored: Decision['reasons'] = JSON.parse(JSON.stringify(decision.reasons));
        expect(stored).toEqual(decision.reasons);
        expect(explainDecision(stored)[0]).toContain(decision.reasons.message);
      }),
    );
  });
});

function hash({ metadata: { name = '' } }: Cluster, seed: number): number {
  return Math.imul(name.charCodeAt(1) ^ seed, 0x01000193) >>> 0;
}
