import {
  HistoryExpired,
  LogUnavailable,
  type Append,
  type AppendResult,
  type Entry,
  type EntryBatch,
  type EventLog,
  type ReadOptions,
  type Revision,
} from '../event-log.ts';
import { Appender } from './appender.ts';
import { Compactor, type CompactionStep } from './compactor.ts';
import { FloorLease, readFloor } from './history-floor.ts';
import { entryWithoutPrefix, matchPrefixed, readMessages } from './jetstream-reader.ts';
import { LastMessages } from './last-messages.ts';
import { Memos } from './memos.ts';
import type { NatsLink } from './nats-link.ts';
import { batchMaxMessages } from './publication.ts';
import { errorFromNats } from './server-answer.ts';
import { NatsUnsupported } from './server-check.ts';
import { readSnapshot } from './snapshot-read.ts';
import type { StoredMessage } from './stored-message.ts';
import { floorPlace, streamSubjects, type StreamSpec } from './streams.ts';
import { reduceFilters } from './subject-filters.ts';

const latestBatchEntries = 1_000;
/** A protocol line of NATS has 4,096 bytes, shared by the subject and the address of the reply. */
const subjectMaxBytes = 2_048;
const headerRoomBytes = 16 * 1024;

export interface JetStreamLogOptions {
  /** A connection, which stays open when the log is closed. */
  readonly link: NatsLink;
  /** The stream, which `ensureStreams` has made. */
  readonly stream: StreamSpec;
  /** Entries of history kept at least (default 100,000). Only for streams with the retention `state`. */
  readonly historyMaxEntries?: number;
  /** How often to see whether there's history to drop (default 10,000); 0: never by itself. */
  readonly compactionIntervalMs?: number;
  /** How long dropping waits after it was announced (default 10,000). All processes on one stream need the same. */
  readonly compactionGraceMs?: number;
  /** Bytes of appends that may be under way; more are refused (default 64 MiB). */
  readonly pendingMaxBytes?: number;
  /** After so long without an answer an append is tried again (default 2,000). */
  readonly ackTimeoutMs?: number;
  /** How long an append waits for a connection (default 2,000). */
  readonly unreachableAfterMs?: number;
  /** How long it's tried to find out what became of an append (default 20,000). */
  readonly undeterminedAfterMs?: number;
  /** How soon a reader of other subjects hears how far the log is (default 500). */
  readonly heartbeatMs?: number;
  readonly now?: () => number;
  readonly report?: (event: JetStreamLogReport) => void;
}

/** Things an operator wants to know. */
export type JetStreamLogReport =
  | { readonly kind: 'compacted'; readonly level: 'debug'; readonly step: CompactionStep }
  | { readonly kind: 'compaction-failed'; readonly level: 'warn'; readonly error: LogUnavailable };

export interface JetStreamLog extends EventLog {
  /** Drops what may be dropped now, without waiting for the interval. Throws LogUnavailable. */
  compact(): Promise<void>;
}

/** Opens the log in a stream. Throws NatsUnsupported when there is no such stream, LogUnavailable when NATS doesn't answer. */
export async function createJetStreamLog(options: JetStreamLogOptions): Promise<JetStreamLog> {
  const { link, stream } = options;
  const log = new StreamLog(options);
  try {
    await log.head();
  } catch (error) {
    if (error instanceof LogUnavailable && /stream not found/.test(error.message)) {
      throw new NatsUnsupported(`NATS has no stream ${stream.name}: make it with ensureStreams`, { cause: error });
    }
    throw error;
  }
  log.startCompacting(link);
  return log;
}

class StreamLog implements JetStreamLog {
  readonly #link: NatsLink;
  readonly #stream: StreamSpec;
  readonly #appender: Appender;
  readonly #last: LastMessages;
  readonly #memos = new Memos();
  readonly #lease: FloorLease;
  readonly #compactor: Compactor | undefined;
  readonly #options: JetStreamLogOptions;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #pendingBytes = 0;
  #compaction: NodeJS.Timeout | undefined;

  constructor(options: JetStreamLogOptions) {
    const { link, stream, compactionGraceMs: graceMs = 10_000, historyMaxEntries = 100_000 } = options;
    this.#options = options;
    this.#link = link;
    this.#stream = stream;
    this.#last = new LastMessages(link, stream.name);
    this.#appender = new Appender(
      { link, last: this.#last, memos: this.#memos, now: options.now ?? Date.now },
      {
        ackTimeoutMs: options.ackTimeoutMs ?? 2_000,
        unreachableAfterMs: options.unreachableAfterMs ?? 2_000,
        undeterminedAfterMs: options.undeterminedAfterMs ?? 20_000,
      },
    );
    const isState = stream.retention === 'state';
    const place = floorPlace(stream);
    const head = (): Promise<Revision> => this.head();
    // The server drops from a window whenever it likes: there's no time in which nothing is dropped.
    this.#lease = new FloorLease(() => this.#readFloor(), isState ? graceMs : 0);
    if (isState) {
      this.#compactor = new Compactor(link, { stream: stream.name, place, historyMaxEntries, graceMs, head });
    }
  }

  startCompacting(link: NatsLink): void {
    const intervalMs = this.#options.compactionIntervalMs ?? 10_000;
    if (this.#compactor === undefined || intervalMs === 0) return;
    this.#compaction = setTimeout(() => {
      void this.#compactNow(link).then(() => {
        if (!this.#closed.signal.aborted) this.#compaction?.refresh();
      });
    }, intervalMs);
    this.#compaction.unref();
  }

  async #compactNow(link: NatsLink): Promise<void> {
    if (!link.isConnected()) return;
    try {
      await this.compact();
    } catch (error) {
      this.#options.report?.({ kind: 'compaction-failed', level: 'warn', error: errorFromNats(error) });
    }
  }

  async compact(): Promise<void> {
    for (;;) {
      const step = (await this.#compactor?.step(this.#closed.signal)) ?? { kind: 'none' };
      if (step.kind === 'none') return;
      this.#options.report?.({ kind: 'compacted', level: 'debug', step });
    }
  }

  async append(entries: readonly Append[]): Promise<AppendResult> {
    if (this.#closed.signal.aborted) throw closedError();
    if (entries.length === 0) return { kind: 'appended', revisions: [] };
    const { prefix } = this.#stream;
    const payloadMaxBytes = (this.#link.connection.info?.max_payload ?? 1024 * 1024) - headerRoomBytes;
    const fault = faultOf(entries, payloadMaxBytes);
    if (fault !== undefined) throw new RangeError(fault);
    const bytes = entries.reduce((sum, { value }) => sum + value.byteLength, 0);
    if (this.#pendingBytes + bytes > (this.#options.pendingMaxBytes ?? 64 * 1024 * 1024) && this.#pendingBytes > 0) {
      throw new LogUnavailable('Io', 'too many appends are waiting for NATS');
    }
    this.#pendingBytes += bytes;
    const appending = this.#appender.append(
      entries,
      entries.map(({ subject }) => `${prefix}.${subject}`),
    );
    this.#underWay.add(appending);
    try {
      return await appending;
    } finally {
      this.#underWay.delete(appending);
      this.#pendingBytes -= bytes;
    }
  }

  async *read(options: ReadOptions): AsyncGenerator<EntryBatch, void> {
    this.#checkOpen();
    const { subjects, signal } = options;
    const filters = this.#filters(subjects);
    const floor = await this.#lease.ask();
    if (options.from !== 0 && options.from < floor) throw new HistoryExpired(floor);
    const head = await this.head();
    yield* readMessages(
      {
        link: this.#link,
        lease: this.#lease,
        toEntry: (message) => this.#toEntry(message),
        closed: this.#closed.signal,
      },
      {
        subjects,
        signal,
        from: options.from === 0 ? floor : options.from,
        stream: this.#stream.name,
        prefix: this.#stream.prefix,
        filters,
        head,
        heartbeatMs: this.#options.heartbeatMs ?? 500,
      },
    );
    if (!signal.aborted) this.#checkOpen();
  }

  async *latest(subjects: readonly string[]): AsyncGenerator<EntryBatch, void> {
    this.#checkOpen();
    const { through, messages } = await readSnapshot(this.#link, {
      stream: this.#stream.name,
      filters: this.#filters(subjects),
      matches: matchPrefixed(subjects, this.#stream.prefix),
      head: () => this.head(),
    });
    const live: Entry[] = [];
    for (const message of messages) {
      const entry = this.#toEntry(message);
      if (!message.deleted) live.push(entry);
    }
    let start = 0;
    do {
      const end = start + latestBatchEntries;
      yield { entries: live.slice(start, end), through, isCaughtUp: end >= live.length };
      start = end;
    } while (start < live.length);
  }

  async head(): Promise<Revision> {
    this.#checkOpen();
    try {
      const { state } = await this.#link.manager.streams.info(this.#stream.name);
      this.#appender.noteRevision(state.last_seq);
      return state.last_seq;
    } catch (error) {
      throw errorFromNats(error);
    }
  }

  async firstReadable(): Promise<Revision> {
    this.#checkOpen();
    return this.#readFloor();
  }

  async #readFloor(): Promise<Revision> {
    if (this.#stream.retention === 'state') {
      return (await readFloor(this.#link.manager, floorPlace(this.#stream))).floor;
    }
    try {
      const { state } = await this.#link.manager.streams.info(this.#stream.name);
      return Math.max(state.first_seq - 1, 0);
    } catch (error) {
      throw errorFromNats(error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    clearTimeout(this.#compaction);
    await Promise.allSettled(this.#underWay);
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw closedError();
  }

  #filters(subjects: readonly string[]): readonly string[] | undefined {
    const { prefix } = this.#stream;
    const own = streamSubjects(this.#stream);
    const filters = reduceFilters(
      subjects.map((subject) => `${prefix}.${subject}`),
      own,
    );
    // No filter would mean everything. A subject that is never written is the way to say nothing.
    return filters?.length === 0 ? [`${(own[0] ?? prefix).replace(/[*>]/g, '%none')}`] : filters;
  }

  #toEntry(message: StoredMessage): Entry {
    this.#last.note(message.subject, message.revision, message.deleted);
    this.#appender.noteRevision(message.revision);
    const memo = this.#memos.of(message.appendId, message.revision - message.appendStart);
    return entryWithoutPrefix(message, this.#stream.prefix, memo);
  }
}

function closedError(): LogUnavailable {
  return new LogUnavailable('Closed', 'the log has been closed');
}

/** What is wrong with an append that the log may not take; such a call is a programming error. */
function faultOf(entries: readonly Append[], payloadMaxBytes: number): string | undefined {
  if (entries.length > batchMaxMessages) return `an append has at most ${batchMaxMessages} entries`;
  const seen = entries.length > 1 ? new Set<string>() : undefined;
  for (const { subject, value } of entries) {
    if (subject.length > subjectMaxBytes || !/^[^\s.*>]+(?:\.[^\s.*>]+)*$/.test(subject)) {
      return `"${subject.slice(0, 100)}" is not a subject: tokens without spaces, * and >, separated by dots, ${subjectMaxBytes} bytes at most`;
    }
    if (seen?.has(subject) === true) return `an append writes ${subject} twice`;
    seen?.add(subject);
    if (value.byteLength > payloadMaxBytes) {
      return `a value has at most ${payloadMaxBytes} bytes, which is what the NATS server takes (max_payload)`;
    }
  }
  return undefined;
}
