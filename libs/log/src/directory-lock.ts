import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * One process per directory. The lock is a file that names its holder; it's stale when that process is gone (same host; told from a later process with the same
 * number by its start time), or when a holder on another host has stopped refreshing it.
 */
export interface DirectoryLock {
  release(): Promise<void>;
}

export class DirectoryLocked extends Error {
  override readonly name = 'DirectoryLocked';
  readonly pid: number;
  constructor(directory: string, holder: Holder) {
    super(
      `${directory} is in use by process ${holder.pid} on ${holder.host}: stop it first, or choose another directory`,
    );
    this.pid = holder.pid;
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process as the kernel counts it; empty where that can't be read. */
  readonly started: string;
  readonly token: string;
}

const lockName = 'LOCK';
const refreshMs = 5_000;
/** A holder on another host that hasn't refreshed for this long is taken for dead. */
const foreignStaleMs = 30_000;
const attemptsMax = 100;
const retryDelayMs = 20;
/** Ended, but not yet collected by its parent: in a container whose first process never does that, such a process stays for good. */
const deadStates: ReadonlySet<string> = new Set(['Z', 'X']);

/** Throws DirectoryLocked when a living process holds it. Makes the directory when it isn't there. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, lockName);
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    started: (await readProcess(process.pid)).started,
    token: randomUUID(),
  };
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (await tryCreate(path, own)) return holdLock(path, own);
    const text = await readIfThere(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder !== undefined && (await isAlive(path, holder))) throw new DirectoryLocked(directory, holder);
    await takeAway(path, text);
  }
  throw new Error(`the lock of ${directory} keeps changing hands`);
}

/** The file appears with its contents or not at all: written aside, then linked. */
async function tryCreate(path: string, own: Holder): Promise<boolean> {
  const draft = `${path}.${own.token}`;
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/**
 * Removes a stale lock. Only one process at a time may do so, and it looks again first: the lock that it read may have been replaced by a living one
 * meanwhile.
 */
async function takeAway(path: string, staleText: string): Promise<void> {
  const claim = `${path}.takeover`;
  try {
    await writeFile(claim, '', { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await removeAbandoned(claim);
    await delay(retryDelayMs);
    return;
  }
  try {
    if ((await readIfThere(path)) === staleText) await unlink(path);
  } finally {
    await unlink(claim);
  }
}

/** A takeover takes milliseconds; a claim this old belongs to a process that died in the middle. */
async function removeAbandoned(claim: string): Promise<void> {
  try {
    if (Date.now() - (await stat(claim)).mtimeMs > foreignStaleMs) await unlink(claim);
  } catch (error) {
    ignoreMissing(error);
  }
}

function holdLock(path: string, own: Holder): DirectoryLock {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(ignoreMissing);
  }, refreshMs);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      const text = await readIfThere(path);
      if (text !== undefined && parseHolder(text)?.token === own.token) await unlink(path);
    },
  };
}

async function isAlive(path: string, holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path);
    return Date.now() - mtimeMs < foreignStaleMs;
  }
  if (!isRunning(holder.pid)) return false;
  const { state, started } = await readProcess(holder.pid);
  return !deadStates.has(state) && started === holder.started;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat, counted behind the command name, which may hold spaces. Empty on systems without it. */
async function readProcess(pid: number): Promise<{ readonly state: string; readonly started: string }> {
  const text = await readIfThere(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: Partial<Holder> = JSON.parse(text);
    if (typeof value.pid !== 'number' || typeof value.token !== 'string') return undefined;
    return { pid: value.pid, host: value.host ?? '', started: value.started ?? '', token: value.token };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
