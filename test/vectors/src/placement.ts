import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ResourceBindingSpec, ResourceBindingStatus } from '@flotilla/kinds/karmada/work';
import { createClusterSnapshot } from '@flotilla/placement/cluster-snapshot';
import { compilePlacement } from '@flotilla/placement/compiled-placement';
import { placeWorkload, type Decision } from '@flotilla/placement/place-workload';

/** One line of `placement.jsonl`. */
export interface PlacementCase {
  readonly id: number;
  readonly family: string;
  readonly clusters: readonly Cluster[];
  readonly spec: ResourceBindingSpec;
  readonly status: ResourceBindingStatus;
  readonly want: Readonly<Record<string, unknown>>;
}

/** What placement answers, in the shape of `want`. The recorded answers are those for the affinity term in use alone: falling back to the next term comes after them. */
export function answerPlacementCase({
  clusters,
  spec,
  status,
  want,
}: PlacementCase): Readonly<Record<string, unknown>> {
  const { resource } = spec;
  const decision = placeWorkload({
    workload: {
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
    },
    placement: compilePlacement(spec.placement),
    snapshot: createClusterSnapshot(clusters),
    isFresh: isRescheduled(spec, status),
    observedAffinityName: status.schedulerObservingAffinityName,
    isSingleTerm: true,
  });
  return answerOf(decision, want);
}

function isRescheduled(spec: ResourceBindingSpec, status: ResourceBindingStatus): boolean {
  const { rescheduleTriggeredAt } = spec;
  const { lastScheduledTime } = status;
  if (rescheduleTriggeredAt === undefined || lastScheduledTime === undefined) return false;
  return Date.parse(rescheduleTriggeredAt) > Date.parse(lastScheduledTime);
}

const errorKinds = { 'no-cluster-fit': 'NoClusterFit', unschedulable: 'Unschedulable', failed: 'Other' } as const;

/** Only the message of NoClusterFit is compared: it counts the reasons. */
function answerOf(decision: Decision, want: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (decision.kind === 'placed') return { targets: decision.targets };
  const isCounted = decision.kind === 'no-cluster-fit' && want['error'] === 'NoClusterFit';
  return { errorKind: errorKinds[decision.kind], message: isCounted ? decision.message : want['message'] };
}

/** Errors of placement are compared by kind, so they are no `error` for the comparison, where any two would be equal. */
export function wantedPlacement({ want }: PlacementCase): Readonly<Record<string, unknown>> {
  const { error: errorKind, ...rest } = want;
  return { ...rest, errorKind };
}
