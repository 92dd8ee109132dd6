/**
 * Keeps the archive up with the log: reads from where the archive ends, writes batches in order, then moves the head. The log and those who write to it never wait for the archive; when it is
 * away for longer than the log's history lasts, the state is taken as a baseline and the missing stretch is recorded as a gap.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { HistoryExpired, type EntryBatch, type EventLog, type Revision } from '@flotilla/log/event-log';

import type { ArchiveReport } from './archive-report.ts';
import { ArchiveUnavailable, type WriteStep } from './archive-store.ts';
import { archiverCursor, type Archive } from './archive.ts';
import { takeBaseline } from './baseline.ts';
import { placeEntries, plainValues, type ValueCodec } from './entry-records.ts';
import { writeEntries, type RecordWriterDeps } from './record-writer.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createSlices } from './slices.ts';

export interface ArchiverDeps {
  readonly log: EventLog;
  readonly archive: Archive;
  readonly codec?: ValueCodec;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly report?: (event: ArchiveReport) => void;
}

export interface ArchiverOptions {
  /** What is archived (default `state.>`). */
  readonly subjects?: readonly string[];
}

export interface ArchiverStatus {
  readonly phase: 'stopped' | 'catching-up' | 'current' | 'unavailable';
  /** Everything up to here is archived. */
  readonly head: Revision;
  /** Milliseconds since the oldest entry that is being written came into the log; 0 when there is none. */
  readonly lagMs: number;
}

export interface Archiver {
  /**
   * Works until the signal aborts. Rejects only with LogBehindArchive, with what the log throws when it's closed, or with an ArchiveUnavailable that waiting doesn't cure. One archiver
   * for one archive at a time: two don't harm each other, but do the work twice.
   */
  run(signal: AbortSignal): Promise<void>;
  status(): ArchiverStatus;
  /** Revisions in the log that aren't archived yet: the gauge. */
  lagRevisions(): Promise<number>;
}

/** The archive has revisions that the log never gave out: the log was lost or is another one. Restore it from the archive, or begin an archive of its own. */
export class LogBehindArchive extends Error {
  override readonly name = 'LogBehindArchive';
  readonly logHead: Revision;
  readonly archiveHead: Revision;
  constructor(logHead: Revision, archiveHead: Revision) {
    super(
      `the log ends at revision ${logHead}, the archive at ${archiveHead}: restore the log, or use another archive`,
    );
    this.logHead = logHead;
    this.archiveHead = archiveHead;
  }
}

/** Batches without anything to archive move the head only this often; re-reading them costs nothing. */
const emptyHeadMoveRevisions = 5_000;

export function createArchiver(deps: ArchiverDeps, { subjects = ['state.>'] }: ArchiverOptions = {}): Archiver {
  const { log, archive, codec = plainValues, now = Date.now, random = Math.random } = deps;
  const sleep = deps.sleep ?? ((ms, signal) => delay(ms, undefined, { signal }));
  const report = deps.report ?? (() => undefined);
  const writer: RecordWriterDeps = { archive, codec, slices: createSlices() };
  let phase: ArchiverStatus['phase'] = 'stopped';
  let head: Revision = 0;
  let storedHead: Revision = 0;
  let oldestMs: number | undefined;

  /** Repeats until the archive takes it. */
  async function persist<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const resumed = phase;
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        const result = await work();
        if (phase === 'unavailable') {
          report({ kind: 'archive-available-again', level: 'info' });
          phase = resumed === 'unavailable' ? 'catching-up' : resumed;
        }
        return result;
      } catch (error) {
        if (!(error instanceof ArchiveUnavailable) || !error.mayPass) throw error;
        if (phase !== 'unavailable') report({ kind: 'archive-unavailable', level: 'warn', error });
        phase = 'unavailable';
        await sleep(retryDelayMs(attempt, random), signal);
      }
    }
  }

  function headStep(revision: Revision): WriteStep {
    return {
      kind: 'put',
      collection: 'cursors',
      documents: [{ _id: archiverCursor, revision, timeMs: now() }],
      newerBy: 'revision',
    };
  }

  async function takeBatch(batch: EntryBatch, signal: AbortSignal): Promise<void> {
    const { entries, through } = batch;
    if (entries.length > 0) {
      oldestMs = entries[0]?.timeMs;
      const placed = placeEntries(batch);
      await persist(signal, () => writeEntries(writer, placed, 'log', [headStep(through)]));
      oldestMs = undefined;
      storedHead = through;
    } else if (through - storedHead >= emptyHeadMoveRevisions) {
      await persist(signal, () => archive.store.write([headStep(through)]));
      storedHead = through;
    }
    head = through;
    if (batch.isCaughtUp) phase = 'current';
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const from = head;
    const firstReadable = await log.firstReadable();
    if (from < firstReadable) throw new HistoryExpired(firstReadable);
    let isGapPossible = from === 0;
    for await (const batch of log.read({ subjects, from, signal })) {
      // A read from 0 begins at the oldest entry there is, and doesn't tell when that isn't the first one.
      if (isGapPossible && (await log.firstReadable()) > 0) throw new HistoryExpired(await log.firstReadable());
      isGapPossible = false;
      await takeBatch(batch, signal);
    }
  }

  async function rebase(signal: AbortSignal): Promise<void> {
    phase = 'catching-up';
    const result = await persist(signal, () => takeBaseline({ ...writer, log, now }, { subjects, from: head }));
    await persist(signal, () => archive.store.write([headStep(result.throughRevision)]));
    head = result.throughRevision;
    storedHead = head;
    const level = result.isFirst ? 'info' : 'error';
    const { fromRevision, throughRevision, inferredDeletions, lostByLog } = result;
    report({ kind: 'gap-recorded', level, fromRevision, throughRevision, inferredDeletions, lostByLog });
  }

  async function work(signal: AbortSignal): Promise<void> {
    phase = 'catching-up';
    head = await persist(signal, () => archive.head());
    storedHead = head;
    const logHead = await log.head();
    if (logHead < head) throw new LogBehindArchive(logHead, head);
    while (!signal.aborted) {
      try {
        await follow(signal);
      } catch (error) {
        if (!(error instanceof HistoryExpired)) throw error;
        await rebase(signal);
      }
    }
  }

  return {
    run: async (signal) => {
      try {
        await work(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        phase = 'stopped';
      }
    },
    status: () => ({ phase, head, lagMs: oldestMs === undefined ? 0 : Math.max(0, now() - oldestMs) }),
    lagRevisions: async () => Math.max(0, (await log.head()) - head),
  };
}
