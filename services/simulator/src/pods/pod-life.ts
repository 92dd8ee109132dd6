import type { StoredObject } from '@flotilla/store/object-store';
import { isTrue, type StatusCondition, withConditions } from '../model/condition.ts';
import { removal, replacement, statusWrites } from '../model/object-write.ts';
import { isDeleting, isFinished, podOf, type Pod, type PodStatus } from '../model/pod.ts';
import { nodes, pods } from '../model/resources.ts';
import { parseTimestamp, timestamp } from '../model/timestamp.ts';
import { itself, nothing, type Controller, type Decision, type Round } from '../runner/controller.ts';
import { containerStatuses, initContainerStatuses } from './container-status.ts';
import { internalAddress, nodeOf } from './node.ts';
import { missingReference } from './missing-reference.ts';
import { openPodAddresses, type PodAddresses } from './pod-addresses.ts';

/** On a pod (or its template): `"true"` makes its containers fail. Taken away from the pod, it recovers. */
export const failAnnotation = 'simulator.flotilla.io/fail';
/** On a pod that ends by itself: how many seconds it runs. */
export const runSecondsAnnotation = 'simulator.flotilla.io/run-seconds';

export interface PodTimes {
  /** From being bound to a node to Running and Ready. */
  readonly startDelayMs: number;
  /** From being marked for deletion to gone, when the grace period isn't shorter. */
  readonly stopDelayMs: number;
  /** How long pods run that end by themselves (restartPolicy other than Always). */
  readonly runMs: number;
}

export const defaultPodTimes: PodTimes = { startDelayMs: 200, stopDelayMs: 200, runMs: 500 };

const referenceRetryMs = 1_000;
const backOffMinMs = 10_000;
const backOffMaxMs = 300_000;

/** What the kubelet does, without containers: starts, crashes, ends and stops pods that are bound to a node. */
export function createPodLife(times: PodTimes): Controller {
  return {
    name: 'pod-life',
    watches: [
      itself(pods),
      {
        resource: nodes,
        keysOf: ({ type, object }) => (type === 'DELETED' ? [{ namespace: '', name: object.name }] : []),
      },
    ],
    open(round) {
      const addresses = openPodAddresses(round.view);
      return ({ namespace, name }) => {
        if (namespace === '') return { writes: round.view.podsOnNode(name).map(removal) };
        const stored = round.view.get(pods, namespace, name);
        return stored === undefined ? nothing : live(stored, times, round, addresses);
      };
    },
  };
}

function live(stored: StoredObject, times: PodTimes, round: Round, addresses: PodAddresses): Decision {
  const pod = podOf(stored);
  if (isDeleting(pod)) return stop(stored, pod, times, round.nowMs);
  const { nodeName = '' } = pod.spec;
  if (nodeName === '' || isFinished(pod)) return nothing;
  switch (pod.status?.phase) {
    case 'Running':
      return run(stored, pod, times, round.nowMs);
    default:
      return after(stored.timeMs + times.startDelayMs, round.nowMs, () => start(stored, pod, round, addresses));
  }
}

function after(dueMs: number, nowMs: number, decide: () => Decision): Decision {
  return nowMs < dueMs ? { writes: [], againAtMs: dueMs } : decide();
}

/** A process that ends when told to: long before its grace period is over. */
function stop(stored: StoredObject, pod: Pod, times: PodTimes, nowMs: number): Decision {
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  const hasFinalizers = (pod.metadata.finalizers?.length ?? 0) > 0;
  if (graceMs === 0 && hasFinalizers) return nothing;
  return after(stored.timeMs + Math.min(times.stopDelayMs, graceMs), nowMs, () => {
    if (!hasFinalizers) return { writes: [removal(stored)] };
    const metadata = { ...pod.metadata, deletionTimestamp: timestamp(nowMs), deletionGracePeriodSeconds: 0 };
    return { writes: [replacement(stored, { ...pod, metadata })] };
  });
}

function start(stored: StoredObject, pod: Pod, round: Round, addresses: PodAddresses): Decision {
  const { view, nowMs } = round;
  const nodeName = pod.spec.nodeName ?? '';
  const nodeObject = view.get(nodes, '', nodeName);
  if (nodeObject === undefined) return { writes: [], againAtMs: nowMs + referenceRetryMs };
  const missing = missingReference(view, stored.namespace, pod.spec);
  if (missing !== undefined) return waitForReference(stored, pod, missing, nowMs);
  const node = nodeOf(nodeObject);
  const hostIP = internalAddress(node);
  const podIP = pod.spec.hostNetwork === true ? hostIP : addresses.take(nodeName, node.spec?.podCIDR ?? '');
  const startedAt = timestamp(nowMs);
  const inits = initContainerStatuses(pod, startedAt);
  const status: PodStatus = {
    ...pod.status,
    startTime: startedAt,
    ...(hostIP !== undefined && { hostIP, hostIPs: [{ ip: hostIP }] }),
    ...(podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] }),
    ...(inits.length > 0 && { initContainerStatuses: inits }),
  };
  const started = { ...pod, status };
  const crashes = isFailing(pod) && pod.spec.restartPolicy !== 'Never';
  return { writes: statusWrites(stored, crashes ? crashed(started, nowMs, 0) : running(started, nowMs)) };
}

function waitForReference(stored: StoredObject, pod: Pod, message: string, nowMs: number): Decision {
  const status: PodStatus = {
    ...pod.status,
    phase: 'Pending',
    conditions: podConditions(pod, 'ContainersNotReady', nowMs),
    containerStatuses: containerStatuses(pod, { kind: 'waiting', reason: 'CreateContainerConfigError', message }, 0),
  };
  return { writes: statusWrites(stored, status), againAtMs: nowMs + referenceRetryMs };
}

function run(stored: StoredObject, pod: Pod, times: PodTimes, nowMs: number): Decision {
  const { restartPolicy = 'Always' } = pod.spec;
  if (restartPolicy === 'Always') return keepUp(stored, pod, nowMs);
  if (restartPolicy === 'OnFailure' && (isFailing(pod) || !isUp(pod))) return keepUp(stored, pod, nowMs);
  const exitCode = isFailing(pod) ? 1 : 0;
  return after(stored.timeMs + runMsOf(pod, times), nowMs, () => ({
    writes: statusWrites(stored, ended(pod, exitCode, nowMs)),
  }));
}

/** Containers that should run: back to running once they no longer fail; until then a restart from time to time, ever more rarely. */
function keepUp(stored: StoredObject, pod: Pod, nowMs: number): Decision {
  const restarts = restartCountOf(pod);
  if (!isFailing(pod)) return isUp(pod) ? nothing : { writes: statusWrites(stored, running(pod, nowMs)) };
  if (isUp(pod)) return { writes: statusWrites(stored, crashed(pod, nowMs, restarts)) };
  return after(stored.timeMs + backOffMs(restarts), nowMs, () => ({
    writes: statusWrites(stored, crashed(pod, nowMs, restarts)),
  }));
}

function isUp({ status }: Pod): boolean {
  return isTrue(status?.conditions, 'Ready');
}

function isFailing({ metadata }: Pod): boolean {
  return metadata.annotations?.[failAnnotation] === 'true';
}

function restartCountOf({ status }: Pod): number {
  return status?.containerStatuses?.[0]?.restartCount ?? 0;
}

function backOffMs(restarts: number): number {
  return Math.min(backOffMaxMs, backOffMinMs * 2 ** Math.max(0, Math.min(restarts - 1, 10)));
}

function runMsOf({ metadata }: Pod, { runMs }: PodTimes): number {
  const seconds = Number(metadata.annotations?.[runSecondsAnnotation] ?? Number.NaN);
  return seconds >= 0 ? seconds * 1000 : runMs;
}

function running(pod: Pod, nowMs: number): PodStatus {
  return {
    ...pod.status,
    phase: 'Running',
    conditions: podConditions(pod, undefined, nowMs),
    containerStatuses: containerStatuses(pod, { kind: 'running', startedAt: timestamp(nowMs) }, restartCountOf(pod)),
  };
}

function crashed(pod: Pod, nowMs: number, restarts: number): PodStatus {
  const at = timestamp(nowMs);
  const backOff = `${backOffMs(restarts + 1) / 1000}s`;
  return {
    ...pod.status,
    phase: 'Running',
    conditions: podConditions(pod, 'ContainersNotReady', nowMs),
    containerStatuses: containerStatuses(
      pod,
      { kind: 'crashed', startedAt: at, finishedAt: at, backOff },
      restarts + 1,
    ),
  };
}

function ended(pod: Pod, exitCode: 0 | 1, nowMs: number): PodStatus {
  const startedAt = timestamp(parseTimestamp(pod.status?.startTime, nowMs));
  const state = { kind: 'ended', startedAt, finishedAt: timestamp(nowMs), exitCode } as const;
  return {
    ...pod.status,
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: podConditions(pod, exitCode === 0 ? 'PodCompleted' : 'PodFailed', nowMs),
    containerStatuses: containerStatuses(pod, state, restartCountOf(pod)),
  };
}

/** `notReady`: the reason why containers aren't ready; undefined when they are. */
function podConditions(pod: Pod, notReady: string | undefined, nowMs: number): readonly StatusCondition[] {
  const names = (pod.spec.containers ?? []).map(({ name }) => name).join(' ');
  const isOver = notReady === 'PodCompleted' || notReady === 'PodFailed';
  const ready =
    notReady === undefined
      ? ({ status: 'True' } as const)
      : ({
          status: 'False',
          reason: notReady,
          ...(!isOver && { message: `containers with unready status: [${names}]` }),
        } as const);
  return withConditions(
    pod.status?.conditions,
    [
      { type: 'PodScheduled', status: 'True' },
      { type: 'PodReadyToStartContainers', status: isOver ? 'False' : 'True' },
      { type: 'Initialized', status: 'True' },
      { type: 'ContainersReady', ...ready },
      { type: 'Ready', ...ready },
    ],
    nowMs,
  );
}
