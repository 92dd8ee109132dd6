/**
 * Compares log and archive, subject by subject, slowly and for ever, and mends what differs. Two engines would have to lose the same record for it to be gone.
 *
 * A pass goes over the log's live state and looks each subject up in the archive, then over the archive's existing objects and looks each up in the log. A glance that differs is only a
 * suspicion, because both sides move: it's examined again once the archive has everything that the log had.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { HistoryExpired, LogUnavailable, type Append, type Entry, type EventLog } from '@flotilla/log/event-log';

import type { ArchiveReport, RepairOutcome } from './archive-report.ts';
import { ArchiveUnavailable } from './archive-store.ts';
import type { Archive } from './archive.ts';
import { inferDeletions } from './baseline.ts';
import type { ObjectRecord, RevisionRecord } from './collections.ts';
import { describeValue, objectRecord, plainValues, revisionRecord, type ValueCodec } from './entry-records.ts';
import { judgeSubject, type SubjectEvidence, type Verdict } from './judge-subject.ts';
import { objectPages, recordsWithValues } from './record-pages.ts';
import { createSlices } from './slices.ts';

export interface VerifierDeps {
  readonly log: EventLog;
  readonly archive: Archive;
  readonly codec?: ValueCodec;
  readonly now?: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly report?: (event: ArchiveReport) => void;
}

export interface VerifierOptions {
  /** What is compared; the same as what is archived (default `state.>`). */
  readonly subjects?: readonly string[];
  /** Subjects looked at in a second, on average (default 1,000). */
  readonly subjectsPerSecond?: number;
  /** False: differences are reported, not mended. */
  readonly isRepairing?: boolean;
  /** Rest between two passes of `run` (default 10 min). */
  readonly pauseMs?: number;
}

export interface PassSummary {
  readonly subjects: number;
  readonly differences: number;
  /** Suspicions that couldn't be examined because the archive didn't catch up in time; the next pass looks again. */
  readonly unsettled: number;
}

export interface Verifier {
  /** One pass over everything. Throws ArchiveUnavailable, LogUnavailable, or the signal's reason. */
  pass(signal: AbortSignal): Promise<PassSummary>;
  /** Passes until the signal aborts; one that is interrupted by an outage begins anew after the pause. */
  run(signal: AbortSignal): Promise<void>;
}

/** Headers of an entry that was written back. */
export const repairHeaders = { of: 'flotilla-repair-of' } as const;

const sliceSubjects = 100;
const settleAttempts = 100;
const settlePollMs = 100;

export function createVerifier(deps: VerifierDeps, options: VerifierOptions = {}): Verifier {
  const { log, archive, codec = plainValues, now = Date.now } = deps;
  const { store } = archive;
  const sleep = deps.sleep ?? ((ms, signal) => delay(ms, undefined, { signal }));
  const report = deps.report ?? (() => undefined);
  const { subjects = ['state.>'], subjectsPerSecond = 1_000, isRepairing = true, pauseMs = 600_000 } = options;
  const slices = createSlices();

  async function pass(signal: AbortSignal): Promise<PassSummary> {
    let looked = 0;
    let differences = 0;
    let unsettled = 0;
    const examineAll = async (suspects: readonly string[]): Promise<void> => {
      if (suspects.length === 0) return;
      const found = await examine(suspects, signal);
      if (found === 'unsettled') unsettled += suspects.length;
      else differences += found;
    };
    const rest = async (count: number): Promise<void> => {
      looked += count;
      await sleep((count * 1_000) / subjectsPerSecond, signal);
      signal.throwIfAborted();
    };
    for await (const { entries } of log.latest(subjects)) {
      for (let start = 0; start < entries.length; start += sliceSubjects) {
        const slice = entries.slice(start, start + sliceSubjects).map(({ subject }) => subject);
        await examineAll(await suspectsAmong(slice));
        await rest(slice.length);
      }
    }
    for await (const page of objectPages(store, { deleted: false }, sliceSubjects)) {
      const ids = page.map(({ _id }) => String(_id));
      const live = await liveEntries(ids);
      await examineAll(ids.filter((id) => !live.has(id)));
      await rest(page.length);
    }
    report({ kind: 'verified', level: 'info', subjects: looked, differences });
    return { subjects: looked, differences, unsettled };
  }

  /** A glance: those whose entry isn't plainly the same in the archive. Entries are read again, because the pass is slow. */
  async function suspectsAmong(ids: readonly string[]): Promise<readonly string[]> {
    const live = await liveEntries(ids);
    const { documents } = await store.find('objects', { where: { _id: { in: ids } }, limit: sliceSubjects });
    const objects = new Map(documents.map((object) => [object._id, object]));
    const sound = new Set<string>();
    for await (const records of recordsWithValues(store, documents.map(recordIdOf))) {
      for (const record of records) {
        const evidence = { live: live.get(record.subject), newest: objects.get(record.subject), record };
        if (judgeSubject(evidence).kind === 'sound') sound.add(record.subject);
        await slices.breathe();
      }
    }
    return ids.filter((id) => !sound.has(id));
  }

  /** The number of differences found. */
  async function examine(suspects: readonly string[], signal: AbortSignal): Promise<number | 'unsettled'> {
    const live = await liveEntries(suspects);
    const logHead = await log.head();
    // From here on the archive's newest record is the newest there was up to `logHead`: a deletion not yet archived can't be mistaken for a loss.
    if (!(await isArchived(logHead, signal))) return 'unsettled';
    let differences = 0;
    for (const subject of suspects) {
      const evidence = { live: live.get(subject), ...(await newestOf(subject)) };
      const verdict = judgeSubject(evidence);
      const hasMovedOn = (evidence.newest?.revision ?? 0) > logHead;
      if (verdict.kind === 'sound' || hasMovedOn) continue;
      const repair = isRepairing ? await mend(subject, evidence, verdict, logHead, signal) : 'withheld';
      if (repair === 'superseded') continue;
      const revision = 'record' in verdict ? verdict.record.revision : (evidence.live?.revision ?? 0);
      report({ kind: 'difference', level: 'error', difference: verdict.kind, subject, revision, repair });
      differences += 1;
    }
    return differences;
  }

  async function liveEntries(ids: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    const live = new Map<string, Entry>();
    for await (const { entries } of log.latest(ids)) for (const entry of entries) live.set(entry.subject, entry);
    return live;
  }

  async function isArchived(revision: number, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; attempt < settleAttempts; attempt++) {
      if ((await archive.head()) >= revision) return true;
      await sleep(settlePollMs, signal);
    }
    return false;
  }

  async function newestOf(
    subject: string,
  ): Promise<{ readonly newest: ObjectRecord | undefined; readonly record: RevisionRecord | undefined }> {
    const newest = (await store.find('objects', { where: { _id: subject }, limit: 1 })).documents[0];
    if (newest === undefined) return { newest, record: undefined };
    const found = await store.find('revisions', { where: { _id: recordIdOf(newest) }, limit: 1 });
    return { newest, record: found.documents[0] };
  }

  async function mend(
    subject: string,
    { live, newest }: SubjectEvidence,
    verdict: Exclude<Verdict, { kind: 'sound' }>,
    logHead: number,
    signal: AbortSignal,
  ): Promise<RepairOutcome> {
    switch (verdict.kind) {
      case 'missing-in-archive':
      case 'garbled-in-archive':
        // What was replaced meanwhile needn't be in the archive: the log's history may have run out on it, which is a gap and no fault.
        if (!(await isStillLive(verdict.live))) return 'superseded';
        await writeToArchive(verdict.live, newest);
        return 'archive-written';
      case 'missing-in-log':
      case 'garbled-in-log':
        if (await wasWrittenSince(subject, logHead, signal)) return 'superseded';
        return writeToLog(verdict.record, live?.revision ?? 0);
      case 'garbled-in-both':
        return 'impossible';
    }
  }

  /** Takes the place of the record that it's about; a deletion that had been inferred wrongly goes. */
  async function writeToArchive(live: Entry, newest: ObjectRecord | undefined): Promise<void> {
    const entryRecord = revisionRecord({ entry: live, appendId: live.revision, appendIndex: 0 }, 'repair');
    const isInPlace = newest !== undefined && newest.logRevision === live.revision;
    const record = isInPlace ? { ...entryRecord, _id: recordIdOf(newest), revision: newest.revision } : entryRecord;
    const object = objectRecord(record, describeValue(codec, live.subject, live.value));
    const isInferred = newest !== undefined && newest.logRevision === 0;
    await store.write([
      ...(isInferred ? [{ kind: 'delete', collection: 'revisions', ids: [recordIdOf(newest)] } as const] : []),
      { kind: 'put', collection: 'revisions', documents: [record] },
      {
        kind: 'put',
        collection: 'objects',
        documents: [object],
        ...(!isInPlace && !isInferred && { newerBy: 'revision' }),
      },
    ]);
    // Deleted while this was being written, perhaps within a gap: the archive must not go on to hold it as existing.
    const isGone = !(await liveEntries([live.subject])).has(live.subject);
    if (isGone) await inferDeletions(archive, [object], await log.head(), now());
  }

  async function isStillLive({ subject, revision }: Entry): Promise<boolean> {
    return (await liveEntries([subject])).get(subject)?.revision === revision;
  }

  /** A subject may have been made and deleted since it was looked at, which compare-and-set alone doesn't see. */
  async function wasWrittenSince(subject: string, revision: number, signal: AbortSignal): Promise<boolean> {
    try {
      for await (const batch of log.read({ subjects: [subject], from: revision, signal })) {
        if (batch.entries.length > 0) return true;
        if (batch.isCaughtUp) return false;
      }
      return true;
    } catch (error) {
      if (error instanceof HistoryExpired) return true;
      throw error;
    }
  }

  async function writeToLog(record: RevisionRecord, expect: number): Promise<RepairOutcome> {
    const { subject, value, deleted, headers, revision } = record;
    const append: Append = {
      subject,
      value,
      deleted,
      expect,
      headers: { ...headers, [repairHeaders.of]: String(revision) },
    };
    try {
      const result = await log.append([append]);
      return result.kind === 'appended' ? 'log-written' : 'superseded';
    } catch (error) {
      if (error instanceof LogUnavailable) return 'undetermined';
      throw error;
    }
  }

  return {
    pass,
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await pass(signal);
          await sleep(pauseMs, signal);
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof ArchiveUnavailable) || !error.mayPass) throw error;
          report({ kind: 'archive-unavailable', level: 'warn', error });
          await sleep(pauseMs, signal).catch(() => undefined);
        }
      }
    },
  };
}

/** The record that an object's newest state is in: records that aren't entries of the log are named for their subject too. */
function recordIdOf({ _id, revision, logRevision }: ObjectRecord): RevisionRecord['_id'] {
  return revision === logRevision ? revision : `${revision}/${_id}`;
}
