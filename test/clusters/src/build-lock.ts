import { open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 500;

export interface BuildLockOptions {
  /** Called once when another process holds the lock. */
  readonly onWait: (ownerPid: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding the lock file at `path`, which contains the owner's pid. A lock whose owner is gone is taken
 * over, so that a killed build never blocks the next one.
 */
export async function withBuildLock<T>(path: string, options: BuildLockOptions, work: () => Promise<T>): Promise<T> {
  let hasReported = false;
  while (!(await tryAcquire(path))) {
    const ownerPid = await readOwner(path);
    if (ownerPid !== undefined && !isAlive(ownerPid)) {
      await discardStale(path, ownerPid);
      continue;
    }
    if (ownerPid !== undefined && !hasReported) {
      options.onWait(ownerPid);
      hasReported = true;
    }
    await delay(POLL_INTERVAL_MS, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryAcquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid}\n`);
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The owner's pid; undefined while the owner has not written it yet, or when the lock has just been released. */
async function readOwner(path: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(path, 'utf8'), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Moves the lock aside before removing it: of several waiters only one succeeds in the rename. */
async function discardStale(path: string, ownerPid: number): Promise<void> {
  const aside = `${path}.${ownerPid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
