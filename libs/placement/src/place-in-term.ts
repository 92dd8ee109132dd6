/** One affinity term: filter, score, select, divide. */
import type { TargetCluster } from '@flotilla/kinds/karmada/work';
import type { AffinityTerm, CompiledPlacement } from './compiled-placement.ts';
import { divideReplicas } from './division/divide-replicas.ts';
import { tieOrderOf } from './division/tie-order.ts';
import { createEstimator } from './estimators/availability.ts';
import { findFeasible, groupRefusals, noClusterFitMessage } from './feasibility.ts';
import type { PlacementRequest } from './place-workload.ts';
import { cut, type DecisionReasons, type SelectionReasons } from './reasons.ts';
import { scoreOf } from './scorers/scorer-table.ts';
import { byPreference, type Candidate } from './selection/candidate.ts';
import { selectClusters } from './selection/select-clusters.ts';
import type { Selection } from './selection/selection.ts';
import type { FeasibleCluster } from './verdict-cache.ts';
import { isMultiComponent, type PlacedWorkload } from './workload.ts';

export type Attempt =
  | {
      readonly kind: 'placed';
      readonly message: string;
      readonly targets: readonly TargetCluster[];
      readonly reasons: AttemptReasons;
    }
  | {
      readonly kind: 'no-cluster-fit' | 'unschedulable' | 'failed';
      readonly message: string;
      readonly reasons: AttemptReasons;
    };

type AttemptReasons = Pick<DecisionReasons, 'rejected' | 'selection' | 'division' | 'notes'>;

interface TermRequest extends PlacementRequest {
  readonly workload: PlacedWorkload;
  readonly isFresh: boolean;
}

export function attemptTerm(request: TermRequest, term: AffinityTerm): Attempt {
  const { workload, placement, snapshot } = request;
  const ignoresSpread = placement.strategy === 'static-weight' && request.options?.spreadsStaticWeights !== true;
  const context = { workload, placement, term, isSpreadEffective: !ignoresSpread };
  const { feasible, refusals } = findFeasible(snapshot, context);
  const notes =
    ignoresSpread && placement.spread.length > 0
      ? { notes: ['spread constraints have no effect with static weights'] }
      : {};
  const rejected = { rejected: groupRefusals(snapshot, refusals), ...notes };
  if (feasible.length === 0) {
    return { kind: 'no-cluster-fit', message: noClusterFitMessage(refusals), reasons: rejected };
  }
  const selection = select(request, feasible, ignoresSpread);
  if (selection.kind === 'failed') {
    const reasons = { ...rejected, selection: selection.reasons };
    return { kind: 'failed', message: `failed to select clusters: ${selection.message}`, reasons };
  }
  return assign(request, selection, { ...rejected, selection: selection.reasons });
}

/** Compares clusters only when the comparison decides something. */
function select(request: TermRequest, feasible: readonly FeasibleCluster[], ignoresSpread: boolean): Selection {
  const { placement, workload } = request;
  const hasSpread = !ignoresSpread && placement.spread.length > 0;
  const isByRoom = placement.strategy === 'dynamic-weight' || placement.strategy === 'aggregated';
  if (!hasSpread && !isByRoom) {
    const chosen = feasible.map(({ cluster, tier }) => unmeasured(cluster, tier));
    return { kind: 'selected', chosen, reasons: { method: 'all' } };
  }
  const candidates = measure(request, feasible);
  if (!hasSpread) {
    return { kind: 'selected', chosen: candidates, reasons: { method: 'all', ...candidateRows(candidates) } };
  }
  const replicas = placement.strategy === 'duplicated' ? undefined : setsOrReplicas(workload);
  const selection = selectClusters(candidates, placement.spread, { replicas, replicasEach: workload.replicas });
  return { ...selection, reasons: { ...candidateRows(candidates), ...withChosen(selection) } };
}

function withChosen(selection: Selection): SelectionReasons {
  return selection.kind === 'failed'
    ? selection.reasons
    : { ...selection.reasons, chosen: cut(selection.chosen.map(({ cluster }) => cluster.name)).rows };
}

function setsOrReplicas(workload: PlacedWorkload): number {
  return isMultiComponent(workload) ? 1 : workload.replicas;
}

function unmeasured(cluster: FeasibleCluster['cluster'], tier: number): Candidate {
  return { cluster, tier, score: 0, estimate: 0, assigned: 0, available: 0 };
}

function measure({ workload, estimates }: TermRequest, feasible: readonly FeasibleCluster[]): readonly Candidate[] {
  const estimate = createEstimator(workload, estimates);
  return feasible
    .map(({ cluster, tier }): Candidate => {
      const room = estimate(cluster);
      const assigned = workload.assigned.get(cluster.name) ?? 0;
      return { cluster, tier, score: scoreOf(cluster, workload), estimate: room, assigned, available: room + assigned };
    })
    .toSorted(byPreference);
}

function candidateRows(candidates: readonly Candidate[]): Pick<SelectionReasons, 'candidates' | 'more'> {
  const { rows, ...more } = cut(
    candidates.map(
      ({ cluster, score, available, assigned, tier }) => [cluster.name, score, available, assigned, tier] as const,
    ),
  );
  return { candidates: rows, ...more };
}

function assign(
  request: TermRequest,
  { chosen }: Extract<Selection, { kind: 'selected' }>,
  reasons: AttemptReasons,
): Attempt {
  const { workload, placement, isFresh, options } = request;
  if (isMultiComponent(workload) && isOneCluster(placement)) return assignSets(workload, chosen, reasons);
  const isCounted = (workload.replicas > 0 || workload.requirements !== undefined) && !isMultiComponent(workload);
  if (!isCounted) {
    const targets = chosen.map(({ cluster }) => ({ name: cluster.name })).toSorted(byName);
    return placed(targets, { ...reasons, division: [{ method: 'presence' }] });
  }
  const division = divideReplicas(chosen, placement, {
    replicas: workload.replicas,
    isFresh,
    tie: tieOrderOf(workload.uid),
    allowsPartial: options?.allowsPartial === true,
  });
  if (division.kind === 'divided') return placed(division.shares, { ...reasons, division: division.reasons });
  const step = isFresh ? 'failed to schedule from zero' : 'failed to scale up';
  return {
    kind: 'unschedulable',
    message: `failed to assign replicas: ${step}: ${division.message}`,
    reasons: { ...reasons, division: division.reasons },
  };
}

function isOneCluster({ spread }: CompiledPlacement): boolean {
  return spread.some(
    ({ dimension, minGroups, maxGroups }) => dimension === 'cluster' && minGroups === 1 && maxGroups === 1,
  );
}

function assignSets(workload: PlacedWorkload, chosen: readonly Candidate[], reasons: AttemptReasons): Attempt {
  const components = (workload.components ?? []).map(({ name, replicas }) => ({ name, replicas: replicas ?? 0 }));
  const targets = chosen.map(({ cluster }) => ({ name: cluster.name, components }));
  return placed(targets.toSorted(byName), { ...reasons, division: [{ method: 'component-sets' }] });
}

function placed(targets: readonly TargetCluster[], reasons: AttemptReasons): Attempt {
  const message = targets.length === 1 ? 'placed in 1 cluster' : `placed in ${targets.length} clusters`;
  return { kind: 'placed', message, targets, reasons };
}

function byName(left: TargetCluster, right: TargetCluster): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
