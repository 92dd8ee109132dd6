/**
 * Verdicts of the filters that depend on placement, kind and cluster alone, kept per snapshot: a burst of workloads under one policy asks them once.
 * Bounded; entries of a snapshot go with it.
 */
import type { ClusterSnapshot, CompiledCluster } from './cluster-snapshot.ts';
import type { Rejection } from './filters/filter.ts';

export interface StaticVerdicts {
  /** Clusters that pass, in the snapshot's order. */
  readonly feasible: readonly FeasibleCluster[];
  /** By position in the snapshot; undefined = passes. */
  readonly refusals: readonly (Refusal | undefined)[];
}

export interface FeasibleCluster {
  readonly cluster: CompiledCluster;
  /** Overflow tier, 0 = the affinity itself. */
  readonly tier: number;
}

export interface Refusal extends Rejection {
  readonly filter: string;
}

export interface VerdictCache {
  get(snapshot: ClusterSnapshot, key: string, compute: () => StaticVerdicts): StaticVerdicts;
}

/** Kinds times affinity terms that one placement meets in practice are a handful. */
const entriesMax = 64;

export function createVerdictCache(): VerdictCache {
  const bySnapshot = new WeakMap<ClusterSnapshot, Map<string, StaticVerdicts>>();
  return {
    get(snapshot, key, compute) {
      let entries = bySnapshot.get(snapshot);
      if (entries === undefined) bySnapshot.set(snapshot, (entries = new Map()));
      let verdicts = entries.get(key);
      if (verdicts === undefined) {
        if (entries.size >= entriesMax) entries.clear();
        entries.set(key, (verdicts = compute()));
      }
      return verdicts;
    },
  };
}
