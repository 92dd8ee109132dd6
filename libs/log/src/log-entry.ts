import type { Entry, Revision } from './event-log.ts';

export const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

/** An entry as the embedded log holds it. Everything but `memo` and `previous` is fixed once made. */
export class LogEntry implements Entry {
  readonly revision: Revision;
  readonly subject: string;
  readonly value: Uint8Array;
  readonly deleted: boolean;
  readonly timeMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Given up when the entry is superseded: the parsed companion weighs several times the bytes. */
  memo: unknown;
  /** True on the last entry of an append: batches and evictions end only here. */
  readonly endsAppend: boolean;
  /** Set when the entry is applied, given up when it leaves the history: else every revision would hang on to all before it. */
  previous: LogEntry | null | undefined = undefined;

  constructor(
    revision: Revision,
    subject: string,
    value: Uint8Array,
    deleted: boolean,
    timeMs: number,
    headers: Readonly<Record<string, string>>,
    memo: unknown,
    endsAppend: boolean,
  ) {
    this.revision = revision;
    this.subject = subject;
    this.value = value;
    this.deleted = deleted;
    this.timeMs = timeMs;
    this.headers = headers;
    this.memo = memo;
    this.endsAppend = endsAppend;
  }
}

/** What an entry costs in memory, near enough for limits: value, subject and the object around them. */
export function entryWeightBytes(entry: LogEntry): number {
  return entry.value.byteLength + entry.subject.length + 128;
}

/** Makes the entry the newest of its subject. */
export function applyEntry(live: Map<string, LogEntry>, entry: LogEntry): void {
  entry.previous = live.get(entry.subject) ?? null;
  if (entry.deleted) live.delete(entry.subject);
  else live.set(entry.subject, entry);
}
