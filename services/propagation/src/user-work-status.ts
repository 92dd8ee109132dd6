import {
  workAppliedCondition,
  workAppliedReasons,
  workDispatchingCondition,
  workDispatchingReasons,
} from '@flotilla/kinds/karmada/well-known';
import type { ManifestStatus, WorkStatus } from '@flotilla/kinds/karmada/work';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { Condition } from '@flotilla/kinds/kube-object';

import { workOfState } from './user-work-state.ts';
import type { UserWorkState, WorkObject } from './user-work-state.ts';
import { appliedMessage, applyFailedMessage, dispatchingMessage, suspendedMessage } from '@flotilla/works/work-object';

const messageMax = 1024;

/** What the cluster reported, as the status of the Work. Conditions that others set stay; objects on their way out are remembered behind those that the manifests name. */
export function statusOfUserWork(state: UserWorkState, current: WorkStatus | undefined, nowMs: number): WorkStatus {
  const before = (current?.conditions ?? []) as readonly Condition[];
  const own = [appliedCondition(state), dispatchingCondition(state)].filter((condition) => condition !== undefined);
  const conditions = [
    ...before.map((condition) =>
      transition(
        condition,
        own.find(({ type }) => type === condition.type),
        nowMs,
      ),
    ),
    ...own
      .filter(({ type }) => !before.some((condition) => condition.type === type))
      .map((made) => stamped(made, nowMs)),
  ];
  return { ...current, conditions, manifestStatuses: manifestStatusesOf(state) };
}

function transition(before: Condition, next: Condition | undefined, nowMs: number): Condition {
  if (next === undefined) return before;
  if (before.status !== next.status || before.lastTransitionTime === undefined) return stamped(next, nowMs);
  return { ...next, lastTransitionTime: before.lastTransitionTime };
}

function stamped(condition: Condition, nowMs: number): Condition {
  return { ...condition, lastTransitionTime: timeText(nowMs) };
}

export function timeText(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `undefined` while nothing can be said: attempts are still running, or nothing was sent yet because the Work is suspended. */
function appliedCondition(state: UserWorkState): Condition | undefined {
  const { manifests, objects } = state;
  let applied = 0;
  let failure: string | undefined;
  let isRunning = false;
  for (const manifest of manifests) {
    const object = manifest.kind === 'usable' ? objects.get(manifest.key) : undefined;
    if (manifest.kind === 'unusable') failure ??= manifest.message;
    else if (object?.isApplied === true) applied++;
    else if (object?.isApplied === false) failure ??= object.message;
    else isRunning = true;
  }
  if (failure !== undefined) {
    return {
      type: workAppliedCondition,
      status: 'False',
      reason: workAppliedReasons.failed,
      message: applyFailedMessage(applied, manifests.length, failure).slice(0, messageMax),
    };
  }
  if (isRunning || manifests.length === 0) return undefined;
  return { type: workAppliedCondition, status: 'True', reason: workAppliedReasons.success, message: appliedMessage };
}

function dispatchingCondition(state: UserWorkState): Condition {
  const isSuspended = workOfState(state).spec.suspendDispatching === true;
  return isSuspended
    ? {
        type: workDispatchingCondition,
        status: 'False',
        reason: workDispatchingReasons.suspended,
        message: suspendedMessage,
      }
    : {
        type: workDispatchingCondition,
        status: 'True',
        reason: workDispatchingReasons.dispatching,
        message: dispatchingMessage,
      };
}

/** Every object that is, or may be, in the member is listed: after a restart this list tells what to remove. */
function manifestStatusesOf(state: UserWorkState): readonly ManifestStatus[] {
  const statuses: ManifestStatus[] = [];
  const named = new Set<string>();
  state.manifests.forEach((manifest, ordinal) => {
    if (manifest.kind === 'unusable') return;
    named.add(manifest.key);
    const object = state.objects.get(manifest.key);
    if (object !== undefined) statuses.push(manifestStatus(object, ordinal));
  });
  for (const [key, object] of state.objects) {
    if (!named.has(key)) statuses.push(manifestStatus(object, state.manifests.length));
  }
  return statuses;
}

function manifestStatus({ target, statusJson, health }: WorkObject, ordinal: number): ManifestStatus {
  const { apiVersion, kind, resource, namespace, name } = target;
  const { group, version } = parseApiVersion(apiVersion);
  return {
    identifier: { ordinal, group, version, kind, resource, namespace, name },
    ...(statusJson === undefined ? {} : { status: JSON.parse(statusJson) as Record<string, unknown> }),
    health,
  };
}
