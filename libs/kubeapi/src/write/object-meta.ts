import type { KindDefinition, MutableKubeObject } from '@flotilla/kinds/kind-definition';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import { equalJson } from '../patch/json-value.ts';

/** Order in which metadata is stored and served. */
const order: readonly (keyof ObjectMeta)[] = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

let lastSecond = -1;
let lastText = '';

/** RFC 3339 with whole seconds, as Kubernetes writes times. The last answer is kept: under load it's asked for thousands of times a second. */
export function timestamp(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** Known fields in their order; nulls, empties and resourceVersion (which the store knows) left out. */
export function orderedMetadata(metadata: Readonly<Record<string, unknown>>): ObjectMeta {
  const ordered: Record<string, unknown> = {};
  for (const field of order) {
    const value = metadata[field];
    if (value === undefined || value === null || value === '' || isEmpty(value)) continue;
    ordered[field] = value;
  }
  return ordered;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}

/** What would be stored: the draft with its metadata in order. */
export function sealed(draft: MutableKubeObject): KubeObject {
  const object: { -readonly [Field in keyof KubeObject]: KubeObject[Field] } = {
    apiVersion: draft.apiVersion,
    kind: draft.kind,
    metadata: orderedMetadata(draft.metadata),
  };
  // A loop is several times cheaper than taking the rest and spreading it.
  for (const field in draft) {
    if (field !== 'apiVersion' && field !== 'kind' && field !== 'metadata') object[field] = draft[field];
  }
  return object;
}

export function stampCreation(
  draft: MutableKubeObject,
  kind: KindDefinition,
  namespace: string,
  nowMs: number,
  uid: string,
): void {
  const { metadata } = draft;
  if (namespace === '') delete metadata['namespace'];
  else metadata['namespace'] = namespace;
  metadata['uid'] = uid;
  metadata['creationTimestamp'] = timestamp(nowMs);
  delete metadata['deletionTimestamp'];
  delete metadata['deletionGracePeriodSeconds'];
  if (kind.hasGeneration) metadata['generation'] = 1;
  else delete metadata['generation'];
}

/** Keeps what an update may not change; what the client left out is filled in. */
export function stampUpdate(draft: MutableKubeObject, old: KubeObject): void {
  const { metadata } = draft;
  const before = old.metadata;
  for (const field of [
    'name',
    'generateName',
    'namespace',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    keep(metadata, field, before[field]);
  }
  if (isAbsent(metadata['uid'])) keep(metadata, 'uid', before.uid);
  if (isAbsent(metadata['creationTimestamp'])) keep(metadata, 'creationTimestamp', before.creationTimestamp);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function keep(metadata: Record<string, unknown>, field: string, value: unknown): void {
  if (value === undefined) delete metadata[field];
  else metadata[field] = value;
}

/** Everything but metadata, and but status where it has its own door. */
export function isSpecChanged(updated: KubeObject, old: KubeObject, hasStatus: boolean): boolean {
  for (const field in updated) {
    if (isOutsideSpec(field, hasStatus)) continue;
    if (!equalJson(updated[field], old[field])) return true;
  }
  for (const field in old) {
    if (!isOutsideSpec(field, hasStatus) && old[field] !== undefined && updated[field] === undefined) return true;
  }
  return false;
}

function isOutsideSpec(field: string, hasStatus: boolean): boolean {
  return field === 'apiVersion' || field === 'kind' || field === 'metadata' || (hasStatus && field === 'status');
}

/** True when an update would store what is there already; times of managedFields don't count. */
export function isNoChange(updated: KubeObject, old: KubeObject): boolean {
  if (isSpecChanged(updated, old, false)) return false;
  for (const field of order) {
    if (field !== 'managedFields' && !equalJson(updated.metadata[field], old.metadata[field])) return false;
  }
  const managed = updated.metadata.managedFields;
  if (managed === old.metadata.managedFields) return true;
  return equalJson(managed?.map(withoutTime), old.metadata.managedFields?.map(withoutTime));
}

function withoutTime(entry: NonNullable<ObjectMeta['managedFields']>[number]): object {
  return { ...entry, time: undefined };
}
