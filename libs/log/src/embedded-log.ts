import { CommittingLog } from './committing-log.ts';
import { createDiskJournal } from './disk-journal.ts';
import type { EventLog } from './event-log.ts';
import type { LogFileSystem } from './file-system.ts';
import { History } from './history.ts';
import { createMemoryJournal } from './journal.ts';
import type { LogEntry } from './log-entry.ts';
import type { LogReport, RecoveryReport } from './log-report.ts';
import { createNodeFileSystem } from './node-file-system.ts';
import { recoverDirectory } from './recovery.ts';

export interface EmbeddedLogOptions {
  /** Absent: memory only. */
  readonly directory?: string | undefined;
  /** `fsync` (default): acknowledged writes survive power loss. `none`: they survive the process being killed, not the machine. */
  readonly durability?: 'fsync' | 'none';
  /** Entries kept for readers (default 10,000). */
  readonly historyMaxEntries?: number;
  /** Bytes kept for readers (default 32 MiB). */
  readonly historyMaxBytes?: number;
  /** A snapshot is taken when this much has been written since the last one, and at least as much as that one had (default 32 MiB). */
  readonly snapshotAfterBytes?: number;
  /** Bytes of appends that may wait for the disk; appends beyond are refused (default 64 MiB). */
  readonly pendingMaxBytes?: number;
  readonly now?: () => number;
  readonly report?: (event: LogReport) => void;
  /** The disk; tests put one that fails. */
  readonly files?: LogFileSystem;
}

export interface EmbeddedLog extends EventLog {
  /** What was found, and cut, when the directory was opened. */
  readonly recovery: RecoveryReport;
}

/** Opens (or makes) the log in a directory. Throws DirectoryLocked when a living process has it open, LogDamaged when its state can't be told. */
export async function createEmbeddedLog(options: EmbeddedLogOptions = {}): Promise<EmbeddedLog> {
  const limits = {
    maxEntries: options.historyMaxEntries ?? 10_000,
    maxBytes: options.historyMaxBytes ?? 32 * 1024 * 1024,
  };
  const now = options.now ?? Date.now;
  const pendingMaxBytes = options.pendingMaxBytes ?? 64 * 1024 * 1024;
  const report = options.report ?? (() => undefined);
  const { directory } = options;
  if (directory === undefined) {
    const recovery = { head: 0, liveEntries: 0, firstReadable: 0, cuts: [], damagedSnapshots: [] };
    const state = { live: new Map<string, LogEntry>(), history: new History(limits, 0), head: 0 };
    return new CommittingLog({ state, recovery, now, report, pendingMaxBytes, openJournal: createMemoryJournal });
  }
  const files = options.files ?? createNodeFileSystem();
  const lock = await files.lock(directory);
  try {
    const recovered = await recoverDirectory(files, directory, limits);
    const hasLoss = recovered.report.cuts.some(({ cause }) => cause !== 'torn');
    report({ kind: 'recovered', level: hasLoss ? 'error' : 'info', recovery: recovered.report });
    return new CommittingLog({
      state: recovered,
      recovery: recovered.report,
      now,
      report,
      pendingMaxBytes,
      lock,
      openJournal: (captureState) =>
        createDiskJournal(
          { files, report, captureState },
          {
            directory,
            durability: options.durability ?? 'fsync',
            snapshotAfterBytes: options.snapshotAfterBytes ?? 32 * 1024 * 1024,
            tail: recovered.tail,
            bytesSinceSnapshot: recovered.bytesSinceSnapshot,
          },
        ),
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}
