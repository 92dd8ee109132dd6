/** Entries of the log as documents of the archive (pure). */
import { createHash } from 'node:crypto';

import type { Entry, EntryBatch } from '@flotilla/log/event-log';
import { parseStateSubject } from '@flotilla/log/subject';
import { decisionAnnotation } from '@flotilla/placement/explain';

import type { DecisionRecord, ObjectRecord, RecordOrigin, RevisionRecord } from './collections.ts';

/** Headers of entries that tell where a write came from. Whoever writes to the log sets them; the archive only reads. */
export const provenanceHeaders = {
  /** Name of the user; a service that writes by itself names itself in `writer`. */
  user: 'flotilla-user',
  writer: 'flotilla-writer',
  /** How the write came in: `kubernetes`, `grpc`, … */
  door: 'flotilla-door',
  /** W3C Trace Context. */
  trace: 'traceparent',
} as const;

/**
 * Looks into values for what is indexed beside them. The archive itself stores the bytes of the log as they are; where those are sealed at rest, `open` is the key ring's.
 * Nothing of what it returns is stored but type, uid, labels and a binding's reasons.
 */
export interface ValueCodec {
  open(subject: string, value: Uint8Array): Uint8Array;
}

export const plainValues: ValueCodec = { open: (_subject, value) => value };

/** An entry and its place in its append. */
export interface PlacedEntry {
  readonly entry: Entry;
  readonly appendId: number;
  readonly appendIndex: number;
}

/** A log that can't tell where an append ends leaves `endsAppend` out; then a batch counts as one append, for batches never split one. */
export function placeEntries({ entries }: EntryBatch): readonly PlacedEntry[] {
  const placed: PlacedEntry[] = [];
  let appendId = 0;
  let appendIndex = 0;
  for (const entry of entries) {
    if (appendIndex === 0) appendId = entry.revision;
    placed.push({ entry, appendId, appendIndex: appendIndex++ });
    if (entry.endsAppend === true) appendIndex = 0;
  }
  return placed;
}

export function sha256Of(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}

export function revisionRecord({ entry, appendId, appendIndex }: PlacedEntry, origin: RecordOrigin): RevisionRecord {
  const { revision, subject, deleted, timeMs, value, headers } = entry;
  const { group, resource, namespace, name } = parseStateSubject(subject);
  return {
    _id: revision,
    revision,
    logRevision: revision,
    subject,
    group,
    resource,
    namespace,
    name,
    deleted,
    timeMs,
    value,
    sha256: sha256Of(value),
    headers,
    user: headers[provenanceHeaders.user] ?? headers[provenanceHeaders.writer] ?? '',
    door: headers[provenanceHeaders.door] ?? '',
    traceId: traceIdOf(headers[provenanceHeaders.trace]),
    appendId,
    appendIndex,
    origin,
  };
}

function traceIdOf(traceparent: string | undefined): string {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1] ?? '';
}

/** What a value says about itself; empty where it isn't the JSON of an object or can't be opened. */
interface Description {
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
  readonly labels: readonly string[];
  readonly reasons: string;
}

const noDescription: Description = { apiVersion: '', kind: '', uid: '', labels: [], reasons: '' };

export function describeValue(codec: ValueCodec, subject: string, value: Uint8Array): Description {
  if (value.byteLength === 0) return noDescription;
  try {
    const object: unknown = JSON.parse(Buffer.from(codec.open(subject, value)).toString('utf8'));
    if (!isMap(object)) return noDescription;
    const metadata = isMap(object['metadata']) ? object['metadata'] : {};
    const labels = isMap(metadata['labels']) ? Object.entries(metadata['labels']) : [];
    const annotations = isMap(metadata['annotations']) ? metadata['annotations'] : {};
    return {
      apiVersion: textOf(object['apiVersion']),
      kind: textOf(object['kind']),
      uid: textOf(metadata['uid']),
      labels: labels.map(([key, label]) => `${key}=${textOf(label)}`),
      reasons: textOf(annotations[decisionAnnotation]),
    };
  } catch {
    // A value that isn't an object of ours, or whose key is gone, is archived like any other: only the index knows less of it.
    return noDescription;
  }
}

/** The newest state of a subject, for the index of objects. */
export function objectRecord(record: RevisionRecord, description: Description): ObjectRecord {
  const { subject, revision, logRevision, sha256, deleted, timeMs, group, resource, namespace, name, user } = record;
  const { apiVersion, kind, uid, labels, reasons } = description;
  return {
    _id: subject,
    revision,
    logRevision,
    sha256,
    deleted,
    timeMs,
    group,
    resource,
    namespace,
    name,
    apiVersion,
    kind,
    uid,
    labels,
    user,
    decisionSha256: reasons === '' ? '' : sha256Of(Buffer.from(reasons)),
  };
}

export function decisionRecord(record: RevisionRecord, reasons: string): DecisionRecord {
  const { subject, revision, timeMs, resource, namespace, name } = record;
  return { _id: `${revision}/${subject}`, subject, revision, timeMs, resource, namespace, name, reasons };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
