/** Applies a decision of placement to a binding (pure): targets, condition, the annotations that say from what and why. */
import { placeWorkload, type Decision, type PlacementOptions } from '@flotilla/placement/place-workload';
import type { ClusterSnapshot } from '@flotilla/placement/cluster-snapshot';
import type { CompiledPlacement } from '@flotilla/placement/compiled-placement';
import type { DecisionReasons } from '@flotilla/placement/reasons';
import type { PeerPlacement, Workload } from '@flotilla/placement/workload';
import { scheduledCondition, scheduledReasons } from '@flotilla/kinds/karmada/well-known';
import type { Condition } from '@flotilla/kinds/kube-object';
import type { ResourceBindingSpec, ResourceBindingStatus, TargetCluster } from '@flotilla/kinds/karmada/work';
import { isRescheduleDue, scheduleNeed, type ScheduleNeed } from './schedule-need.ts';

export interface SchedulingInput {
  readonly spec: ResourceBindingSpec;
  readonly status: ResourceBindingStatus | undefined;
  readonly appliedPlacementJson: string | undefined;
  readonly placement: CompiledPlacement;
  readonly snapshot: ClusterSnapshot;
  readonly options: PlacementOptions;
  readonly estimates: ReadonlyMap<string, number> | undefined;
  readonly affinityPeers: readonly PeerPlacement[];
  readonly antiAffinityPeers: readonly PeerPlacement[];
  readonly nowMs: number;
}

export interface SchedulingResult {
  readonly need: ScheduleNeed;
  readonly spec: ResourceBindingSpec;
  readonly status: ResourceBindingStatus | undefined;
  /** Present when the binding was placed anew, or tried to. */
  readonly reasons?: DecisionReasons;
  readonly outcome?: Decision['kind'] | 'quota-exceeded';
}

export function schedule(input: SchedulingInput): SchedulingResult {
  const { spec, status } = input;
  const need = scheduleNeed({ ...input, placementJson: input.placement.json });
  if (need === 'none') return { need, spec, status };
  const isFresh = isRescheduleDue(spec, status);
  const decision = placeWorkload({
    workload: workloadOf(input),
    placement: input.placement,
    snapshot: input.snapshot,
    isFresh,
    observedAffinityName: status?.schedulerObservingAffinityName,
    estimates: input.estimates,
    options: input.options,
  });
  const placed = withTargets(spec, decision);
  const isDated = decision.kind === 'placed' && (placed !== spec || datedNeeds.has(need));
  return {
    need,
    spec: placed,
    status: withCondition(input, decision, isDated),
    reasons: decision.reasons,
    outcome: decision.kind,
  };
}

/** Questions whose answer is dated even when it's the same as before. */
const datedNeeds: ReadonlySet<ScheduleNeed> = new Set(['first', 'placement', 'reschedule']);

function workloadOf({ spec, affinityPeers, antiAffinityPeers }: SchedulingInput): Workload {
  const { resource } = spec;
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    namespace: resource.namespace ?? '',
    name: resource.name ?? '',
    uid: resource.uid ?? '',
    replicas: spec.replicas ?? 0,
    requirements: spec.replicaRequirements,
    components: spec.components,
    current: spec.clusters ?? [],
    evictedFrom: (spec.gracefulEvictionTasks ?? []).map(({ fromCluster }) => fromCluster),
    affinityPeers,
    antiAffinityPeers,
  };
}

/** No cluster fits: in none. Too little room, or spread that can't be met: as before. */
function withTargets(spec: ResourceBindingSpec, decision: Decision): ResourceBindingSpec {
  switch (decision.kind) {
    case 'placed':
      return isSameTargets(spec.clusters, decision.targets) ? spec : { ...spec, clusters: decision.targets };
    case 'no-cluster-fit': {
      if ((spec.clusters?.length ?? 0) === 0) return spec;
      const { clusters: _, ...rest } = spec;
      return rest;
    }
    case 'unschedulable':
    case 'failed':
      return spec;
  }
}

function isSameTargets(before: readonly TargetCluster[] | undefined, after: readonly TargetCluster[]): boolean {
  if (before?.length !== after.length) return false;
  return after.every(({ name, replicas, components }, index) => {
    const target = before[index];
    return (
      target?.name === name &&
      target.replicas === replicas &&
      JSON.stringify(target.components) === JSON.stringify(components)
    );
  });
}

const conditionReasons = {
  placed: scheduledReasons.success,
  'no-cluster-fit': scheduledReasons.noClusterFit,
  unschedulable: scheduledReasons.unschedulable,
  failed: scheduledReasons.schedulerError,
} as const;

function withCondition(
  { spec, status, nowMs }: SchedulingInput,
  decision: Decision,
  isDated: boolean,
): ResourceBindingStatus {
  const now = timestamp(nowMs);
  const next: Condition = {
    type: scheduledCondition,
    status: decision.kind === 'placed' ? 'True' : 'False',
    reason: conditionReasons[decision.kind],
    message: decision.kind === 'placed' ? 'Binding has been scheduled successfully.' : decision.message,
  };
  const affinity = decision.kind === 'placed' ? decision.affinityName : status?.schedulerObservingAffinityName;
  const { schedulerObservingAffinityName: _, ...rest } = status ?? {};
  return {
    ...rest,
    conditions: withCurrent(status?.conditions ?? [], next, now),
    ...(affinity === undefined ? {} : { schedulerObservingAffinityName: affinity }),
    ...(isDated ? { lastScheduledTime: notBefore(now, spec.rescheduleTriggeredAt) } : {}),
  };
}

/** Times have whole seconds: a wish of this very second is answered, too. */
function notBefore(now: string, wish: string | undefined): string {
  return wish !== undefined && Date.parse(wish) > Date.parse(now) ? wish : now;
}

/** The decision stands back behind a quota: targets stay as they were. */
export function refuseForQuota(
  { need, spec, status, reasons }: SchedulingResult,
  before: ResourceBindingSpec | undefined,
  message: string,
  nowMs: number,
): SchedulingResult {
  const { clusters: _, ...rest } = spec;
  const condition: Condition = {
    type: scheduledCondition,
    status: 'False',
    reason: scheduledReasons.quotaExceeded,
    message,
  };
  return {
    need,
    spec: before?.clusters === undefined ? rest : { ...rest, clusters: before.clusters },
    status: { ...status, conditions: withCurrent(status?.conditions ?? [], condition, timestamp(nowMs)) },
    ...(reasons === undefined ? {} : { reasons: { ...reasons, notes: [...(reasons.notes ?? []), message] } }),
    outcome: 'quota-exceeded',
  };
}

function withCurrent(conditions: readonly Condition[], next: Condition, now: string): readonly Condition[] {
  const current = conditions.find(({ type }) => type === next.type);
  if (current?.status === next.status && current.reason === next.reason && current.message === next.message) {
    return conditions;
  }
  const lastTransitionTime = current?.status === next.status ? (current.lastTransitionTime ?? now) : now;
  const condition = { ...next, lastTransitionTime };
  return current === undefined
    ? [...conditions, condition]
    : conditions.map((known) => (known === current ? condition : known));
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
