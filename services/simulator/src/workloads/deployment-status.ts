import { findCondition, withConditions, type StatusCondition } from '../model/condition.ts';
import { parseTimestamp, timestamp } from '../model/timestamp.ts';
import type { Revision, Revisions } from './deployment-revisions.ts';
import { rolloutBounds } from './rollout.ts';
import type { Deployment } from './workload.ts';

type Status = NonNullable<Deployment['status']>;

export interface StatusDecision {
  readonly status: Status;
  readonly isComplete: boolean;
  /** When the rollout counts as stuck. */
  readonly deadlineAtMs: number | undefined;
}

/** Counters and conditions from the ReplicaSets as they are. `created`: the name of a ReplicaSet made in this very decision. */
export function deploymentStatus(
  deployment: Deployment,
  revisions: Revisions,
  created: string | undefined,
  nowMs: number,
): StatusDecision {
  const { current, old } = revisions;
  const all = current === undefined ? old : [current, ...old];
  const { replicas: desired, maxUnavailable } = rolloutBounds(deployment);
  const replicas = count(all, 'replicas');
  const ready = count(all, 'readyReplicas');
  const available = count(all, 'availableReplicas');
  const updated = current === undefined ? 0 : count([current], 'replicas');
  const unavailable = Math.max(0, all.reduce((total, { set }) => total + (set.spec.replicas ?? 1), 0) - available);
  const counters = {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...(replicas > 0 && { replicas }),
    ...(updated > 0 && { updatedReplicas: updated }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    ...(unavailable > 0 && { unavailableReplicas: unavailable }),
    ...(deployment.status?.collisionCount !== undefined && { collisionCount: deployment.status.collisionCount }),
  };
  const isComplete =
    current !== undefined &&
    created === undefined &&
    updated === desired &&
    replicas === desired &&
    available === desired &&
    (current.set.status?.observedGeneration ?? 0) >= (current.set.metadata.generation ?? 0);
  const progressing = progressCondition({ deployment, counters, isComplete, created, current, nowMs });
  const conditions = withConditions(
    deployment.status?.conditions,
    [availability(available >= desired - maxUnavailable), ...(progressing === undefined ? [] : [progressing])],
    nowMs,
  );
  return {
    status: { ...counters, conditions },
    isComplete,
    deadlineAtMs: deadline(deployment, conditions, isComplete),
  };
}

function count(revisions: readonly Revision[], field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number {
  return revisions.reduce((total, { set }) => total + (set.status?.[field] ?? 0), 0);
}

function availability(isAvailable: boolean): StatusCondition {
  return isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

interface ProgressFacts {
  readonly deployment: Deployment;
  readonly counters: Status;
  readonly isComplete: boolean;
  readonly created: string | undefined;
  readonly current: Revision | undefined;
  readonly nowMs: number;
}

/** undefined: stays as it is. */
function progressCondition(facts: ProgressFacts): StatusCondition | undefined {
  const { deployment, counters, isComplete, created, current, nowMs } = facts;
  const before = findCondition(deployment.status?.conditions, 'Progressing');
  const progress = (status: 'True' | 'False' | 'Unknown', reason: string, message: string): StatusCondition => ({
    type: 'Progressing',
    status,
    reason,
    message,
    lastUpdateTime:
      before?.reason === reason && !hasProgressed(deployment.status, counters)
        ? (before.lastUpdateTime ?? timestamp(nowMs))
        : timestamp(nowMs),
  });
  if (deployment.spec.paused === true) {
    return before?.reason === 'DeploymentPaused'
      ? undefined
      : progress('Unknown', 'DeploymentPaused', 'Deployment is paused');
  }
  if (before?.reason === 'DeploymentPaused') return progress('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  const name = created ?? current?.stored.name ?? '';
  if (created !== undefined) return progress('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  if (isComplete) {
    if (before?.reason === 'NewReplicaSetAvailable' && before.message?.includes(`"${name}"`) === true) return undefined;
    return progress('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`);
  }
  // Scaling or losing pods after a finished rollout isn't a rollout.
  const isSettled = before?.reason === 'NewReplicaSetAvailable' && before.message?.includes(`"${name}"`) === true;
  if (isSettled) return undefined;
  if (hasProgressed(deployment.status, counters)) {
    return progress('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`);
  }
  const deadlineAtMs = deadline(deployment, deployment.status?.conditions ?? [], false);
  if (deadlineAtMs === undefined || nowMs < deadlineAtMs) return undefined;
  return progress('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`);
}

function hasProgressed(before: Status | undefined, now: Status): boolean {
  const gained = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean =>
    (now[field] ?? 0) > (before?.[field] ?? 0);
  const oldBefore = (before?.replicas ?? 0) - (before?.updatedReplicas ?? 0);
  const oldNow = (now.replicas ?? 0) - (now.updatedReplicas ?? 0);
  return oldNow < oldBefore || gained('updatedReplicas') || gained('readyReplicas') || gained('availableReplicas');
}

function deadline(
  { spec }: Deployment,
  conditions: readonly StatusCondition[],
  isComplete: boolean,
): number | undefined {
  if (isComplete || spec.paused === true) return undefined;
  const progressing = findCondition(conditions, 'Progressing');
  const isOver = progressing?.reason === 'NewReplicaSetAvailable' || progressing?.reason === 'ProgressDeadlineExceeded';
  if (progressing === undefined || isOver) return undefined;
  return parseTimestamp(progressing.lastUpdateTime) + (spec.progressDeadlineSeconds ?? 600) * 1000;
}
