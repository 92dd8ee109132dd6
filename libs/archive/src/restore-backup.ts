/** Rebuilding a log from a backup. The backup is read twice: nothing is touched before all of it was found sound. */
import type { Append, Entry, EventLog, Revision } from '@flotilla/log/event-log';
import { createNodeFileSystem } from '@flotilla/log/node-file-system';
import { holdsLog, seedDirectory } from '@flotilla/log/seed-directory';

import { readBackup, type BackupManifest, type BackupTrailer } from './backup-file.ts';

/** What a backup can be restored into. */
export interface RestoreTarget {
  isEmpty(): Promise<boolean>;
  /** Makes the state that of the entries, with revisions above `head` from now on. `entries` can be read once. */
  restore(head: Revision, entries: AsyncIterable<readonly Entry[]>): Promise<void>;
}

export interface RestoreOptions {
  /** Replaces a state that is there. */
  readonly force?: boolean;
  /**
   * Revisions left out behind the backup's own, because the lost log may have given out more than the backup has, and no revision may ever stand for two things
   * (default 1,000,000).
   */
  readonly skipRevisions?: number;
}

export interface RestoreResult {
  readonly manifest: BackupManifest;
  readonly trailer: BackupTrailer;
  /** The restored log's head. */
  readonly head: Revision;
}

/** The target has a state already; `force` replaces it. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** Restoring would give out revisions again that the lost log had given out. */
export class RevisionsWouldGoBack extends Error {
  override readonly name = 'RevisionsWouldGoBack';
}

const skipRevisionsDefault = 1_000_000;

/**
 * `open` gives the backup's bytes from the beginning, each time it's called. Throws BackupDamaged or RestoreRefused before anything was changed. Where the archive is to follow, call
 * `markRestored` with `trailer.head` and `head` before the log is used.
 */
export async function restoreBackup(
  open: () => AsyncIterable<Uint8Array>,
  target: RestoreTarget,
  { force = false, skipRevisions = skipRevisionsDefault }: RestoreOptions = {},
): Promise<RestoreResult> {
  const { manifest, trailer } = await checkBackup(open());
  if (!force && !(await target.isEmpty())) {
    throw new RestoreRefused('there is a state already; restore with force to replace it');
  }
  const head = trailer.head + skipRevisions;
  await target.restore(head, entriesOf(open(), trailer.sha256));
  return { manifest, trailer, head };
}

/** Reads all of a backup. Throws BackupDamaged. */
export async function checkBackup(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly manifest: BackupManifest; readonly trailer: BackupTrailer }> {
  let manifest: BackupManifest | undefined;
  let trailer: BackupTrailer | undefined;
  for await (const frame of readBackup(chunks)) {
    if (frame.kind === 'manifest') ({ manifest } = frame);
    else if (frame.kind === 'trailer') ({ trailer } = frame);
  }
  if (manifest === undefined || trailer === undefined) throw new Error('a sound backup has a beginning and an end');
  return { manifest, trailer };
}

async function* entriesOf(chunks: AsyncIterable<Uint8Array>, sha256: string): AsyncGenerator<readonly Entry[], void> {
  for await (const frame of readBackup(chunks)) {
    if (frame.kind === 'entries') yield frame.entries;
    if (frame.kind === 'trailer' && frame.trailer.sha256 !== sha256) {
      throw new RestoreRefused('the backup was exchanged while it was being restored');
    }
  }
}

/** The directory of an embedded log that isn't open. Objects keep their revisions; all or nothing, also when the process dies. */
export function directoryTarget(directory: string): RestoreTarget {
  const files = createNodeFileSystem();
  return {
    isEmpty: async () => {
      const lock = await files.lock(directory);
      try {
        return !(await holdsLog(files, directory));
      } finally {
        await lock.release();
      }
    },
    restore: async (head, batches) => {
      const entries: Entry[] = [];
      for await (const batch of batches) entries.push(...batch);
      await seedDirectory(files, directory, { head, entries, replace: true });
    },
  };
}

/**
 * Any log, by appending: objects get new revisions. The log must have been told to begin above the lost one (`head` or later); else RevisionsWouldGoBack. Not atomic: when it's interrupted, restore
 * again with force.
 */
export function appendTarget(log: EventLog, subjects: readonly string[] = ['state.>']): RestoreTarget {
  return {
    isEmpty: async () => {
      for await (const { entries } of log.latest(subjects)) if (entries.length > 0) return false;
      return true;
    },
    restore: async (head, batches) => {
      const logHead = await log.head();
      if (logHead < head) {
        throw new RevisionsWouldGoBack(`the log is at revision ${logHead}, but has to begin at ${head} or above`);
      }
      const restored = new Set<string>();
      for await (const batch of batches) {
        for (const { subject } of batch) restored.add(subject);
        await log.append(batch.map(({ subject, value, headers }): Append => ({ subject, value, headers })));
      }
      for await (const { entries } of log.latest(subjects)) {
        const gone = entries.filter(({ subject }) => !restored.has(subject));
        if (gone.length > 0) {
          await log.append(gone.map(({ subject, value }): Append => ({ subject, value, deleted: true })));
        }
      }
    },
  };
}
