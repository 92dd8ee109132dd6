import type { StoredObject } from '@flotilla/store/object-store';
import { controllerReference, creation, deletion, statusWrites } from '../model/object-write.ts';
import { isActive, isDeleting, isReady, newPod, podOf } from '../model/pod.ts';
import { pods, replicaSets } from '../model/resources.ts';
import { randomSuffix } from '../model/safe-name.ts';
import { parseTimestamp, timestamp } from '../model/timestamp.ts';
import { itsController, itself, perObject, type Controller, type Decision, type Round } from '../runner/controller.ts';
import { tallyPods } from './pod-tally.ts';
import { templateOf, type ReplicaSet } from './workload.ts';

/** Pods made or deleted for one ReplicaSet in one round. */
const burstMax = 250;

/** Keeps as many pods of a template as asked for. */
export function createReplicaSetController(): Controller {
  return {
    name: 'replica-set',
    watches: [itself(replicaSets), itsController(pods, 'ReplicaSet')],
    open: perObject<ReplicaSet>(replicaSets, decide),
  };
}

function decide(stored: StoredObject, set: ReplicaSet, round: Round): Decision {
  const { spec, metadata } = set;
  const active = round.view.ownedBy(pods, metadata.uid ?? '').filter((pod) => isActive(podOf(pod)));
  const tally = tallyPods(active, spec.minReadySeconds ?? 0, round.nowMs);
  const excess = active.length - (spec.replicas ?? 1);
  const podWrites = isDeleting(set)
    ? []
    : excess < 0
      ? createPods(set, Math.min(-excess, burstMax), round)
      : surplus(active, Math.min(excess, burstMax)).flatMap((pod) => deletion(pod, round.nowMs));
  const labels = Object.entries(templateOf(spec).metadata?.labels ?? {});
  const fullyLabeled = active.filter(({ object }) =>
    labels.every(([key, value]) => object.metadata.labels?.[key] === value),
  );
  const status = {
    replicas: active.length,
    ...(fullyLabeled.length > 0 && { fullyLabeledReplicas: fullyLabeled.length }),
    ...(tally.ready > 0 && { readyReplicas: tally.ready }),
    ...(tally.available > 0 && { availableReplicas: tally.available }),
    observedGeneration: metadata.generation ?? 0,
  };
  return {
    writes: [...podWrites, ...statusWrites(stored, status)],
    ...(tally.nextAvailableAtMs !== undefined && { againAtMs: tally.nextAvailableAtMs }),
  };
}

function createPods(set: ReplicaSet, count: number, { random, newUid, nowMs }: Round): Decision['writes'] {
  const owner = controllerReference(set);
  const generateName = `${set.metadata.name ?? ''}-`;
  const createdAt = timestamp(nowMs);
  const template = templateOf(set.spec);
  const names = new Set<string>();
  while (names.size < count) names.add(`${generateName}${randomSuffix(random)}`);
  return [...names].map((name) => {
    const from = { name, generateName, namespace: set.metadata.namespace ?? '', template, owner };
    return creation(pods, newPod(from, createdAt, newUid()));
  });
}

/** Which pods to let go: those that do the least first, the youngest of equals. */
function surplus(active: readonly StoredObject[], count: number): readonly StoredObject[] {
  if (count <= 0) return [];
  return active.toSorted((a, b) => worth(a) - worth(b) || cost(a) - cost(b) || ageOf(b) - ageOf(a)).slice(0, count);
}

function worth(stored: StoredObject): number {
  const pod = podOf(stored);
  if (pod.spec.nodeName === undefined) return 0;
  if (pod.status?.phase !== 'Running') return 1;
  return isReady(pod) ? 3 : 2;
}

function cost({ object }: StoredObject): number {
  const value = Number(object.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
}

function ageOf({ object }: StoredObject): number {
  return parseTimestamp(object.metadata.creationTimestamp);
}
