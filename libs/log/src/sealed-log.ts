/** A log whose values are encrypted where they rest. Readers and writers on this side see plain values; the log beneath, its files and its archive never do. */
import type { Append, Entry, EntryBatch, EventLog, Revision } from './event-log.ts';
import { SealBroken, type KeyRing } from './key-ring.ts';

export interface SealedLogDeps {
  readonly log: EventLog;
  readonly keyRing: KeyRing;
  /** Which subjects are sealed when written. Whatever is found sealed is opened, whatever its subject. */
  readonly isSealed: (subject: string) => boolean;
}

/** Reads throw SealBroken when a value can't be opened: state that can't be read must not look like state that isn't there. */
export function createSealedLog({ log, keyRing, isSealed }: SealedLogDeps): EventLog {
  const seal = (append: Append): Append =>
    isSealed(append.subject) ? { ...append, value: keyRing.seal(append.subject, append.value) } : append;
  async function* openAll(batches: AsyncIterable<EntryBatch>): AsyncIterable<EntryBatch> {
    for await (const batch of batches) {
      yield batch.entries.some(({ value }) => keyRing.isSealed(value))
        ? {
            ...batch,
            entries: batch.entries.map((entry) =>
              keyRing.isSealed(entry.value) ? new OpenedEntry(entry, keyRing) : entry,
            ),
          }
        : batch;
    }
  }
  return {
    append: (entries) => log.append(entries.some(({ subject }) => isSealed(subject)) ? entries.map(seal) : entries),
    read: (options) => openAll(log.read(options)),
    latest: (subjects) => openAll(log.latest(subjects)),
    head: () => log.head(),
    firstReadable: () => log.firstReadable(),
    close: () => log.close(),
  };
}

class OpenedEntry implements Entry {
  readonly revision: Revision;
  readonly subject: string;
  readonly value: Uint8Array;
  readonly deleted: boolean;
  readonly timeMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly memo: unknown;
  readonly #sealed: Entry;
  readonly #keyRing: KeyRing;

  constructor(sealed: Entry, keyRing: KeyRing) {
    this.revision = sealed.revision;
    this.subject = sealed.subject;
    this.value = keyRing.open(sealed.subject, sealed.value);
    this.deleted = sealed.deleted;
    this.timeMs = sealed.timeMs;
    this.headers = sealed.headers;
    this.memo = sealed.memo;
    this.#sealed = sealed;
    this.#keyRing = keyRing;
  }

  /** Opened when asked for. A past value may outlive its key: then the adapter can't tell what was replaced, which is no reason to withhold the present one. */
  get previous(): Entry | null | undefined {
    const { previous } = this.#sealed;
    if (!previous) return previous;
    try {
      return new OpenedEntry(previous, this.#keyRing);
    } catch (error) {
      if (error instanceof SealBroken && error.reason === 'KeyMissing') return undefined;
      throw error;
    }
  }
}

export interface ResealOptions {
  readonly subjects: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Writes every live value anew that isn't sealed with the ring's first key: plain values from before encryption was switched on, and values of an older key. `log` is the one
 * beneath the sealed log. May be interrupted and run again; a subject that was written meanwhile was sealed with the first key by its writer. Resolves to the number rewritten.
 */
export async function reseal(log: EventLog, keyRing: KeyRing, { subjects, signal }: ResealOptions): Promise<number> {
  let rewritten = 0;
  for await (const { entries } of log.latest(subjects)) {
    for (const { subject, value, revision, headers } of entries) {
      if (signal.aborted) return rewritten;
      if (keyRing.isCurrent(value)) continue;
      const plain = keyRing.open(subject, value);
      // oxlint-disable-next-line no-await-in-loop -- one after the other: a rotation is in no hurry, and the log has other writers
      const result = await log.append([{ subject, value: keyRing.seal(subject, plain), expect: revision, headers }]);
      if (result.kind === 'appended') rewritten += 1;
    }
  }
  return rewritten;
}
