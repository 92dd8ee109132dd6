/** Writes entries of the log with everything that is derived from them, in bounded pieces. */
import { documentsMax, type WriteStep } from './archive-store.ts';
import type { Archive } from './archive.ts';
import type { DecisionRecord, ObjectRecord, RecordOrigin, RevisionRecord } from './collections.ts';
import {
  decisionRecord,
  describeValue,
  objectRecord,
  revisionRecord,
  type PlacedEntry,
  type ValueCodec,
} from './entry-records.ts';
import type { Slices } from './slices.ts';

const chunkMaxEntries = 200;
const chunkMaxBytes = 1024 * 1024;

export interface RecordWriterDeps {
  readonly archive: Archive;
  readonly codec: ValueCodec;
  readonly slices: Slices;
}

/**
 * Stores entries as records, with the objects and decisions that follow from them. The last piece is written together with `finally`. Repeating is harmless: records are left as they
 * are, objects only move on to newer revisions.
 */
export async function writeEntries(
  deps: RecordWriterDeps,
  placed: readonly PlacedEntry[],
  origin: RecordOrigin,
  last: readonly WriteStep[] = [],
): Promise<void> {
  const chunks = [...chunksOf(placed)];
  for (const [index, chunk] of chunks.entries()) {
    const steps = await stepsFor(deps, chunk, origin);
    await deps.archive.store.write(index === chunks.length - 1 ? [...steps, ...last] : steps);
  }
  if (chunks.length === 0 && last.length > 0) await deps.archive.store.write(last);
}

function* chunksOf(placed: readonly PlacedEntry[]): Generator<readonly PlacedEntry[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, { entry }] of placed.entries()) {
    bytes += entry.value.byteLength;
    if (bytes < chunkMaxBytes && index + 1 - start < chunkMaxEntries) continue;
    yield placed.slice(start, index + 1);
    start = index + 1;
    bytes = 0;
  }
  if (start < placed.length) yield placed.slice(start);
}

async function stepsFor(
  { archive, codec, slices }: RecordWriterDeps,
  chunk: readonly PlacedEntry[],
  origin: RecordOrigin,
): Promise<readonly WriteStep[]> {
  const records: RevisionRecord[] = [];
  const objects = new Map<string, ObjectRecord>();
  const withReasons: { readonly record: RevisionRecord; readonly reasons: string; readonly sha256: string }[] = [];
  for (const item of chunk) {
    const record = revisionRecord(item, origin);
    const description = describeValue(codec, record.subject, record.value);
    const object = objectRecord(record, description);
    records.push(record);
    objects.set(record.subject, object);
    if (description.reasons !== '' && !record.deleted) {
      withReasons.push({ record, reasons: description.reasons, sha256: object.decisionSha256 });
    }
    await slices.breathe();
  }
  const decisions = await newDecisions(archive, withReasons);
  return [
    { kind: 'insert', collection: 'revisions', documents: records },
    ...(decisions.length === 0 ? [] : [{ kind: 'insert', collection: 'decisions', documents: decisions } as const]),
    { kind: 'put', collection: 'objects', documents: [...objects.values()], newerBy: 'revision' },
  ];
}

/** A binding changes far more often than its reasons: only changes of those are decisions. */
async function newDecisions(
  { store }: Archive,
  candidates: readonly { readonly record: RevisionRecord; readonly reasons: string; readonly sha256: string }[],
): Promise<readonly DecisionRecord[]> {
  if (candidates.length === 0) return [];
  const subjects = [...new Set(candidates.map(({ record }) => record.subject))];
  const known = new Map<string, string>();
  const { documents } = await store.find('objects', { where: { _id: { in: subjects } }, limit: documentsMax });
  for (const { _id, decisionSha256 } of documents) known.set(String(_id), decisionSha256);
  const decisions: DecisionRecord[] = [];
  for (const { record, reasons, sha256 } of candidates) {
    if (known.get(record.subject) === sha256) continue;
    known.set(record.subject, sha256);
    decisions.push(decisionRecord(record, reasons));
  }
  return decisions;
}
