import type { CompiledCluster } from '../cluster-snapshot.ts';
import type { AffinityTerm, CompiledPlacement } from '../compiled-placement.ts';
import type { PlacedWorkload } from '../workload.ts';

/**
 * Says whether a cluster may run a workload. To add one: write a file like its neighbours and add it to the table.
 *
 * `scope` tells what the verdict depends on. `placement`: on the placement, the workload's kind and the cluster alone, except that a cluster which
 * already has the workload, or is losing it, may be treated differently; such verdicts are computed once per snapshot. `workload`: on anything else of the workload.
 */
export interface Filter {
  readonly name: string;
  readonly scope: 'placement' | 'workload';
  /** Undefined = passes. */
  check(cluster: CompiledCluster, context: FilterContext): Rejection | undefined;
}

export interface FilterContext {
  readonly workload: PlacedWorkload;
  readonly placement: CompiledPlacement;
  readonly term: AffinityTerm;
  /** False for an option that switches spread constraints off (static weights). */
  readonly isSpreadEffective: boolean;
}

export interface Rejection {
  /** What is counted in `0/N clusters are available: <count> <reason>`: the words that Karmada users know. */
  readonly reason: string;
  /** The values that were compared. */
  readonly detail?: string;
}
