import { withConditions } from '../model/condition.ts';
import { replacement, statusWrites } from '../model/object-write.ts';
import { isActive, isDeleting, isFinished, podOf, type Pod } from '../model/pod.ts';
import { claims, nodes, pods } from '../model/resources.ts';
import {
  itself,
  nothing,
  type Controller,
  type Decision,
  type ObjectName,
  type Round,
  type Watch,
} from '../runner/controller.ts';
import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';
import { leastUsed, occupy, readNodeRooms, refusal, type NodeRoom } from './node-room.ts';

/** Looked at again at one event that may have made room; the others follow when these have found theirs. */
const wakeMax = 1_000;

/**
 * Binds pending pods to nodes: required constraints and resource requests, least used node first. A pod that fits nowhere gets the Unschedulable condition and is
 * looked at again when a node, a claim or the pods on a node change.
 */
export function createPodScheduling(): Controller {
  /** Pods that fitted nowhere. */
  const waiting = new Map<string, ObjectName>();

  function wakeWaiting(isRelevant: (change: ObjectChange) => boolean): Watch['keysOf'] {
    return (change) => {
      if (waiting.size === 0 || !isRelevant(change)) return [];
      return [...waiting.values().take(wakeMax)];
    };
  }

  return {
    name: 'pod-scheduling',
    watches: [
      { resource: pods, keysOf: (change) => (needsNode(change.object) ? itself(pods).keysOf(change) : []) },
      { resource: pods, keysOf: wakeWaiting(freesRoom) },
      { resource: nodes, keysOf: wakeWaiting(() => true) },
      { resource: claims, keysOf: wakeWaiting(() => true) },
    ],
    open(round) {
      let rooms: readonly NodeRoom[] | undefined;
      return ({ namespace, name }) => {
        const stored = round.view.get(pods, namespace, name);
        const id = `${namespace}/${name}`;
        waiting.delete(id);
        if (stored === undefined || !needsNode(stored)) return nothing;
        rooms ??= readNodeRooms(round.view);
        const { decision, isBound } = place(stored, rooms, round);
        if (!isBound) waiting.set(id, { namespace, name });
        return decision;
      };
    },
  };
}

function needsNode(stored: StoredObject): boolean {
  const pod = podOf(stored);
  const { nodeName = '', schedulerName = 'default-scheduler' } = pod.spec;
  return nodeName === '' && schedulerName === 'default-scheduler' && isActive(pod);
}

/** A pod on a node has ended, or is gone. */
function freesRoom({ type, object, previous }: ObjectChange): boolean {
  const pod = podOf(object);
  if (pod.spec.nodeName === undefined) return false;
  if (type === 'DELETED') return !isFinished(pod);
  return isFinished(pod) && previous !== undefined && !isFinished(podOf(previous));
}

function place(
  stored: StoredObject,
  rooms: readonly NodeRoom[],
  round: Round,
): { readonly decision: Decision; readonly isBound: boolean } {
  const pod = podOf(stored);
  const missing = missingClaim(pod, round);
  if (missing !== undefined) return { decision: unschedulable(stored, missing, round.nowMs), isBound: false };
  const refusals = new Map<string, number>();
  const open = rooms.filter((room) => {
    const why = refusal(pod.spec, room);
    if (why !== undefined) refusals.set(why, (refusals.get(why) ?? 0) + 1);
    return why === undefined;
  });
  const room = leastUsed(open, pod.spec);
  if (room === undefined) {
    const reasons = [...refusals].map(([why, count]) => `${count} ${why}`).toSorted();
    const message = `0/${rooms.length} nodes are available: ${reasons.join(', ')}.`;
    return {
      decision: unschedulable(
        stored,
        rooms.length === 0 ? 'no nodes available to schedule pods' : message,
        round.nowMs,
      ),
      isBound: false,
    };
  }
  occupy(room, pod.spec);
  const conditions = withConditions(pod.status?.conditions, [{ type: 'PodScheduled', status: 'True' }], round.nowMs);
  const bound: Pod = {
    ...pod,
    spec: { ...pod.spec, nodeName: room.name },
    status: { ...pod.status, phase: 'Pending', conditions },
  };
  return { decision: { writes: [replacement(stored, bound)] }, isBound: true };
}

function unschedulable(stored: StoredObject, message: string, nowMs: number): Decision {
  const { status } = podOf(stored);
  const conditions = withConditions(
    status?.conditions,
    [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
    nowMs,
  );
  return { writes: statusWrites(stored, { ...status, phase: 'Pending', conditions }) };
}

function missingClaim({ spec, metadata }: Pod, { view }: Round): string | undefined {
  for (const { persistentVolumeClaim } of spec.volumes ?? []) {
    const name = persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = view.get(claims, metadata.namespace ?? '', name);
    if (claim === undefined || isDeleting(claim.object)) return `persistentvolumeclaim "${name}" not found`;
    const { phase } = (claim.object['status'] ?? {}) as { readonly phase?: string };
    if (phase !== 'Bound') return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}
