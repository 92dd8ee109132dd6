import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { isSameJson } from '../model/json-equality.ts';
import { controllerOf, controllerReference, creation, deletion, replacement, withSpec } from '../model/object-write.ts';
import { isDeleting } from '../model/pod.ts';
import { deployments, pods, replicaSets } from '../model/resources.ts';
import { timestamp } from '../model/timestamp.ts';
import {
  itsController,
  itself,
  perObject,
  type Controller,
  type Decision,
  type ObjectName,
  type Round,
} from '../runner/controller.ts';
import {
  replicaSetAnnotations,
  revisionAnnotation,
  revisionNumber,
  sortRevisions,
  templateHashLabel,
  type Revision,
  type Revisions,
} from './deployment-revisions.ts';
import { deploymentStatus } from './deployment-status.ts';
import {
  initialSize,
  isBeingScaled,
  rollingSizes,
  rolloutBounds,
  scaleSizes,
  specReplicas,
  type Sizes,
} from './rollout.ts';
import { templateOf, type Deployment, type ReplicaSet } from './workload.ts';

/** Rolls a template out over ReplicaSets, one for each template it has had. */
export function createDeploymentController(): Controller {
  return {
    name: 'deployment',
    watches: [
      itself(deployments),
      itsController(replicaSets, 'Deployment'),
      { resource: pods, keysOf: ({ type, object }) => (type === 'DELETED' ? deploymentOf(object) : []) },
    ],
    open: perObject<Deployment>(deployments, decide),
  };
}

/** Whose turn it may be when a pod is gone: one that waits for its old pods to go. Told by names, as the pod's ReplicaSet may be gone too. */
function deploymentOf({ namespace, object }: StoredObject): readonly ObjectName[] {
  const owner = controllerOf(object);
  const suffix = `-${object.metadata.labels?.[templateHashLabel] ?? ''}`;
  if (owner?.kind !== 'ReplicaSet' || !owner.name.endsWith(suffix)) return [];
  return [{ namespace, name: owner.name.slice(0, -suffix.length) }];
}

interface Rollout {
  readonly writes: readonly ObjectWrite[];
  readonly created?: string;
}

function decide(stored: StoredObject, deployment: Deployment, round: Round): Decision {
  const owned = round.view
    .ownedBy(replicaSets, deployment.metadata.uid ?? '')
    .filter(({ object }) => !isDeleting(object));
  const revisions = sortRevisions(deployment, owned);
  const rollout = isDeleting(deployment) ? { writes: [] } : rollOut(deployment, revisions, round);
  const { status, isComplete, deadlineAtMs } = deploymentStatus(deployment, revisions, rollout.created, round.nowMs);
  const number = revisions.current === undefined ? lastRevision(revisions.old) + 1 : currentRevision(revisions);
  const isNumbered = revisions.current !== undefined || rollout.created !== undefined;
  const annotations =
    isNumbered && revisionNumber(deployment) !== number
      ? { ...deployment.metadata.annotations, [revisionAnnotation]: String(number) }
      : deployment.metadata.annotations;
  const isChanged = annotations !== deployment.metadata.annotations || !isSameJson(deployment.status, status);
  const metadata = annotations === undefined ? deployment.metadata : { ...deployment.metadata, annotations };
  return {
    writes: [
      ...rollout.writes,
      ...(isComplete ? forgotten(deployment, revisions.old, round.nowMs) : []),
      ...(isChanged ? [replacement(stored, { ...deployment, metadata, status })] : []),
    ],
    ...(deadlineAtMs !== undefined && { againAtMs: deadlineAtMs }),
  };
}

function rollOut(deployment: Deployment, revisions: Revisions, round: Round): Rollout {
  const { current, old } = revisions;
  const isScaled = isBeingScaled(deployment, revisions);
  if (deployment.spec.paused === true)
    return { writes: resize(deployment, revisions, scaleSizes(deployment, revisions)) };
  if (isScaled) return { writes: resize(deployment, revisions, scaleSizes(deployment, revisions)) };
  if (deployment.spec.strategy?.type === 'Recreate') return recreate(deployment, revisions, round);
  if (current === undefined) return createCurrent(deployment, revisions, initialSize(deployment, old), round);
  return { writes: resize(deployment, revisions, rollingSizes(deployment, current, old)) };
}

/** The old pods have to be gone before the first new one comes. */
function recreate(deployment: Deployment, revisions: Revisions, round: Round): Rollout {
  const { current, old } = revisions;
  const running = old.filter((revision) => specReplicas(revision) > 0);
  if (running.length > 0) {
    return { writes: resize(deployment, revisions, new Map(running.map(({ stored }) => [stored.name, 0]))) };
  }
  const hasOldPods = old.some(({ set }) => round.view.ownedBy(pods, set.metadata.uid ?? '').length > 0);
  if (hasOldPods) return { writes: [] };
  const { replicas } = rolloutBounds(deployment);
  if (current === undefined) return createCurrent(deployment, revisions, replicas, round);
  return { writes: resize(deployment, revisions, new Map([[current.stored.name, replicas]])) };
}

function createCurrent(deployment: Deployment, revisions: Revisions, replicas: number, round: Round): Rollout {
  const { spec, metadata } = deployment;
  const { currentHash, currentName, old } = revisions;
  const template = templateOf(spec);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: currentHash };
  const { replicas: desired, maxSurge } = rolloutBounds(deployment);
  const set: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: currentName,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      uid: round.newUid(),
      generation: 1,
      creationTimestamp: timestamp(round.nowMs),
      labels,
      annotations: replicaSetAnnotations(deployment, undefined, lastRevision(old) + 1, desired + maxSurge),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector?.matchLabels, [templateHashLabel]: currentHash },
      },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
  return { writes: [creation(replicaSets, set)], created: currentName };
}

/** New sizes, and annotations where a ReplicaSet's are behind (a rollback makes an old one the newest again). */
function resize(deployment: Deployment, revisions: Revisions, sizes: Sizes): readonly ObjectWrite[] {
  const { current, old } = revisions;
  const { replicas, maxSurge } = rolloutBounds(deployment);
  const writes: ObjectWrite[] = [];
  for (const revision of current === undefined ? old : [current, ...old]) {
    const { stored, set } = revision;
    const size = sizes.get(stored.name) ?? specReplicas(revision);
    const isCurrent = revision === current;
    const isResized = size !== specReplicas(revision);
    if (!isCurrent && !isResized && specReplicas(revision) === 0) continue;
    const number = isCurrent ? currentRevision(revisions) : revisionNumber(set);
    const annotations = replicaSetAnnotations(deployment, set, number, replicas + maxSurge);
    const isSameReadyTime = !isCurrent || set.spec.minReadySeconds === deployment.spec.minReadySeconds;
    if (!isResized && isSameReadyTime && isSameJson(annotations, set.metadata.annotations)) continue;
    const minReadySeconds = isCurrent ? deployment.spec.minReadySeconds : set.spec.minReadySeconds;
    const spec = { ...set.spec, replicas: size, ...(minReadySeconds !== undefined && { minReadySeconds }) };
    writes.push(replacement(stored, withSpec(set, spec, annotations)));
  }
  return writes;
}

/** The current ReplicaSet is numbered after all others. */
function currentRevision({ current, old }: Revisions): number {
  return Math.max(current === undefined ? 0 : revisionNumber(current.set), lastRevision(old) + 1);
}

function lastRevision(old: readonly Revision[]): number {
  return old.reduce((last, { set }) => Math.max(last, revisionNumber(set)), 0);
}

/** Old ReplicaSets past the history limit. */
function forgotten(deployment: Deployment, old: readonly Revision[], nowMs: number): readonly ObjectWrite[] {
  const empty = old.filter((revision) => specReplicas(revision) === 0 && (revision.set.status?.replicas ?? 0) === 0);
  const excess = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  if (excess <= 0) return [];
  return empty
    .toSorted((a, b) => revisionNumber(a.set) - revisionNumber(b.set))
    .slice(0, excess)
    .flatMap(({ stored }) => deletion(stored, nowMs));
}
