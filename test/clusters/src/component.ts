import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import type { Reaper } from './reaper.ts';

const READY_POLL_INTERVAL_MS = 40;
const TAIL_LINES = 15;

export interface ComponentOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Environment (default: this process's). */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Both outputs are appended here. */
  readonly logPath: string;
  readonly reaper: Reaper;
}

/** One running program of a member cluster, in a process group of its own so that Ctrl-C reaches only the parent. */
export interface Component {
  readonly name: string;
  readonly pid: number;
  readonly isRunning: () => boolean;
  /** Sends the signal; a process that has ended is left alone. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Kills the process, even a stopped one, and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Waits until the process has ended by itself or by a signal. */
  readonly ended: () => Promise<void>;
  /** Polls `probe` until it answers true. Rejects with the log's tail when the process ends or the deadline passes. */
  readonly untilReady: (probe: () => Promise<boolean>, options: ReadyOptions) => Promise<void>;
}

export interface ReadyOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A component that did not start; `logTail` holds the last lines that it wrote. */
export class ComponentStartError extends Error {
  override readonly name = 'ComponentStartError';
  readonly logTail: string;

  constructor(message: string, logTail: string) {
    super(`${message}; the end of its log:\n${logTail}`);
    this.logTail = logTail;
  }
}

/** Starts the program; resolves as soon as there is a process. */
export async function startComponent(options: ComponentOptions): Promise<Component> {
  const { name, logPath, reaper } = options;
  const log = openSync(logPath, 'a');
  const child = spawn(options.program, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  });
  closeSync(log);
  if (child.pid === undefined) await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.program} could not be started`);
  reaper.add(pid);
  const hasEnded = new Promise<void>((end) => {
    child.once('exit', () => {
      reaper.remove(pid);
      end();
    });
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid,
    isRunning,
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      if (isRunning()) child.kill('SIGKILL');
      await hasEnded;
    },
    ended: async () => hasEnded,
    untilReady: async (probe, ready) => untilReady(child, options, probe, ready, logPath),
  };
}

async function untilReady(
  child: ChildProcess,
  { name }: ComponentOptions,
  probe: () => Promise<boolean>,
  { timeoutMs, signal }: ReadyOptions,
  logPath: string,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await probe())) {
    signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) {
      const how = child.exitCode === null ? `was ended by ${child.signalCode}` : `exited with code ${child.exitCode}`;
      throw new ComponentStartError(`${name} ${how}`, await tail(logPath));
    }
    if (Date.now() > deadlineMs) {
      throw new ComponentStartError(`${name} was not ready within ${timeoutMs / 1000} s`, await tail(logPath));
    }
    await delay(READY_POLL_INTERVAL_MS, undefined, { signal });
  }
}

async function tail(logPath: string): Promise<string> {
  const text = await readFile(logPath, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
