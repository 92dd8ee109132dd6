/**
 * Where a workload runs: filter → score → select → divide, for one affinity term after the other until one works. A pure function of its input: the same input
 * gives the same bytes. Failure is a value with the reason that belongs in the binding's Scheduled condition.
 */
import type { TargetCluster } from '@flotilla/kinds/karmada/work';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import type { CompiledPlacement } from './compiled-placement.ts';
import type { PreciseEstimates } from './estimators/availability.ts';
import { attemptTerm, type Attempt } from './place-in-term.ts';
import type { DecisionReasons } from './reasons.ts';
import { indexAssigned, type Workload } from './workload.ts';

export interface PlacementRequest {
  readonly workload: Workload;
  readonly placement: CompiledPlacement;
  readonly snapshot: ClusterSnapshot;
  /** Divide from zero: a reschedule was asked for after the last one. */
  readonly isFresh?: boolean;
  /** Affinity term in use. Terms before it are not tried again, unless `isFresh`. */
  readonly observedAffinityName?: string | undefined;
  readonly estimates?: PreciseEstimates | undefined;
  readonly options?: PlacementOptions | undefined;
}

/** Extensions; all off by default. */
export interface PlacementOptions {
  /** Spread constraints count under static weights, too. */
  readonly spreadsStaticWeights?: boolean;
  /** Too little room places what fits. */
  readonly allowsPartial?: boolean;
}

export type Decision =
  | {
      readonly kind: 'placed';
      /** Ordered by name. */
      readonly targets: readonly TargetCluster[];
      /** Affinity term that counted; absent without clusterAffinities. */
      readonly affinityName?: string;
      readonly reasons: DecisionReasons;
    }
  | {
      /** no-cluster-fit: every cluster was refused. unschedulable: too little room. failed: spread constraints cannot be met. */
      readonly kind: 'no-cluster-fit' | 'unschedulable' | 'failed';
      readonly message: string;
      readonly affinityName?: string;
      readonly reasons: DecisionReasons;
    };

export function placeWorkload(request: PlacementRequest): Decision {
  const { placement, observedAffinityName, isFresh = false } = request;
  const workload = indexAssigned(request.workload);
  const observed = isFresh ? -1 : placement.terms.findIndex(({ name }) => name === observedAffinityName);
  const terms = placement.hasNamedTerms ? placement.terms.slice(Math.max(0, observed)) : placement.terms;
  const failed: { readonly affinity: string; readonly message: string }[] = [];
  let last: { readonly attempt: Attempt; readonly term: string } | undefined;
  for (const term of terms) {
    const attempt = attemptTerm({ ...request, workload, isFresh }, term);
    last = { attempt, term: term.name };
    if (attempt.kind === 'placed') break;
    failed.push({ affinity: term.name, message: attempt.message });
  }
  if (last === undefined) throw new Error('a compiled placement has at least one term');
  return decision(request, last.attempt, last.term, last.attempt.kind === 'placed' ? failed : failed.slice(0, -1));
}

function decision(
  { placement, snapshot, isFresh }: PlacementRequest,
  attempt: Attempt,
  term: string,
  attempts: readonly { readonly affinity: string; readonly message: string }[],
): Decision {
  const reasons: DecisionReasons = {
    version: 1,
    outcome: attempt.kind,
    message: attempt.message,
    clusters: snapshot.clusters.length,
    strategy: placement.strategy,
    ...(isFresh === true ? { isFresh } : {}),
    ...(placement.hasNamedTerms ? { affinity: term } : {}),
    ...(attempts.length > 0 ? { attempts } : {}),
    ...attempt.reasons,
  };
  const affinity = placement.hasNamedTerms ? { affinityName: term } : {};
  return attempt.kind === 'placed'
    ? { kind: 'placed', targets: attempt.targets, ...affinity, reasons }
    : { kind: attempt.kind, message: attempt.message, ...affinity, reasons };
}
