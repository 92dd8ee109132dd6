import { join } from 'node:path';

import type { Entry, Revision } from './event-log.ts';
import type { LogFileSystem } from './file-system.ts';
import { LogEntry } from './log-entry.ts';
import { createSegment, parseLogFileName } from './log-files.ts';
import { writeSnapshot } from './snapshot-file.ts';

export interface SeedOptions {
  /** The log's head will be this revision; at least that of the newest entry. Numbering goes on above it. */
  readonly head: Revision;
  /** Live entries, one a subject, with the revisions they shall keep. */
  readonly entries: readonly Entry[];
  /** Takes the place of a log that is there: its files are removed. Otherwise a directory with a log is refused. */
  readonly replace?: boolean;
}

/** There is a log in the directory already. */
export class DirectoryNotEmpty extends Error {
  override readonly name = 'DirectoryNotEmpty';
}

export async function holdsLog(files: LogFileSystem, directory: string): Promise<boolean> {
  return (await files.list(directory)).some((name) => parseLogFileName(name) !== undefined);
}

/**
 * Makes the directory hold a log with the given state, as if it had just been opened after a snapshot. When it's interrupted, opening the directory fails with LogDamaged (or finds it
 * empty) and the call may be repeated with `replace`: never half a state. Throws DirectoryNotEmpty, DirectoryLocked, RangeError for a head below an entry.
 */
export async function seedDirectory(
  files: LogFileSystem,
  directory: string,
  { head, entries, replace = false }: SeedOptions,
): Promise<void> {
  if (entries.some(({ revision }) => revision > head)) throw new RangeError('the head is below an entry');
  const lock = await files.lock(directory);
  try {
    const present = (await files.list(directory)).filter((name) => parseLogFileName(name) !== undefined);
    if (present.length > 0 && !replace) throw new DirectoryNotEmpty(`there is a log in ${directory}`);
    // Snapshots go first: without one, segments that don't begin at 0 can't be mistaken for a state.
    for (const name of present.toSorted().toReversed()) await files.remove(join(directory, name));
    await files.syncDirectory(directory);
    if (head === 0) return;
    const segment = await createSegment(files, directory, head, false);
    await segment.close();
    const live = entries
      .toSorted((a, b) => a.revision - b.revision)
      .map(
        ({ revision, subject, value, timeMs, headers }) =>
          new LogEntry(revision, subject, value, false, timeMs, headers, undefined, true),
      );
    await writeSnapshot(files, directory, { revision: head, entries: live }, new AbortController().signal);
  } finally {
    await lock.release();
  }
}
