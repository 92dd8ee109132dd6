/**
 * Drops what is older than it's kept. A record goes once it had been replaced before the cut: what was the state at any moment since then stays, and so does the newest of each object. A deleted
 * object goes altogether once its deletion is that old.
 */
import { documentsMax } from './archive-store.ts';
import type { Archive } from './archive.ts';
import type { CollectionName, DocumentId, RevisionRecord } from './collections.ts';
import { recordsNewestFirst } from './record-pages.ts';
import { createSlices } from './slices.ts';

const dropMaxDocuments = 500;

export interface SweepResult {
  readonly revisions: number;
  /** Documents of the collections that age by time alone and that the database doesn't drop by itself. */
  readonly others: number;
}

/** Idempotent; may be interrupted anywhere. Reads every record's head once, in pages. Throws ArchiveUnavailable, or the signal's reason. */
export async function sweepArchive(archive: Archive, nowMs: number, signal: AbortSignal): Promise<SweepResult> {
  const revisions = await sweepRevisions(archive, nowMs - archive.keptMs.revisions, signal);
  const expiring = await archive.store.expiring();
  let others = 0;
  for (const collection of ['decisions', 'usageRaw', 'usage5m', 'usage1h'] as const) {
    if (!expiring.has(collection)) {
      others += await sweepByAge(archive, collection, nowMs - archive.keptMs[collection], signal);
    }
  }
  return { revisions, others };
}

async function sweepRevisions({ store }: Archive, cutMs: number, signal: AbortSignal): Promise<number> {
  const slices = createSlices();
  /** Records that another one had replaced before the cut: may go at any time. */
  const replaced: DocumentId[] = [];
  /** Deletions: go after everything before them, else the object would seem to exist again. */
  const deletions: DocumentId[] = [];
  const goneObjects: DocumentId[] = [];
  let subject = '';
  let isNewest = true;
  let isBehindCut = false;
  let dropped = 0;

  async function dropReplaced(): Promise<void> {
    dropped += replaced.length;
    await store.write([{ kind: 'delete', collection: 'revisions', ids: replaced.splice(0) }]);
  }

  async function dropDeletions(): Promise<void> {
    await dropReplaced();
    dropped += deletions.length;
    // An object made anew in this very moment loses its place in the index, and gets it back with its next change or from the verifier.
    await store.write([
      { kind: 'delete', collection: 'revisions', ids: deletions.splice(0) },
      { kind: 'delete', collection: 'objects', ids: goneObjects.splice(0) },
    ]);
  }

  function judge(record: RevisionRecord): void {
    if (isBehindCut) replaced.push(record._id);
    else if (record.timeMs < cutMs) {
      isBehindCut = true;
      if (record.deleted) deletions.push(record._id);
      if (record.deleted && isNewest) goneObjects.push(record.subject);
    }
    isNewest = false;
  }

  for await (const records of recordsNewestFirst(store, {})) {
    signal.throwIfAborted();
    for (const record of records) {
      if (record.subject !== subject) {
        if (deletions.length >= dropMaxDocuments) await dropDeletions();
        subject = record.subject;
        isNewest = true;
        isBehindCut = false;
      }
      judge(record);
      if (replaced.length >= dropMaxDocuments) await dropReplaced();
    }
    await slices.breathe();
  }
  await dropDeletions();
  return dropped;
}

type AgingCollection = Extract<CollectionName, 'decisions' | 'usageRaw' | 'usage5m' | 'usage1h'>;

async function sweepByAge(
  { store }: Archive,
  collection: AgingCollection,
  cutMs: number,
  signal: AbortSignal,
): Promise<number> {
  let dropped = 0;
  for (;;) {
    signal.throwIfAborted();
    const { documents } = await store.find(collection, { where: { timeMs: { lt: cutMs } }, limit: documentsMax });
    if (documents.length === 0) return dropped;
    await store.write([{ kind: 'delete', collection, ids: documents.map(({ _id }) => _id) }]);
    dropped += documents.length;
  }
}
