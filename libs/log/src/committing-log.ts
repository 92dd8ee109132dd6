import type { DirectoryLock } from './directory-lock.ts';
import {
  LogUnavailable,
  type Append,
  type AppendResult,
  type EntryBatch,
  type EventLog,
  type ReadOptions,
  type Revision,
} from './event-log.ts';
import { subjectMaxBytes } from './frame-codec.ts';
import type { History } from './history.ts';
import type { CommittedState, Journal } from './journal.ts';
import { applyEntry, LogEntry, noHeaders } from './log-entry.ts';
import { createReader, type ReaderSource, type WaitingReader } from './log-reader.ts';
import type { LogReport, RecoveryReport } from './log-report.ts';
import { compileSubjects } from './subject-pattern.ts';

const latestBatchEntries = 1_000;
const appendMaxBytes = 64 * 1024 * 1024;

export interface CommittingLogDeps {
  readonly state: { readonly live: Map<string, LogEntry>; readonly history: History; readonly head: Revision };
  readonly recovery: RecoveryReport;
  readonly now: () => number;
  readonly report: (event: LogReport) => void;
  readonly pendingMaxBytes: number;
  readonly lock?: DirectoryLock;
  readonly openJournal: (captureState: () => CommittedState) => Journal;
}

/** An append that waits for its group; `result` is what it gets once everything it was decided on is durable. */
interface Waiter {
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (reason: LogUnavailable) => void;
  readonly result: AppendResult;
}

interface Group {
  readonly entries: LogEntry[];
  readonly waiters: Waiter[];
}

/**
 * Group commit. An append is decided at once, against the live entries and those still on their way (`pending`), and gets its revisions; then it waits in the
 * current group. One group at a time is written; all that arrives meanwhile makes the next one. When a group fails, everything that waits is rejected, for it
 * was decided on entries that don't exist, and numbering goes back.
 */
export class CommittingLog implements EventLog {
  readonly recovery: RecoveryReport;
  readonly #live: Map<string, LogEntry>;
  readonly #history: History;
  readonly #pending = new Map<string, LogEntry>();
  readonly #journal: Journal;
  readonly #lock: DirectoryLock | undefined;
  readonly #now: () => number;
  readonly #report: (event: LogReport) => void;
  readonly #pendingMaxBytes: number;
  readonly #source: ReaderSource;
  /** Entries that no longer need their memo once the readers have had the commit that replaced them. */
  #outdated: LogEntry[] = [];
  #group: Group = { entries: [], waiters: [] };
  #head: Revision;
  #nextRevision: Revision;
  #running: Promise<void> | undefined;
  #isClosed = false;
  /** The last group that had something to write failed; reported once until writes succeed again. */
  #isFailing = false;

  constructor(deps: CommittingLogDeps) {
    this.recovery = deps.recovery;
    this.#live = deps.state.live;
    this.#history = deps.state.history;
    this.#head = deps.state.head;
    this.#nextRevision = deps.state.head + 1;
    this.#lock = deps.lock;
    this.#now = deps.now;
    this.#report = deps.report;
    this.#pendingMaxBytes = deps.pendingMaxBytes;
    this.#journal = deps.openJournal(() => ({ revision: this.#head, entries: [...this.#live.values()] }));
    this.#source = {
      history: this.#history,
      head: () => this.#head,
      isClosed: () => this.#isClosed,
      waiting: new Set<WaitingReader>(),
    };
  }

  append(entries: readonly Append[]): Promise<AppendResult> {
    if (this.#isClosed) return Promise.reject(new LogUnavailable('Closed', 'the log has been closed'));
    if (entries.length === 0) return Promise.resolve({ kind: 'appended', revisions: [] });
    if (this.#journal.stagedBytes >= this.#pendingMaxBytes) {
      return Promise.reject(new LogUnavailable('Io', 'too many appends are waiting for the disk'));
    }
    const fault = faultOf(entries);
    if (fault !== undefined) return Promise.reject(new RangeError(fault));
    const result = this.#conflict(entries) ?? { kind: 'appended', revisions: this.#enqueue(entries) };
    return new Promise((resolve, reject) => {
      this.#group.waiters.push({ resolve, reject, result });
      this.#running ??= this.#commitGroups();
    });
  }

  #conflict(entries: readonly Append[]): AppendResult | undefined {
    for (const { subject, expect } of entries) {
      if (expect === undefined) continue;
      const newest = this.#pending.get(subject) ?? this.#live.get(subject);
      const actual = newest === undefined || newest.deleted ? 0 : newest.revision;
      if (actual !== expect) return { kind: 'conflict', subject, actual };
    }
    return undefined;
  }

  #enqueue(entries: readonly Append[]): readonly Revision[] {
    const timeMs = this.#now();
    const last = entries.length - 1;
    const revisions: Revision[] = [];
    const frame = entries.map(({ subject, value, deleted = false, headers = noHeaders, memo }, index) => {
      const revision = this.#nextRevision++;
      const entry = new LogEntry(revision, subject, value, deleted, timeMs, headers, memo, index === last);
      this.#pending.set(subject, entry);
      this.#group.entries.push(entry);
      revisions.push(revision);
      return entry;
    });
    this.#journal.stage(frame);
    return revisions;
  }

  async #commitGroups(): Promise<void> {
    while (this.#group.waiters.length > 0) {
      await (this.#journal.gainsFromGroups ? endOfTurn() : undefined);
      const group = this.#group;
      this.#group = { entries: [], waiters: [] };
      try {
        if (group.entries.length > 0) await this.#journal.commit();
      } catch (error) {
        this.#rejectAll(group, error);
        continue;
      }
      this.#publish(group);
    }
    this.#running = undefined;
  }

  #publish({ entries, waiters }: Group): void {
    if (this.#isFailing && entries.length > 0) {
      this.#isFailing = false;
      this.#report({ kind: 'writable-again', level: 'info' });
    }
    for (const entry of this.#outdated) entry.memo = undefined;
    this.#outdated = [];
    for (const entry of entries) this.#apply(entry);
    for (const reader of this.#source.waiting) reader.wake();
    this.#history.evict();
    for (const waiter of waiters) waiter.resolve(waiter.result);
  }

  #apply(entry: LogEntry): void {
    const { subject } = entry;
    applyEntry(this.#live, entry);
    if (entry.previous) this.#outdated.push(entry.previous);
    if (entry.deleted) this.#outdated.push(entry);
    if (this.#pending.get(subject) === entry) this.#pending.delete(subject);
    this.#history.push(entry);
    this.#head = entry.revision;
  }

  #rejectAll(failed: Group, error: unknown): void {
    const reason = error instanceof LogUnavailable ? error : new LogUnavailable('Io', String(error), { cause: error });
    const waiters = [...failed.waiters, ...this.#group.waiters];
    this.#group = { entries: [], waiters: [] };
    this.#journal.discard();
    this.#pending.clear();
    this.#nextRevision = this.#head + 1;
    if (!this.#isFailing) this.#report({ kind: 'write-failed', level: 'error', error: reason });
    this.#isFailing = true;
    for (const waiter of waiters) waiter.reject(reason);
  }

  read(options: ReadOptions): AsyncIterable<EntryBatch> {
    return createReader(this.#source, options);
  }

  async *latest(subjects: readonly string[]): AsyncGenerator<EntryBatch, void> {
    const through = this.#head;
    const entries = this.#liveEntries(subjects);
    entries.sort((a, b) => a.revision - b.revision);
    let start = 0;
    do {
      const end = start + latestBatchEntries;
      yield { entries: entries.slice(start, end), through, isCaughtUp: end >= entries.length };
      start = end;
    } while (start < entries.length);
  }

  /** Subjects without wildcards are looked up: asking for a few of many costs by what is asked for. */
  #liveEntries(subjects: readonly string[]): LogEntry[] {
    const matches = compileSubjects(subjects);
    if (subjects.some((subject) => subject.includes('*') || subject.includes('>'))) {
      return [...this.#live.values()].filter((entry) => matches(entry.subject));
    }
    return [...new Set(subjects)].map((subject) => this.#live.get(subject)).filter((entry) => entry !== undefined);
  }

  head(): Promise<Revision> {
    return Promise.resolve(this.#head);
  }

  firstReadable(): Promise<Revision> {
    return Promise.resolve(this.#history.firstReadable);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#running;
    for (const reader of this.#source.waiting) reader.wake();
    await this.#journal.close();
    await this.#lock?.release();
  }
}

/** What is wrong with an append that no log may take; such a call is a programming error. */
function faultOf(entries: readonly Append[]): string | undefined {
  const seen = entries.length > 1 ? new Set<string>() : undefined;
  let bytes = 0;
  for (const { subject, value } of entries) {
    if (subject === '' || subject.length * 3 > subjectMaxBytes) return 'a subject has 1 to 21,845 characters';
    if (seen?.has(subject) === true) return `an append writes ${subject} twice`;
    seen?.add(subject);
    bytes += value.byteLength;
  }
  return bytes > appendMaxBytes ? `an append holds at most ${appendMaxBytes} bytes` : undefined;
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
