import { join } from 'node:path';

import type { Revision } from './event-log.ts';
import type { LogFileSystem } from './file-system.ts';
import { parseLogFileName, type NamedFile } from './log-files.ts';
import { readSnapshot, type Snapshot } from './snapshot-file.ts';

/** Files of a log directory, each kind oldest first. Drafts of snapshots that a crash left behind are removed. */
export async function findLogFiles(
  files: LogFileSystem,
  directory: string,
): Promise<{ readonly segments: readonly NamedFile[]; readonly snapshots: readonly NamedFile[] }> {
  const names = await files.list(directory);
  for (const name of names) {
    if (name.endsWith('.snap.tmp')) await files.remove(join(directory, name));
  }
  const found = names.map(parseLogFileName).filter((file) => file !== undefined);
  found.sort((a, b) => a.revision - b.revision);
  return {
    segments: found.filter(({ kind }) => kind === 'segment'),
    snapshots: found.filter(({ kind }) => kind === 'snapshot'),
  };
}

/** The snapshots of a directory, read only when needed; damaged ones are remembered. */
export class SnapshotShelf {
  readonly #files: LogFileSystem;
  readonly #directory: string;
  readonly #snapshots: readonly NamedFile[];
  readonly #damaged = new Set<NamedFile>();

  /** `snapshots`: oldest first. */
  constructor(files: LogFileSystem, directory: string, snapshots: readonly NamedFile[]) {
    this.#files = files;
    this.#directory = directory;
    this.#snapshots = snapshots;
  }

  get damaged(): readonly NamedFile[] {
    return [...this.#damaged];
  }

  /** Revision of the newest snapshot not known to be damaged; 0 = none. */
  newestRevision(): Revision {
    return this.#snapshots.findLast((named) => !this.#damaged.has(named))?.revision ?? 0;
  }

  async oldestFrom(atLeast: Revision): Promise<Snapshot | undefined> {
    for (const named of this.#snapshots) {
      if (named.revision < atLeast || this.#damaged.has(named)) continue;
      const snapshot = await readSnapshot(this.#files, this.#directory, named.name);
      if (snapshot !== undefined) return snapshot;
      this.#damaged.add(named);
    }
    return undefined;
  }
}
