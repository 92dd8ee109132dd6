import { join } from 'node:path';

import type { LogFileSystem } from './file-system.ts';
import type { CommittedState } from './journal.ts';
import type { LogReport } from './log-report.ts';
import { writeSnapshot } from './snapshot-file.ts';
import { findLogFiles } from './snapshot-shelf.ts';

export interface SnapshotterDeps {
  readonly files: LogFileSystem;
  readonly report: (event: LogReport) => void;
}

/**
 * Writes snapshots in the background, one at a time, and then removes what they replace. Two generations stay: should the newest snapshot turn out damaged,
 * the one before it and the segments since then still give the whole state.
 */
export interface Snapshotter {
  /** Only when none is running. Failures are reported; the log loses nothing by them but disk space. */
  start(state: CommittedState): void;
  isRunning(): boolean;
  /** Size of the newest snapshot written since the start. */
  lastBytes(): number;
  /** Gives up the running one and resolves when it's over. */
  stop(): Promise<void>;
}

export function createSnapshotter(
  { files, report }: SnapshotterDeps,
  options: { readonly directory: string },
): Snapshotter {
  const { directory } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let lastBytes = 0;

  async function take(state: CommittedState): Promise<void> {
    try {
      const entries = state.entries.toSorted((a, b) => a.revision - b.revision);
      lastBytes = await writeSnapshot(files, directory, { revision: state.revision, entries }, stopping.signal);
      await removeReplaced();
      report({ kind: 'snapshot-written', level: 'info', revision: state.revision, bytes: lastBytes });
    } catch (error) {
      if (!stopping.signal.aborted) report({ kind: 'snapshot-failed', level: 'error', error });
    } finally {
      running = undefined;
    }
  }

  /** A crash anywhere in here leaves files that are merely superfluous; the next snapshot removes them. */
  async function removeReplaced(): Promise<void> {
    const { segments, snapshots } = await findLogFiles(files, directory);
    const oldestKept = snapshots.at(-2)?.revision ?? 0;
    const replaced = [
      ...snapshots.slice(0, -2),
      ...segments.filter((_, index) => (segments[index + 1]?.revision ?? Infinity) <= oldestKept),
    ];
    for (const { name } of replaced) await files.remove(join(directory, name));
    if (replaced.length > 0) await files.syncDirectory(directory);
  }

  return {
    start: (state) => {
      running = take(state);
    },
    isRunning: () => running !== undefined,
    lastBytes: () => lastBytes,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
