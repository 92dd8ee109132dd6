import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { deletion, statusWrites } from '../model/object-write.ts';
import { availableAtMs, isActive, isDeleting, isFinished, podOf, type Pod } from '../model/pod.ts';
import { pods, statefulSets } from '../model/resources.ts';
import { itsController, itself, perObject, type Controller, type Decision, type Round } from '../runner/controller.ts';
import { tallyPods } from './pod-tally.ts';
import { claimsToDelete, claimWrites, newMember } from './stateful-pod.ts';
import {
  forgottenRevisions,
  readTemplateRevisions,
  revisionHashLabel,
  type TemplateRevisions,
} from './template-revisions.ts';
import { templateOf, type StatefulSet } from './workload.ts';

/** Pods with lasting names and volumes, made and replaced in order. */
export function createStatefulSetController(): Controller {
  return {
    name: 'stateful-set',
    watches: [itself(statefulSets), itsController(pods, 'StatefulSet')],
    open: perObject<StatefulSet>(statefulSets, decide),
  };
}

/** What one StatefulSet has, by ordinal. */
interface Members {
  readonly byOrdinal: ReadonlyMap<number, StoredObject>;
  readonly start: number;
  readonly replicas: number;
}

function decide(stored: StoredObject, set: StatefulSet, round: Round): Decision {
  const { spec, metadata } = set;
  const owned = round.view.ownedBy(pods, metadata.uid ?? '');
  const template = templateOf(spec);
  const revisions = readTemplateRevisions(set, template, template.metadata?.labels ?? {}, round);
  const start = spec.ordinals?.start ?? 0;
  const members = { byOrdinal: byOrdinal(set, owned), start, replicas: spec.replicas ?? 1 };
  const steps = isDeleting(set) ? [] : nextSteps(set, members, revisions, round);
  const status = statusOf(set, owned, members, revisions, round);
  const inUse = new Set([...owned.map(revisionOf), status.currentRevision, status.updateRevision]);
  const limit = spec.revisionHistoryLimit ?? 10;
  return {
    writes: [
      ...revisions.writes,
      ...steps,
      ...(isDeleting(set) ? [] : forgottenRevisions(set, inUse, limit, round)),
      ...statusWrites(stored, status),
    ],
    ...nextAvailable(set, owned, round.nowMs),
  };
}

function nextAvailable(
  { spec }: StatefulSet,
  owned: readonly StoredObject[],
  nowMs: number,
): { readonly againAtMs: number } | undefined {
  const { nextAvailableAtMs } = tallyPods(owned, spec.minReadySeconds ?? 0, nowMs);
  return nextAvailableAtMs === undefined ? undefined : { againAtMs: nextAvailableAtMs };
}

function byOrdinal({ metadata }: StatefulSet, owned: readonly StoredObject[]): ReadonlyMap<number, StoredObject> {
  const prefix = `${metadata.name ?? ''}-`;
  const found = new Map<number, StoredObject>();
  for (const stored of owned) {
    const ordinal = stored.name.startsWith(prefix) ? Number(stored.name.slice(prefix.length)) : Number.NaN;
    if (Number.isSafeInteger(ordinal) && ordinal >= 0) found.set(ordinal, stored);
  }
  return found;
}

/** First create in order, then let go from the end, then replace from the end; one at a time unless the policy is Parallel. */
function nextSteps(
  set: StatefulSet,
  members: Members,
  revisions: TemplateRevisions,
  round: Round,
): readonly ObjectWrite[] {
  const isParallel = set.spec.podManagementPolicy === 'Parallel';
  const { byOrdinal: found, start, replicas } = members;
  const writes: ObjectWrite[] = [];
  let isWhole = true;
  for (let ordinal = start; ordinal < start + replicas; ordinal += 1) {
    const stored = found.get(ordinal);
    if (stored === undefined) {
      const name = memberRevision(set, ordinal, start, revisions);
      writes.push(...createMember(set, ordinal, name, revisions, round));
    } else if (isFinished(podOf(stored))) {
      writes.push(...deletion(stored, round.nowMs));
    } else if (isHealthy(podOf(stored), set, round.nowMs)) {
      continue;
    }
    isWhole = false;
    if (!isParallel) return writes;
  }
  const surplus = [...found]
    .filter(([ordinal]) => ordinal < start || ordinal >= start + replicas)
    .toSorted(([a], [b]) => b - a);
  for (const [, stored] of surplus) {
    writes.push(...deletion(stored, round.nowMs), ...claimsToDelete(set, stored, round));
    isWhole = false;
    if (!isParallel) return writes;
  }
  return isWhole ? updateSteps(set, members, revisions, round) : writes;
}

/** Replaces the pod with the highest ordinal that has an old template; the next one only when it's back. */
function updateSteps(
  { spec }: StatefulSet,
  { byOrdinal: found, start, replicas }: Members,
  { updateName }: TemplateRevisions,
  { nowMs }: Round,
): readonly ObjectWrite[] {
  if (spec.updateStrategy?.type === 'OnDelete') return [];
  const partition = start + (spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  for (let ordinal = start + replicas - 1; ordinal >= partition; ordinal -= 1) {
    const stored = found.get(ordinal);
    if (stored !== undefined && revisionOf(stored) !== updateName) return deletion(stored, nowMs);
  }
  return [];
}

function isHealthy(pod: Pod, { spec }: StatefulSet, nowMs: number): boolean {
  return !isDeleting(pod) && availableAtMs(pod, spec.minReadySeconds ?? 0) <= nowMs;
}

/** Below the partition a pod comes back with the template that the others there have. */
function memberRevision(
  { spec, status }: StatefulSet,
  ordinal: number,
  start: number,
  { updateName, find }: TemplateRevisions,
): string {
  const current = status?.currentRevision;
  const partition = start + (spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  const isKept = current !== undefined && ordinal < partition && find(current) !== undefined;
  return isKept ? current : updateName;
}

function createMember(
  set: StatefulSet,
  ordinal: number,
  revisionName: string,
  { find }: TemplateRevisions,
  round: Round,
): readonly ObjectWrite[] {
  const template = find(revisionName) ?? templateOf(set.spec);
  return [...claimWrites(set, ordinal, round), newMember(set, ordinal, template, revisionName, round)];
}

type Status = Required<Pick<NonNullable<StatefulSet['status']>, 'currentRevision' | 'updateRevision'>> &
  NonNullable<StatefulSet['status']>;

function statusOf(
  set: StatefulSet,
  owned: readonly StoredObject[],
  { byOrdinal: found, replicas }: Members,
  { updateName }: TemplateRevisions,
  { nowMs }: Round,
): Status {
  const active = owned.filter((stored) => isActive(podOf(stored)));
  const { ready, available } = tallyPods(active, set.spec.minReadySeconds ?? 0, nowMs);
  const updated = active.filter((stored) => revisionOf(stored) === updateName).length;
  const isUpdated = updated === replicas && found.size === replicas && ready === replicas;
  const before = set.status?.currentRevision ?? '';
  const currentRevision = before === '' || isUpdated ? updateName : before;
  const current = active.filter((stored) => revisionOf(stored) === currentRevision).length;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: owned.length,
    ...(ready > 0 && { readyReplicas: ready }),
    availableReplicas: available,
    ...(current > 0 && { currentReplicas: current }),
    ...(updated > 0 && { updatedReplicas: updated }),
    currentRevision,
    updateRevision: updateName,
    collisionCount: 0,
  };
}

/** A pod's label holds the whole name of its ControllerRevision. */
function revisionOf({ object }: StoredObject): string {
  return object.metadata.labels?.[revisionHashLabel] ?? '';
}
