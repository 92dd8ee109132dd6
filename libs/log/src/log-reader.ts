import {
  HistoryExpired,
  LogUnavailable,
  type Entry,
  type EntryBatch,
  type ReadOptions,
  type Revision,
} from './event-log.ts';
import type { History } from './history.ts';
import { compileSubjects } from './subject-pattern.ts';

/** A batch ends with the first append that reaches this many entries, so that a long replay doesn't hold up the process. */
const batchMaxEntries = 1_000;
const scanMaxEntries = 20_000;

export interface ReaderSource {
  readonly history: History;
  head(): Revision;
  isClosed(): boolean;
  /** Readers that wait for more; woken by `wake` after each commit, before the history is evicted. */
  readonly waiting: Set<WaitingReader>;
}

export interface WaitingReader {
  wake(): void;
}

/**
 * A reader is a position in the history, and has no buffer of its own: a slow one simply falls back to replaying, and gets HistoryExpired once its position has
 * been evicted. While it waits, each commit is handed over as it happens, so a reader that keeps up never misses any, however short the history.
 */
export function createReader(source: ReaderSource, options: ReadOptions): AsyncIterableIterator<EntryBatch, undefined> {
  const { history } = source;
  const { signal } = options;
  const matches = compileSubjects(options.subjects);
  const caughtUpAt = source.head();
  let cursor = options.from === 0 ? history.firstReadable : options.from;
  let announced = false;
  let isOver = signal.aborted;
  let pending: PromiseWithResolvers<IteratorResult<EntryBatch, undefined>> | undefined;

  const end: IteratorResult<EntryBatch, undefined> = { done: true, value: undefined };

  const waiter: WaitingReader = {
    wake: () => {
      const waiting = pending;
      if (waiting === undefined) return;
      settle();
      if (source.isClosed()) {
        finish();
        waiting.reject(new LogUnavailable('Closed', 'the log has been closed'));
      } else {
        waiting.resolve({ done: false, value: collect() });
      }
    },
  };

  function onAbort(): void {
    const waiting = pending;
    finish();
    waiting?.resolve(end);
  }
  if (!isOver) signal.addEventListener('abort', onAbort, { once: true });

  function settle(): void {
    pending = undefined;
    source.waiting.delete(waiter);
  }

  function finish(): void {
    settle();
    isOver = true;
    signal.removeEventListener('abort', onAbort);
  }

  function collect(): EntryBatch {
    const entries: Entry[] = [];
    const first = history.indexAfter(cursor);
    let index = first;
    let isFull = false;
    for (let entry = history.at(index); entry !== undefined && !isFull; entry = history.at(index)) {
      if (matches(entry.subject)) entries.push(entry);
      cursor = entry.revision;
      index++;
      isFull = entry.endsAppend && (entries.length >= batchMaxEntries || index - first >= scanMaxEntries);
    }
    if (!isFull) cursor = Math.max(cursor, source.head());
    announced ||= cursor >= caughtUpAt;
    return { entries, through: cursor, isCaughtUp: announced };
  }

  return {
    next: () => {
      if (isOver) return Promise.resolve(end);
      if (pending !== undefined) throw new Error('a log reader is read by one consumer, one batch at a time');
      if (source.isClosed()) {
        finish();
        return Promise.reject(new LogUnavailable('Closed', 'the log has been closed'));
      }
      if (cursor < history.firstReadable) {
        finish();
        return Promise.reject(new HistoryExpired(history.firstReadable));
      }
      if (cursor < source.head() || !announced) return Promise.resolve({ done: false, value: collect() });
      pending = Promise.withResolvers();
      source.waiting.add(waiter);
      return pending.promise;
    },
    return: () => {
      const waiting = pending;
      finish();
      waiting?.resolve(end);
      return Promise.resolve(end);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
