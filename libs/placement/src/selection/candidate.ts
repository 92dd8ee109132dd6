import type { CompiledCluster } from '../cluster-snapshot.ts';

/** A feasible cluster with everything that selection and division compare. */
export interface Candidate {
  readonly cluster: CompiledCluster;
  readonly tier: number;
  readonly score: number;
  /** Room for more replicas. */
  readonly estimate: number;
  /** Replicas that the workload has there. */
  readonly assigned: number;
  /** Room counting what it has there: estimate + assigned. */
  readonly available: number;
}

/** The order of preference, everywhere: nearer tier, higher score, more room, name. Total: no two clusters compare equal. */
export function byPreference(left: Candidate, right: Candidate): number {
  if (left.tier !== right.tier) return left.tier - right.tier;
  if (left.score !== right.score) return right.score - left.score;
  if (left.available !== right.available) return right.available - left.available;
  return left.cluster.name < right.cluster.name ? -1 : left.cluster.name > right.cluster.name ? 1 : 0;
}

export function sumAvailable(candidates: readonly Candidate[]): number {
  let sum = 0;
  for (const { available } of candidates) sum += available;
  return sum;
}
