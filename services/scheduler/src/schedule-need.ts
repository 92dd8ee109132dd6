/**
 * Whether a binding has to be placed (again), and why (pure). Nothing moves just because it could be better elsewhere: only a changed placement, changed replicas, a wish to
 * reschedule, a target cluster that goes away, a try that failed. What is copied to every chosen cluster is always looked at: placing it again is cheap and gives the same answer.
 */
import type { ClusterSnapshot } from '@flotilla/placement/cluster-snapshot';
import { strategyOf } from '@flotilla/placement/compiled-placement';
import type { Placement } from '@flotilla/kinds/karmada/policy';
import type { ResourceBindingSpec, ResourceBindingStatus } from '@flotilla/kinds/karmada/work';
import { scheduledCondition } from '@flotilla/kinds/karmada/well-known';
import { isSameJson } from './same-json.ts';

export type ScheduleNeed =
  'first' | 'placement' | 'replicas' | 'reschedule' | 'copies' | 'cluster' | 'failure' | 'none';

export interface NeedInput {
  readonly spec: ResourceBindingSpec;
  readonly status: ResourceBindingStatus | undefined;
  /** The placement as JSON, and as it was when the binding was last placed. */
  readonly placementJson: string;
  readonly appliedPlacementJson: string | undefined;
  readonly snapshot: ClusterSnapshot;
}

export function scheduleNeed(input: NeedInput): ScheduleNeed {
  const { spec, status, appliedPlacementJson } = input;
  if (appliedPlacementJson === undefined) return 'first';
  if (isPlacementChanged(input, appliedPlacementJson)) return 'placement';
  if (areReplicasChanged(spec)) return 'replicas';
  if (isRescheduleDue(spec, status)) return 'reschedule';
  if (isCopied(spec)) return 'copies';
  if ((spec.clusters ?? []).some(({ name }) => isGoing(input.snapshot, name))) return 'cluster';
  return hasFailed(status) ? 'failure' : 'none';
}

/** What was asked for last could not be done; what is asked for now may be what there is already. */
function hasFailed(status: ResourceBindingStatus | undefined): boolean {
  return status?.conditions?.find(({ type }) => type === scheduledCondition)?.status === 'False';
}

/** A reschedule that was asked for after the last placement; before the first placement there is nothing to redo. */
export function isRescheduleDue(spec: ResourceBindingSpec, status: ResourceBindingStatus | undefined): boolean {
  const { rescheduleTriggeredAt } = spec;
  const last = status?.lastScheduledTime;
  if (rescheduleTriggeredAt === undefined || last === undefined) return false;
  return Date.parse(rescheduleTriggeredAt) > Date.parse(last);
}

function isPlacementChanged({ placementJson, spec, status }: NeedInput, appliedJson: string): boolean {
  if (appliedJson === placementJson) return false;
  const applied = parsePlacement(appliedJson);
  if (applied === undefined) return true;
  const wanted = spec.placement ?? {};
  if (isSameJson(applied, wanted)) return false;
  const observed = status?.schedulerObservingAffinityName;
  if (observed === undefined || wanted.clusterAffinities === undefined) return true;
  // Terms that aren't in use may change freely.
  const { clusterAffinities: before, ...restBefore } = applied;
  const { clusterAffinities: after, ...restAfter } = wanted;
  const termBefore = before?.find(({ affinityName }) => affinityName === observed);
  const termAfter = after.find(({ affinityName }) => affinityName === observed);
  return termAfter === undefined || !isSameJson(termBefore, termAfter) || !isSameJson(restBefore, restAfter);
}

function parsePlacement(json: string): Placement | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function areReplicasChanged({ clusters = [], placement = {}, replicas = 0, components }: ResourceBindingSpec): boolean {
  if ((components?.length ?? 0) > 1) return clusters.length === 0;
  if (strategyOf(placement) === 'duplicated') return clusters.some((target) => (target.replicas ?? 0) !== replicas);
  return clusters.reduce((sum, target) => sum + (target.replicas ?? 0), 0) !== replicas;
}

function isCopied({ placement = {}, replicas = 0, components }: ResourceBindingSpec): boolean {
  const hasReplicas = replicas > 0 || (components?.length ?? 0) > 0;
  return !hasReplicas || strategyOf(placement) === 'duplicated';
}

function isGoing({ clusters, positions }: ClusterSnapshot, name: string): boolean {
  const position = positions.get(name);
  return position === undefined || clusters[position]?.isDeleting === true;
}
