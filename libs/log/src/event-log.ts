/**
 * The log port: one totally ordered log of entries, one subject per object. The log is the state (ADR 0001).
 *
 * Order: revisions grow strictly over the whole log; every reader sees the same entries in the same order. Durability: an append that was
 * answered survives kill -9 and power loss. Atomicity: the entries of one append are all stored or none, and a reader gets them in one batch.
 */

/** Position in the log; a positive safe integer. 0 stands for "before everything". */
export type Revision = number;

export interface Append {
  readonly subject: string;
  /** The new value. A deletion carries the last state, so that watchers can be told what went away. */
  readonly value: Uint8Array;
  /** True: the subject is gone from `latest` after this entry (a tombstone). */
  readonly deleted?: boolean;
  /**
   * Compare-and-set: revision of the subject's live entry, 0 = the subject has no live entry (never written, or deleted last). Absent = unconditional.
   */
  readonly expect?: Revision;
  /** Small string pairs: trace context, writer, … */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * In-process companion of `value` (for instance the object it was serialised from). An adapter in the same process hands it to readers so that
   * they need not parse again; it's never persisted and a reader may not rely on it.
   */
  readonly memo?: unknown;
}

export interface Entry {
  readonly revision: Revision;
  readonly subject: string;
  readonly value: Uint8Array;
  readonly deleted: boolean;
  /** Milliseconds since the epoch, by the writer's clock. */
  readonly timeMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly memo?: unknown;
  /** True on the last entry of an append. An adapter that can't tell leaves it undefined. */
  readonly endsAppend?: boolean | undefined;
  /** The live entry that this one replaced; null = there was none. An adapter that can't tell leaves it undefined. */
  readonly previous?: Entry | null | undefined;
}

/** Entries in order, as they became visible together. Never splits one append over two batches. */
export interface EntryBatch {
  readonly entries: readonly Entry[];
  /** Everything up to and including this revision (of the subjects asked for) has been delivered with this batch. */
  readonly through: Revision;
  /** True once the reader has everything that was in the log when it began; may come on an empty batch. */
  readonly isCaughtUp: boolean;
}

export type AppendResult =
  | { readonly kind: 'appended'; readonly revisions: readonly Revision[] }
  /** Lost race: nothing of the append was stored. `actual` is the live revision of that subject (0 = none). */
  | { readonly kind: 'conflict'; readonly subject: string; readonly actual: Revision };

export interface EventLog {
  /**
   * Appends all or none; resolves after the entries are durable. At most one entry per subject in one append.
   * Throws LogUnavailable: nothing was stored and nothing will appear later, unless its reason is `Undetermined`.
   */
  append(entries: readonly Append[]): Promise<AppendResult>;
  /**
   * Replay after `from` (exclusive; 0 = from the oldest retained entry), then live, until `signal` aborts. Subjects are NATS patterns: `*` one token, `>` the rest.
   * Throws HistoryExpired when entries after `from` have been dropped from the bounded history.
   */
  read(options: ReadOptions): AsyncIterable<EntryBatch>;
  /** Newest live entry of each subject that matches, at one revision: `through` of the last batch. Tombstones are left out. */
  latest(subjects: readonly string[]): AsyncIterable<EntryBatch>;
  head(): Promise<Revision>;
  /** The smallest `from` that `read` still accepts. */
  firstReadable(): Promise<Revision>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly subjects: readonly string[];
  readonly from: Revision;
  readonly signal: AbortSignal;
}

export class HistoryExpired extends Error {
  override readonly name = 'HistoryExpired';
  readonly firstReadable: Revision;
  constructor(firstReadable: Revision) {
    super(`history before revision ${firstReadable} is no longer retained`);
    this.firstReadable = firstReadable;
  }
}

/**
 * Why the log can't take writes now. In all cases but one nothing was stored and nothing will appear later:
 * `DiskFull` no room, `Closed` the log was closed, `Io` the store failed or is overloaded, `Unreachable` the store can't be reached.
 * `Undetermined`: the store went away before it answered and didn't come back in time; the append may or may not have been stored, whole. The writer reads again.
 */
export type LogUnavailableReason = 'DiskFull' | 'Closed' | 'Io' | 'Unreachable' | 'Undetermined';

/** The log can't take writes, or can't be read, now. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
  readonly reason: LogUnavailableReason;
  constructor(reason: LogUnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
