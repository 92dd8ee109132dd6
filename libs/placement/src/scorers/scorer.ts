import type { CompiledCluster } from '../cluster-snapshot.ts';
import type { PlacedWorkload } from '../workload.ts';

/** Prefers clusters; higher is better. Integers, so that sums don't depend on their order. */
export interface Scorer {
  readonly name: string;
  readonly weight: number;
  score(cluster: CompiledCluster, workload: PlacedWorkload): number;
}
