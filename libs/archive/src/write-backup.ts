/** Writing backups, from the log or from the archive alone. */
import type { Entry, EventLog, Revision } from '@flotilla/log/event-log';

import type { Archive } from './archive.ts';
import { BackupEncoder } from './backup-file.ts';
import type { RevisionRecord } from './collections.ts';
import { recordsNewestFirst, recordsWithValues } from './record-pages.ts';

/** Live entries in any order, each subject once; the last batch tells the revision whose state they are. */
export interface BackupSource {
  readonly name: 'log' | 'archive';
  entries(): AsyncIterable<{ readonly entries: readonly Entry[]; readonly head: Revision }>;
}

const frameMaxBytes = 512 * 1024;
const frameMaxEntries = 500;
const valuesAtOnce = 200;

/** The backup as a stream of frames, made while it's read: memory is bounded by a frame. `nowMs` goes into the manifest. Throws what the source throws; a stream that ended so is no backup. */
export async function* writeBackup(source: BackupSource, nowMs: number): AsyncGenerator<Uint8Array, void> {
  const encoder = new BackupEncoder();
  yield encoder.manifest({ format: 'flotilla-backup', version: 1, createdMs: nowMs, source: source.name });
  let head: Revision = 0;
  for await (const batch of source.entries()) {
    ({ head } = batch);
    for (const slice of slicesOf(batch.entries)) yield await encoder.entries(slice);
  }
  yield encoder.trailer(head);
}

function* slicesOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, { value }] of entries.entries()) {
    bytes += value.byteLength;
    if (bytes < frameMaxBytes && index + 1 - start < frameMaxEntries) continue;
    yield entries.slice(start, index + 1);
    start = index + 1;
    bytes = 0;
  }
  if (start < entries.length) yield entries.slice(start);
}

/** The log's live state. Entries keep what they say, sealed values stay sealed. */
export function logBackupSource(log: EventLog, subjects: readonly string[] = ['state.>']): BackupSource {
  return {
    name: 'log',
    entries: async function* () {
      for await (const { entries, through } of log.latest(subjects)) yield { entries, head: through };
    },
  };
}

/** The state at the archive's head, or at an earlier revision within what is kept. Needs no log. */
export function archiveBackupSource(archive: Archive, revision?: Revision): BackupSource {
  return {
    name: 'archive',
    entries: async function* () {
      const archived = await archive.head();
      const head = Math.min(revision ?? archived, archived);
      let ids: RevisionRecord['_id'][] = [];
      let subject = '';
      for await (const records of recordsNewestFirst(archive.store, { where: { revision: { lte: head } } })) {
        for (const record of records) {
          if (record.subject === subject) continue;
          ({ subject } = record);
          if (!record.deleted) ids.push(record._id);
          if (ids.length < valuesAtOnce) continue;
          yield* entriesOf(archive, ids, head);
          ids = [];
        }
      }
      yield* entriesOf(archive, ids, head);
    },
  };
}

async function* entriesOf(
  { store }: Archive,
  ids: readonly RevisionRecord['_id'][],
  head: Revision,
): AsyncGenerator<{ readonly entries: readonly Entry[]; readonly head: Revision }, void> {
  for await (const records of recordsWithValues(store, ids)) yield { entries: records.map(entryOf), head };
  if (ids.length === 0) yield { entries: [], head };
}

function entryOf({ revision, subject, value, timeMs, headers, deleted }: RevisionRecord): Entry {
  return { revision, subject, value, timeMs, headers, deleted };
}
