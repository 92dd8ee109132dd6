/**
 * Where a workload runs: filter → score → select → divide, for one affinity term after the other until one works. A pure function of its input: the same input
 * gives the same bytes. Failure is a value with the reason that belongs in the binding's Scheduled condition.
 */
import type { TargetCluster } from '@flotilla/kinds/karmada/work';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import type { AffinityTerm, CompiledPlacement } from './compiled-placement.ts';
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
  /** Only the term in use (or the first one) is tried. */
  readonly isSingleTerm?: boolean;
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
      readonly reasons: DecisionReasons;
    };

export function placeWorkload(request: PlacementRequest): Decision {
  const { isFresh = false } = request;
  const workload = indexAssigned(request.workload);
  const failures: TermResult[] = [];
  for (const term of termsToTry(request)) {
    const attempt = attemptTerm({ ...request, workload, isFresh }, term);
    const result = { attempt, term: term.name };
    if (attempt.kind === 'placed') return decide(request, result, failures);
    failures.push(result);
  }
  // What only lacks room may be placed later, so it counts more than a term without any cluster.
  const failure = failures.find(({ attempt }) => attempt.kind !== 'no-cluster-fit') ?? failures[0];
  if (failure === undefined) throw new Error('a compiled placement has at least one term');
  return decide(
    request,
    failure,
    failures.filter((other) => other !== failure),
  );
}

interface TermResult {
  readonly attempt: Attempt;
  readonly term: string;
}

/** From the observed term on: an earlier one is not returned to by itself, only when all is placed afresh. */
function termsToTry({
  placement,
  isFresh,
  observedAffinityName,
  isSingleTerm,
}: PlacementRequest): readonly AffinityTerm[] {
  if (!placement.hasNamedTerms) return placement.terms;
  const observed = placement.terms.findIndex(({ name }) => name === observedAffinityName);
  const first = isFresh === true && isSingleTerm !== true ? 0 : Math.max(0, observed);
  return placement.terms.slice(first, isSingleTerm === true ? first + 1 : undefined);
}

function decide(
  { placement, snapshot, isFresh }: PlacementRequest,
  { attempt, term }: TermResult,
  others: readonly TermResult[],
): Decision {
  const attempts = others.map((other) => ({ affinity: other.term, message: other.attempt.message }));
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
  if (attempt.kind !== 'placed') return { kind: attempt.kind, message: attempt.message, reasons };
  const affinity = placement.hasNamedTerms ? { affinityName: term } : {};
  return { kind: 'placed', targets: attempt.targets, ...affinity, reasons };
}
