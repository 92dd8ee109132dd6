/**
 * The log of a data directory, read without touching it: its files are copied, and the copy is opened. Segments only grow and snapshots never change, so a copy that was taken while the platform
 * wrote is the log as it was at some moment since the copying began, with a torn end at most.
 */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { createEmbeddedLog, type EmbeddedLog } from '@flotilla/log/embedded-log';
import { parseLogFileName, type NamedFile } from '@flotilla/log/log-files';

import { CliError } from '../errors.ts';

/** Files are removed while they're copied when the platform has just written a snapshot, which is seldom. */
const attemptsMax = 5;

/** Copies into a folder of its own in `parent`, which is removed afterwards. Throws CliError when there's no log, LogDamaged when no state can be told from it. */
export async function withLogCopy<Result>(
  directory: string,
  parent: string,
  work: (log: EmbeddedLog) => Promise<Result>,
): Promise<Result> {
  const copy = await mkdtemp(join(parent, '.flotilla-copy-'));
  try {
    for (let attempt = 1; ; attempt++) {
      await takeCopy(directory, copy);
      const log = await createEmbeddedLog({ directory: copy, durability: 'none', historyMaxEntries: 1 });
      try {
        // A write that failed and was taken back may have been caught half; another look tells it from damage.
        const isDoubtful = log.recovery.cuts.some(({ cause }) => cause !== 'torn');
        if (!isDoubtful || attempt >= attemptsMax) return await work(log);
      } finally {
        await log.close();
      }
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function takeCopy(directory: string, copy: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    for (const name of await readdir(copy)) await rm(join(copy, name));
    try {
      for (const { name } of await logFilesIn(directory)) await copyFile(join(directory, name), join(copy, name));
      return;
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isGone || attempt >= attemptsMax) throw error;
    }
  }
}

/** Snapshots first: what they replace must not be missing. Segments in order: each is closed before the next is begun. */
async function logFilesIn(directory: string): Promise<readonly NamedFile[]> {
  const named = await listLogFiles(directory);
  if (named.length === 0) {
    throw new CliError(`there is no log in ${directory}`, { hint: 'Name the data directory with --data-dir' });
  }
  const rank = ({ kind }: NamedFile): number => (kind === 'snapshot' ? 0 : 1);
  return named.toSorted((a, b) => rank(a) - rank(b) || a.revision - b.revision);
}

/** Empty where there's no directory. */
export async function listLogFiles(directory: string): Promise<readonly NamedFile[]> {
  try {
    return (await readdir(directory)).map(parseLogFileName).filter((file) => file !== undefined);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
