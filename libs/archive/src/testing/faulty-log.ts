/** A log that has lost or garbled some of what it acknowledged, as its readers see it. A new write of the subject makes it good. */
import type { Append, Entry, EntryBatch, EventLog } from '@flotilla/log/event-log';
import { compileSubjects } from '@flotilla/log/subject-pattern';

export interface FaultyLog extends EventLog {
  lose(subject: string): void;
  garble(subject: string, value: Uint8Array): void;
  /** Shows an older entry as the live one. */
  fallBack(older: Entry): void;
}

export function createFaultyLog(log: EventLog): FaultyLog {
  const lost = new Set<string>();
  const garbled = new Map<string, Uint8Array>();
  const older = new Map<string, Entry>();

  function seen(entry: Entry): Entry {
    const value = garbled.get(entry.subject);
    return older.get(entry.subject) ?? (value === undefined ? entry : { ...entry, value });
  }
  /** The wrapped log still has the true entry, so a write that was decided on the faulty one is decided anew. */
  function wrapped(append: Append): Append {
    const { subject } = append;
    const isFaulty = lost.delete(subject) || older.delete(subject);
    garbled.delete(subject);
    if (!isFaulty) return append;
    const { expect: _, ...unconditional } = append;
    return unconditional;
  }
  return {
    lose: (subject) => void lost.add(subject),
    garble: (subject, value) => void garbled.set(subject, value),
    fallBack: (entry) => void older.set(entry.subject, entry),
    append: (entries) => log.append(entries.map(wrapped)),
    read: (options) => log.read(options),
    latest: async function* (subjects): AsyncGenerator<EntryBatch, void> {
      const delivered = new Set<string>();
      for await (const batch of log.latest(subjects)) {
        for (const { subject } of batch.entries) delivered.add(subject);
        yield { ...batch, entries: batch.entries.filter(({ subject }) => !lost.has(subject)).map(seen) };
      }
      const matches = compileSubjects(subjects);
      const entries = [...older.values()].filter(({ subject }) => matches(subject) && !delivered.has(subject));
      if (entries.length > 0) yield { entries, through: await log.head(), isCaughtUp: true };
    },
    head: () => log.head(),
    firstReadable: () => log.firstReadable(),
    close: () => log.close(),
  };
}
