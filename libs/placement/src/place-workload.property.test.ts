import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { Placement } from '@flotilla/kinds/karmada/policy';
import type { TargetCluster } from '@flotilla/kinds/karmada/work';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClusterSnapshot } from './cluster-snapshot.ts';
import { compilePlacement } from './compiled-placement.ts';
import { explainDecision } from './explain.ts';
import { placeWorkload, type Decision } from './place-workload.ts';
import { aCluster, aWorkload } from './testing/clusters.ts';

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
const byAvailability: NonNullable<Placement['replicaScheduling']> = {
  replicaSchedulingType: 'Divided',
  replicaDivisionPreference: 'Weighted',
  weightPreference: { dynamicWeight: 'AvailableReplicas' },
};
const scheduling = fc.constantFrom<NonNullable<Placement['replicaScheduling']>>(
  { replicaSchedulingType: 'Duplicated' },
  { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Weighted' },
  { replicaSchedulingType: 'Divided', replicaDivisionPreference: 'Aggregated' },
  byAvailability,
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

/** Divided by room, without spread constraints, as many replicas wanted as there may be already. */
const roomyWorld = world.map((given) => ({
  ...given,
  placement: {
    replicaScheduling: isByRoom(given.placement) ? given.placement.replicaScheduling : byAvailability,
    spreadConstraints: [],
  },
  workload: { ...given.workload, replicas: given.workload.replicas % 15 },
}));

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function place({ clusters, placement, workload, isFresh }: World): Decision {
  return placeWorkload({
    workload: aWorkload(workload),
    placement: compilePlacement(placement),
    snapshot: createClusterSnapshot(clusters),
    isFresh,
  });
}

function leftClusters({ workload }: World, decision: Decision): readonly string[] {
  const kept = new Set(targetsOf(decision).map(({ name }) => name));
  return workload.current.map(({ name }) => name).filter((name) => !kept.has(name));
}

/** Whether a cluster would be feasible for a workload that is nowhere yet. */
function passesAnew(given: World, name: string): boolean {
  const { reasons } = place({ ...given, workload: { ...given.workload, current: [] } });
  return reasons.rejected.every(({ clusters }) => !clusters.includes(name));
}

function isDivided({ replicaScheduling }: Placement): boolean {
  return replicaScheduling?.replicaSchedulingType === 'Divided';
}

function isByRoom({ replicaScheduling: scheduling_ }: Placement): boolean {
  return scheduling_?.replicaDivisionPreference === 'Aggregated' || scheduling_?.weightPreference !== undefined;
}

describe('placeWorkload', () => {
  it('never uses a cluster that was refused', () => {
    fc.assert(
      fc.property(world, (given) => {
        const decision = place(given);
        const refused = new Set(decision.reasons.rejected.flatMap(({ clusters }) => clusters));
        expect(targetsOf(decision).filter(({ name }) => refused.has(name))).toEqual([]);
      }),
    );
  });

  it('never adds more than a cluster has room for', () => {
    fc.assert(
      fc.property(world, (given) => {
        fc.pre(isByRoom(given.placement));
        const had = new Map(given.workload.current.map(({ name, replicas }) => [name, replicas]));
        const overfull = targetsOf(place(given)).filter(
          ({ name, replicas = 0 }) => replicas > podsOf(given.clusters, name) + (had.get(name) ?? 0),
        );
        expect(overfull).toEqual([]);
      }),
    );
  });

  it('divides exactly', () => {
    fc.assert(
      fc.property(world, (given) => {
        const decision = place(given);
        fc.pre(decision.kind === 'placed' && isDivided(given.placement));
        expect(sumOf(targetsOf(decision))).toBe(given.workload.replicas);
      }),
    );
  });

  it('keeps to the limits of clusters', () => {
    fc.assert(
      fc.property(world, (given) => {
        const [rule, ...others] = given.placement.spreadConstraints;
        fc.pre(rule?.spreadByField === 'cluster' && others.length === 0);
        fc.pre(isByRoom(given.placement) || !isDivided(given.placement));
        expect(targetsOf(place(given)).length).toBeLessThanOrEqual(rule?.maxGroups ?? 0);
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
        fc.pre(first.kind === 'placed' && given.placement.spreadConstraints.length < 2);
        // Filters let a cluster pass that has the workload already. One that is left loses that, and with it the spread limits may no longer be reached.
        fc.pre(leftClusters(given, first).every((name) => passesAnew(given, name)));
        const second = place({ ...steady, workload: { ...given.workload, current: withReplicas(first) } });
        expect(second).toMatchObject({ kind: 'placed', targets: targetsOf(first) });
      }),
    );
  });

  it('takes nothing away when it grows', () => {
    fc.assert(
      fc.property(roomyWorld, (given) => {
        const { decision, kept } = steadyStep(given);
        fc.pre(sumOf(kept) <= given.workload.replicas);
        const after = new Map(targetsOf(decision).map(({ name, replicas = 0 }) => [name, replicas]));
        expect(kept.filter(({ name, replicas }) => (after.get(name) ?? 0) < replicas)).toEqual([]);
      }),
    );
  });

  it('adds nothing when it shrinks', () => {
    fc.assert(
      fc.property(roomyWorld, (given) => {
        const { decision, kept } = steadyStep(given);
        fc.pre(sumOf(kept) > given.workload.replicas && given.workload.replicas > 0);
        fc.pre(given.placement.replicaScheduling.replicaDivisionPreference !== 'Aggregated');
        const before = new Map(kept.map(({ name, replicas }) => [name, replicas]));
        expect(targetsOf(decision).filter(({ name, replicas = 0 }) => replicas > (before.get(name) ?? 0))).toEqual([]);
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

/** A step of a workload that is divided by room, without spread constraints; `kept`: what it has in clusters that still count. */
function steadyStep(given: World) {
  const decision = place({ ...given, isFresh: false });
  fc.pre(decision.kind === 'placed');
  const refused = new Set(decision.reasons.rejected.flatMap(({ clusters }) => clusters));
  const kept = given.workload.current.filter(
    ({ name }) => !refused.has(name) && given.clusters.some(({ metadata }) => metadata.name === name),
  );
  return { decision, kept };
}

function targetsOf(decision: Decision): readonly TargetCluster[] {
  return decision.kind === 'placed' ? decision.targets : [];
}

function withReplicas(decision: Decision): { readonly name: string; readonly replicas: number }[] {
  return targetsOf(decision).map(({ name, replicas = 0 }) => ({ name, replicas }));
}

function sumOf(targets: readonly TargetCluster[]): number {
  return targets.reduce((sum, { replicas = 0 }) => sum + replicas, 0);
}

function podsOf(clusters: readonly Cluster[], name: string): number {
  const found = clusters.find(({ metadata }) => metadata.name === name);
  return Number(found?.status?.resourceSummary?.allocatable?.['pods']);
}
