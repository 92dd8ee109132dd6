import type { Revision } from './event-log.ts';
import { entryWeightBytes, type LogEntry } from './log-entry.ts';

export interface HistoryLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** The most recent entries in order of revision, bounded by number and bytes. Readers keep a revision, never an index. */
export class History {
  readonly #limits: HistoryLimits;
  #entries: (LogEntry | undefined)[] = [];
  /** Entries before this index have been evicted; the array is cut once half of it is dead. */
  #start = 0;
  #bytes = 0;
  #firstReadable: Revision;

  constructor(limits: HistoryLimits, firstReadable: Revision) {
    this.#limits = limits;
    this.#firstReadable = firstReadable;
  }

  /** Readers may start after this revision or any later one. */
  get firstReadable(): Revision {
    return this.#firstReadable;
  }

  get length(): number {
    return this.#entries.length - this.#start;
  }

  push(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#bytes += entryWeightBytes(entry);
  }

  /** Drops the oldest appends, whole, until the limits hold. */
  evict(): void {
    while (this.length > this.#limits.maxEntries || this.#bytes > this.#limits.maxBytes) {
      let entry: LogEntry | undefined;
      do {
        entry = this.#entries[this.#start];
        if (entry === undefined) return;
        this.#entries[this.#start++] = undefined;
        this.#bytes -= entryWeightBytes(entry);
        this.#firstReadable = entry.revision;
        entry.previous = undefined;
      } while (!entry.endsAppend);
    }
    if (this.#start > 1024 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Forgets everything up to `firstReadable`: what came before can't be read in full. */
  restart(firstReadable: Revision): void {
    for (let index = this.#start; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined) entry.previous = undefined;
    }
    this.#entries = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#firstReadable = firstReadable;
  }

  /** Position of the first entry after the revision; positions hold until the next push or evict. */
  indexAfter(revision: Revision): number {
    let low = this.#start;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): LogEntry | undefined {
    return this.#entries[index];
  }
}
