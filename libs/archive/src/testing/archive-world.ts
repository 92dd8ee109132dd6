/** A log and an archive beside each other, with a clock that moves by hand and sleeps that only give way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { EventLog } from '@flotilla/log/event-log';

import { createArchive, keptMsDefault, type Archive, type KeptMs } from '../archive.ts';
import type { ArchiveReport } from '../archive-report.ts';
import type { ArchiveStore } from '../archive-store.ts';
import { createArchiver, type Archiver } from '../archiver.ts';
import { createEmbeddedStore } from '../embedded-store.ts';

export interface ArchiveWorld extends AsyncDisposable {
  readonly directory: string;
  readonly log: EventLog;
  readonly store: ArchiveStore;
  readonly archive: Archive;
  readonly reports: ArchiveReport[];
  readonly clock: { nowMs: number };
  /** Resolves in a later turn, without the time that was asked for. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  archiver(log?: EventLog): Archiver;
  /** Archives until everything that the log has now is there. */
  catchUp(log?: EventLog): Promise<void>;
}

export interface WorldOptions {
  readonly historyMaxEntries?: number;
  readonly keptMs?: KeptMs;
  /** The embedded one in the world's directory unless given; closed with the world. */
  readonly createStore?: (directory: string) => Promise<ArchiveStore>;
}

export async function createArchiveWorld(options: WorldOptions = {}): Promise<ArchiveWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'flotilla-archive-'));
  const clock = { nowMs: 1_000_000 };
  const now = (): number => clock.nowMs;
  const log = await createEmbeddedLog({ now, historyMaxEntries: options.historyMaxEntries ?? 10_000 });
  const createStore =
    options.createStore ??
    ((folder) => createEmbeddedStore({ directory: join(folder, 'archive'), durability: 'none' }));
  const store = await createStore(directory);
  const archive = createArchive({ store, now }, options.keptMs ?? keptMsDefault);
  const reports: ArchiveReport[] = [];
  const report = (event: ArchiveReport): void => void reports.push(event);
  const sleep = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      setImmediate(() => {
        if (signal.aborted) reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        else resolve();
      });
    });
  const archiverOf = (source: EventLog): Archiver =>
    createArchiver({ log: source, archive, now, random: () => 0.5, sleep, report });
  return {
    directory,
    log,
    store,
    archive,
    reports,
    clock,
    sleep,
    archiver: (source = log) => archiverOf(source),
    catchUp: async (source = log) => {
      const stop = new AbortController();
      const goal = await source.head();
      const archiver = archiverOf(source);
      const running = archiver.run(stop.signal);
      let failure: unknown;
      void running.catch((error: unknown) => (failure = error ?? new Error('the archiver failed')));
      while (archiver.status().head < goal && failure === undefined) await sleep(0, new AbortController().signal);
      stop.abort();
      await running;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await log.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
