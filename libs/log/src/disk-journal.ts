import { LogUnavailable, type Revision } from './event-log.ts';
import { writeAll, type LogFile, type LogFileSystem } from './file-system.ts';
import { FrameBuffer } from './frame-buffer.ts';
import type { CommittedState, Journal } from './journal.ts';
import { createSegment, fileHeaderBytes } from './log-files.ts';
import type { LogReport } from './log-report.ts';
import { createSnapshotter } from './snapshotter.ts';

export interface DiskJournalDeps {
  readonly files: LogFileSystem;
  readonly report: (event: LogReport) => void;
  /** Called between two commits only. */
  readonly captureState: () => CommittedState;
}

export interface DiskJournalOptions {
  readonly directory: string;
  readonly durability: 'fsync' | 'none';
  readonly snapshotAfterBytes: number;
  readonly tail: { readonly file: LogFile; readonly offset: number };
  readonly bytesSinceSnapshot: number;
}

/**
 * Appends frames to the tail segment: one write and one sync for each group. After a failure the file is cut back to the last good offset; as long as that fails too,
 * every commit tries it first and is refused. When enough has been written, the next commit begins a new segment and a snapshot is written behind its back.
 */
export function createDiskJournal(deps: DiskJournalDeps, options: DiskJournalOptions): Journal {
  const { files, report } = deps;
  const { directory } = options;
  let { file, offset } = options.tail;
  let bytesSinceSnapshot = options.bytesSinceSnapshot;
  let staged = new FrameBuffer();
  let spare = new FrameBuffer();
  let needsRepair = false;
  const snapshotter = createSnapshotter({ files, report }, { directory });

  async function commit(): Promise<void> {
    const group = staged;
    staged = spare;
    spare = group;
    try {
      if (needsRepair) await repair();
      if (isSnapshotDue()) await beginSnapshot();
      const bytes = await writeAll(file, group.pieces(), offset);
      if (options.durability === 'fsync') await file.sync();
      offset += bytes;
      bytesSinceSnapshot += bytes;
    } catch (error) {
      await tryRepair();
      throw unavailableFrom(error);
    } finally {
      group.reset();
    }
  }

  /** The sync makes sure that nothing of a rejected group comes back after a crash. */
  async function repair(): Promise<void> {
    await file.truncate(offset);
    await file.sync();
    needsRepair = false;
  }

  async function tryRepair(): Promise<void> {
    try {
      await repair();
    } catch (error) {
      if (!needsRepair) report({ kind: 'read-only', level: 'error', error });
      needsRepair = true;
    }
  }

  function isSnapshotDue(): boolean {
    return (
      bytesSinceSnapshot >= Math.max(options.snapshotAfterBytes, snapshotter.lastBytes()) && !snapshotter.isRunning()
    );
  }

  async function beginSnapshot(): Promise<void> {
    bytesSinceSnapshot = 0;
    const state = deps.captureState();
    try {
      if (offset > fileHeaderBytes) await beginSegment(state.revision);
    } catch (error) {
      report({ kind: 'snapshot-failed', level: 'error', error });
      return;
    }
    snapshotter.start(state);
  }

  async function beginSegment(base: Revision): Promise<void> {
    const next = await createSegment(files, directory, base, false);
    const last = file;
    file = next;
    offset = fileHeaderBytes;
    await last.close();
  }

  return {
    gainsFromGroups: true,
    get stagedBytes() {
      return staged.byteLength;
    },
    stage: (entries) => staged.add(entries),
    commit,
    discard: () => staged.reset(),
    close: async () => {
      await snapshotter.stop();
      await file.close();
    },
  };
}

function unavailableFrom(cause: unknown): LogUnavailable {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new LogUnavailable('DiskFull', 'the log has no space left on its disk', { cause })
    : new LogUnavailable('Io', `the log could not be written (${String(code ?? cause)})`, { cause });
}
