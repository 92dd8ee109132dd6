import type { StoredObject } from '@flotilla/store/object-store';
import type { PodTemplateSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { ObjectMeta } from '@flotilla/kinds/kube-object';
import { isSameJson } from '../model/json-equality.ts';
import { contentHash } from '../model/safe-name.ts';
import { parseTimestamp } from '../model/timestamp.ts';
import { templateOf, type Deployment, type ReplicaSet } from './workload.ts';

export const templateHashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

/** A ReplicaSet of a Deployment. */
export interface Revision {
  readonly stored: StoredObject;
  readonly set: ReplicaSet;
}

export interface Revisions {
  /** Of the template as it is now. */
  readonly current: Revision | undefined;
  /** Oldest first. */
  readonly old: readonly Revision[];
  /** What the current template's ReplicaSet is called. */
  readonly currentName: string;
  readonly currentHash: string;
}

export function sortRevisions(deployment: Deployment, owned: readonly StoredObject[]): Revisions {
  const template = templateOf(deployment.spec);
  const all = owned
    .map((stored): Revision => ({ stored, set: stored.object as ReplicaSet }))
    .toSorted((a, b) => createdAt(a) - createdAt(b) || a.stored.revision - b.stored.revision);
  const current = all.find(({ set }) => isOfTemplate(set, template));
  const currentHash =
    current?.set.metadata.labels?.[templateHashLabel] ??
    freeHash(deployment, new Set(all.map(({ stored }) => stored.name)));
  return {
    current,
    old: all.filter((one) => one !== current),
    currentName: current?.stored.name ?? `${deployment.metadata.name ?? ''}-${currentHash}`,
    currentHash,
  };
}

/** Two templates may have one hash: the next number is tried then. */
function freeHash(deployment: Deployment, taken: ReadonlySet<string>): string {
  for (let salt = deployment.status?.collisionCount ?? 0; ; salt += 1) {
    const hash = contentHash(templateOf(deployment.spec), salt);
    if (!taken.has(`${deployment.metadata.name ?? ''}-${hash}`)) return hash;
  }
}

function isOfTemplate({ spec }: ReplicaSet, template: PodTemplateSpec): boolean {
  const own = templateOf(spec);
  if (own.spec !== template.spec && !isSameJson(own.spec, template.spec)) return false;
  const { [templateHashLabel]: _, ...labels } = own.metadata?.labels ?? {};
  const { [templateHashLabel]: _ignored, ...wanted } = template.metadata?.labels ?? {};
  return (
    isSameJson(labels, wanted) && isSameJson(own.metadata?.annotations ?? {}, template.metadata?.annotations ?? {})
  );
}

function createdAt({ set }: Revision): number {
  return parseTimestamp(set.metadata.creationTimestamp);
}

export function revisionNumber({ metadata }: { readonly metadata: ObjectMeta }): number {
  const value = Number(metadata.annotations?.[revisionAnnotation] ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
}

/** What the Deployment wanted when the ReplicaSet was last scaled. */
export function desiredReplicas(set: ReplicaSet): number | undefined {
  return countIn(set, desiredReplicasAnnotation);
}

/** The same with its surge. */
export function maxReplicas(set: ReplicaSet): number | undefined {
  return countIn(set, maxReplicasAnnotation);
}

function countIn({ metadata }: ReplicaSet, annotation: string): number | undefined {
  const value = Number(metadata.annotations?.[annotation] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);

/** A ReplicaSet carries its Deployment's annotations, its revision, and what the Deployment wanted when it was last scaled. */
export function replicaSetAnnotations(
  deployment: Deployment,
  set: ReplicaSet | undefined,
  revision: number,
  replicasMax: number,
): Readonly<Record<string, string>> {
  const own = set?.metadata.annotations ?? {};
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key));
  const before = own[revisionAnnotation];
  const isRenumbered = before !== undefined && Number(before) < revision;
  const history = [own[revisionHistoryAnnotation], isRenumbered ? before : undefined].filter(
    (one) => one !== undefined,
  );
  return {
    ...own,
    ...Object.fromEntries(copied),
    [revisionAnnotation]: String(isRenumbered || before === undefined ? revision : before),
    ...(history.length > 0 && { [revisionHistoryAnnotation]: history.join(',') }),
    [desiredReplicasAnnotation]: String(deployment.spec.replicas ?? 1),
    [maxReplicasAnnotation]: String(replicasMax),
  };
}
