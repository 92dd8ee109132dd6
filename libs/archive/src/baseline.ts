/**
 * The state of the log as a new beginning, when what led to it can no longer be read. Records of the live entries are added where they're missing; what the archive holds as existing and
 * the log doesn't, was deleted meanwhile: a deletion is inferred, at the revision by which it had happened. The stretch is recorded as a gap.
 *
 * A record newer than the log's entry is proof that the log lost something. It stays, and the verifier writes it back; unless a backup was restored on purpose: then the log's older
 * state is recorded as the newest.
 */
import type { EventLog, Revision } from '@flotilla/log/event-log';

import { archiverCursor, type Archive } from './archive.ts';
import type { GapRecord, ObjectRecord, RevisionRecord } from './collections.ts';
import { describeValue, objectRecord, revisionRecord, sha256Of } from './entry-records.ts';
import { objectPages } from './record-pages.ts';
import { writeEntries, type RecordWriterDeps } from './record-writer.ts';

export interface BaselineDeps extends RecordWriterDeps {
  readonly log: EventLog;
  readonly now: () => number;
}

export interface BaselineResult {
  readonly fromRevision: Revision;
  readonly throughRevision: Revision;
  readonly inferredDeletions: number;
  readonly lostByLog: number;
  /** Nothing had been archived before. */
  readonly isFirst: boolean;
}

const noValue = new Uint8Array();
const noValueSha256 = sha256Of(noValue);

/**
 * Takes the state; the caller moves the head to `throughRevision`. May be repeated. Holds the live subjects in memory while it runs (the log's own memory holds more).
 * Throws ArchiveUnavailable.
 */
export async function takeBaseline(
  deps: BaselineDeps,
  { subjects, from }: { readonly subjects: readonly string[]; readonly from: Revision },
): Promise<BaselineResult> {
  const { archive, log, now, slices } = deps;
  const fromMs = await headTimeMs(archive);
  const live = new Map<string, Revision>();
  let through: Revision = 0;
  for await (const batch of log.latest(subjects)) {
    through = batch.through;
    for (const { subject, revision } of batch.entries) live.set(subject, revision);
    const placed = batch.entries.map((entry) => ({ entry, appendId: entry.revision, appendIndex: 0 }));
    await writeEntries(deps, placed, 'baseline');
  }
  const restoredAt = await restoredRevision(archive, from);
  let inferredDeletions = 0;
  let lostByLog = 0;
  for await (const page of objectPages(archive.store)) {
    const gone: ObjectRecord[] = [];
    const older: ObjectRecord[] = [];
    for (const object of page) {
      if (object.revision > through) continue;
      const revision = live.get(String(object._id));
      if (revision === undefined) {
        if (!object.deleted) gone.push(object);
      } else if (object.logRevision > revision) {
        if (restoredAt !== undefined && object.revision > restoredAt) older.push(object);
        else lostByLog += 1;
      }
    }
    if (gone.length > 0) await inferDeletions(archive, gone, through, now());
    inferredDeletions += gone.length;
    for (const object of older) await reestablish(deps, object, through);
    await slices.breathe();
  }
  const gap: GapRecord = {
    _id: `expired/${from}/${through}`,
    kind: 'expired',
    fromRevision: from,
    throughRevision: through,
    fromMs,
    throughMs: now(),
    inferredDeletions,
  };
  await archive.store.write([{ kind: 'put', collection: 'gaps', documents: [gap] }]);
  return { fromRevision: from, throughRevision: through, inferredDeletions, lostByLog, isFirst: from === 0 };
}

/**
 * Tells the archive that the log was rebuilt on purpose with the state of `stateRevision` and now begins at `head`: where its records are newer than that state, the state counts. To be called
 * before the log is used again.
 */
export async function markRestored(
  archive: Archive,
  { stateRevision, head, nowMs }: { readonly stateRevision: Revision; readonly head: Revision; readonly nowMs: number },
): Promise<void> {
  const gap: GapRecord = {
    _id: `restored/${stateRevision}/${head}`,
    kind: 'restored',
    fromRevision: stateRevision,
    throughRevision: head,
    fromMs: nowMs,
    throughMs: nowMs,
    inferredDeletions: 0,
  };
  await archive.store.write([{ kind: 'put', collection: 'gaps', documents: [gap] }]);
}

async function headTimeMs({ store }: Archive): Promise<number> {
  return (await store.find('cursors', { where: { _id: archiverCursor }, limit: 1 })).documents[0]?.timeMs ?? 0;
}

/** The revision whose state was restored since the archive's head; undefined when none was. */
async function restoredRevision(archive: Archive, from: Revision): Promise<Revision | undefined> {
  const { documents } = await archive.store.find('gaps', {
    where: { kind: 'restored', throughRevision: { gt: from } },
    sort: [['throughRevision', 'descending']],
    limit: 1,
  });
  return documents[0]?.fromRevision;
}

/** Records that subjects were gone by a revision at which the log had none of them. */
export async function inferDeletions(
  { store }: Archive,
  gone: readonly ObjectRecord[],
  revision: Revision,
  timeMs: number,
): Promise<void> {
  const records = gone.map((object): RevisionRecord => {
    const { _id, group, resource, namespace, name } = object;
    return {
      _id: `${revision}/${_id}`,
      revision,
      logRevision: 0,
      subject: String(_id),
      group,
      resource,
      namespace,
      name,
      deleted: true,
      timeMs,
      value: noValue,
      sha256: noValueSha256,
      headers: {},
      user: '',
      door: '',
      traceId: '',
      appendId: revision,
      appendIndex: 0,
      origin: 'inferred',
    };
  });
  const objects = gone.map((object): ObjectRecord => ({
    ...object,
    revision,
    logRevision: 0,
    sha256: noValueSha256,
    deleted: true,
    timeMs,
    user: '',
  }));
  await store.write([
    { kind: 'insert', collection: 'revisions', documents: records },
    { kind: 'put', collection: 'objects', documents: objects, newerBy: 'revision' },
  ]);
}

/** Records the log's live entry once more, as of `revision`. */
async function reestablish(
  { archive, codec, log, now }: BaselineDeps,
  { _id }: ObjectRecord,
  revision: Revision,
): Promise<void> {
  for await (const { entries } of log.latest([String(_id)])) {
    for (const entry of entries) {
      if (entry.revision > revision) continue;
      const record: RevisionRecord = {
        ...revisionRecord({ entry, appendId: revision, appendIndex: 0 }, 'baseline'),
        _id: `${revision}/${entry.subject}`,
        revision,
        timeMs: now(),
      };
      const object = objectRecord(record, describeValue(codec, entry.subject, entry.value));
      await archive.store.write([
        { kind: 'insert', collection: 'revisions', documents: [record] },
        { kind: 'put', collection: 'objects', documents: [object], newerBy: 'revision' },
      ]);
    }
  }
}
