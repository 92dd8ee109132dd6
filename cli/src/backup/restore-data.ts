import { createReadStream, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';

import { prepareDataDirectory } from '@flotilla/all-in-one/data-directory';
import { archiveDirectoryOf, keyRingPathOf, logDirectoryOf } from '@flotilla/all-in-one/data-layout';
import { ArchiveUnavailable } from '@flotilla/archive/archive-store';
import { markRestored } from '@flotilla/archive/baseline';
import { directoryTarget, restoreBackup, RestoreRefused, type RestoreResult } from '@flotilla/archive/restore-backup';

import { CliError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { holdsArchive, withArchive } from './data-archive.ts';
import { describeBackup } from './describe.ts';
import { listLogFiles } from './log-copy.ts';

export interface RestoreDataOptions {
  readonly dataDir: string;
  readonly force?: boolean;
}

/** Left out above every revision that is known to have been given out: the log may have given out more before it was lost. */
const skipRevisions = 1_000_000;

export async function restoreData(
  terminal: Terminal,
  given: string,
  { dataDir: givenDir, force = false }: RestoreDataOptions,
): Promise<void> {
  const file = resolve(terminal.cwd, given);
  const dataDir = resolve(terminal.cwd, givenDir);
  await access(file);
  await prepareDataDirectory(dataDir);
  const result = await withProgress(terminal, `restoring ${given}`, async () => {
    const known = await newestKnownRevision(dataDir, terminal.now);
    try {
      return await restoreBackup(() => createReadStream(file), directoryTarget(logDirectoryOf(dataDir)), {
        force,
        skipRevisions: known + skipRevisions,
      });
    } catch (error) {
      if (!(error instanceof RestoreRefused)) throw error;
      const hint = 'Back it up first, then replace it with --force; or name another directory with --data-dir';
      throw new CliError(`${givenDir} holds a state already`, { hint, cause: error });
    }
  });
  if (holdsArchive(dataDir)) await tellArchive(dataDir, result, terminal.now);
  terminal.out(`${givenDir}: restored ${describeBackup(result.manifest, result.trailer)}\n`);
  terminal.out(
    `New revisions begin at ${result.head + 1}. Start the platform on it: flotilla up --data-dir ${givenDir}\n`,
  );
  if (!existsSync(keyRingPathOf(dataDir))) {
    terminal.err(
      `There is no key ring in ${givenDir}: put the one of the backup at ${keyRingPathOf(dataDir)} before the start, else its Secrets cannot be read.\n`,
    );
  }
}

/** 0 in a fresh directory. What the log's files are named for is less than its head, which matters less than the distance that is kept. */
async function newestKnownRevision(dataDir: string, now: () => number): Promise<number> {
  const inLog = (await listLogFiles(logDirectoryOf(dataDir))).map(({ revision }) => revision);
  return Math.max(0, ...inLog, holdsArchive(dataDir) ? await archiveHead(dataDir, now) : 0);
}

async function archiveHead(dataDir: string, now: () => number): Promise<number> {
  try {
    return await withArchive(dataDir, now, (archive) => archive.head());
  } catch (error) {
    throw archiveFailure(dataDir, error, 'nothing was changed');
  }
}

/** Without this the archive would take the older state for a loss, and undo the restoring. */
async function tellArchive(dataDir: string, { trailer, head }: RestoreResult, now: () => number): Promise<void> {
  try {
    await withArchive(dataDir, now, (archive) =>
      markRestored(archive, { stateRevision: trailer.head, head, nowMs: now() }),
    );
  } catch (error) {
    throw archiveFailure(dataDir, error, 'the log is restored, but the archive could not be told');
  }
}

function archiveFailure(dataDir: string, error: unknown, consequence: string): unknown {
  if (!(error instanceof ArchiveUnavailable)) return error;
  return new CliError(`${error.message}; ${consequence}`, {
    hint: `Move ${archiveDirectoryOf(dataDir)} away and restore again`,
    cause: error,
  });
}
