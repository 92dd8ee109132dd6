import { join } from 'node:path';

import type { Revision } from './event-log.ts';
import type { LogFile, LogFileSystem } from './file-system.ts';
import { entryHeaderBytes } from './frame-codec.ts';
import { scanFrames } from './frame-scan.ts';
import { History, type HistoryLimits } from './history.ts';
import { applyEntry, type LogEntry } from './log-entry.ts';
import { createSegment, fileHeaderBytes, readFileHeader, writeSegmentHeader, type NamedFile } from './log-files.ts';
import { LogDamaged, type RecoveryCut, type RecoveryReport } from './log-report.ts';
import { cutSegment, setAsideFiles } from './recovery-cut.ts';
import { findLogFiles, SnapshotShelf } from './snapshot-shelf.ts';

/**
 * Opening a directory. The state is rebuilt from the oldest snapshot kept (two are) and the segments after it, which also fills the history. Where the chain of
 * revisions breaks, a newer snapshot is taken instead if there is one: then only history is lost. Else the chain is cut: what is recovered is always a prefix of what was
 * acknowledged, never a state with holes.
 *
 * After a cut of bytes that may have been acknowledged, numbering goes on above every revision that the lost bytes can have held (a new segment with
 * a higher base), so that no revision is ever given twice with different contents, and history starts anew, so that readers take the state again.
 */
export interface Recovered {
  readonly live: Map<string, LogEntry>;
  readonly history: History;
  readonly head: Revision;
  /** The segment that takes the next frames. */
  readonly tail: Tail;
  readonly bytesSinceSnapshot: number;
  readonly report: RecoveryReport;
}

interface Tail {
  readonly file: LogFile;
  readonly offset: number;
}

/** Revisions skipped when a whole segment is gone and nothing tells how many it held. */
const missingSegmentRevisions = 1_000_000;

/** Throws LogDamaged when no snapshot can be read and the segments don't reach back to the beginning. */
export async function recoverDirectory(
  files: LogFileSystem,
  directory: string,
  historyLimits: HistoryLimits,
): Promise<Recovered> {
  const { segments, snapshots } = await findLogFiles(files, directory);
  const shelf = new SnapshotShelf(files, directory, snapshots);
  const recovery = new Recovery(files, directory, shelf, new History(historyLimits, 0));
  if (segments[0]?.revision !== 0 && (segments.length > 0 || snapshots.length > 0)) {
    if (!(await recovery.jumpToSnapshot(0))) throw new LogDamaged(unreadableMessage(directory));
  }
  await recovery.followChain(segments);
  return recovery.finish();
}

function unreadableMessage(directory: string): string {
  return (
    `no snapshot in ${directory} can be read and the segments don't reach back to the first revision: ` +
    'restore the directory from a backup, or move it away to begin empty'
  );
}

class Recovery {
  readonly #files: LogFileSystem;
  readonly #directory: string;
  readonly #shelf: SnapshotShelf;
  readonly #history: History;
  readonly #cuts: RecoveryCut[] = [];
  #live = new Map<string, LogEntry>();
  #head: Revision = 0;
  #tail: Tail | undefined;
  #bytesSinceSnapshot = 0;

  constructor(files: LogFileSystem, directory: string, shelf: SnapshotShelf, history: History) {
    this.#files = files;
    this.#directory = directory;
    this.#shelf = shelf;
    this.#history = history;
  }

  /** Takes the state of the oldest readable snapshot at or above the revision. False when there is none. */
  async jumpToSnapshot(atLeast: Revision): Promise<boolean> {
    const snapshot = await this.#shelf.oldestFrom(atLeast);
    if (snapshot === undefined) return false;
    this.#live = new Map(snapshot.entries.map((entry) => [entry.subject, entry]));
    this.#head = snapshot.revision;
    this.#history.restart(snapshot.revision);
    return true;
  }

  async followChain(segments: readonly NamedFile[]): Promise<void> {
    for (const [index, segment] of segments.entries()) {
      if (segment.revision < this.#head) continue;
      const rest = segments.slice(index);
      if (!(await this.#follows(segment))) {
        if (await this.jumpToSnapshot(this.#head + 1)) return this.followChain(rest);
        this.#noteMissing();
        return this.#cutChain(rest);
      }
      if (!(await this.#takeSegment(segment, rest.slice(1)))) return;
    }
    const newest = this.#shelf.newestRevision();
    if (newest <= (segments.at(-1)?.revision ?? 0)) return;
    if (newest > this.#head) await this.jumpToSnapshot(this.#head + 1);
    this.#noteMissing();
    await this.#cutChain([]);
  }

  async finish(): Promise<Recovered> {
    await setAsideFiles(this.#files, this.#directory, this.#shelf.damaged);
    this.#tail ??= {
      file: await createSegment(this.#files, this.#directory, this.#head, false),
      offset: fileHeaderBytes,
    };
    const report = {
      head: this.#head,
      liveEntries: this.#live.size,
      firstReadable: this.#history.firstReadable,
      cuts: this.#cuts,
      damagedSnapshots: this.#shelf.damaged.map(({ name }) => name),
    };
    return {
      live: this.#live,
      history: this.#history,
      head: this.#head,
      tail: this.#tail,
      bytesSinceSnapshot: this.#bytesSinceSnapshot,
      report,
    };
  }

  /** True when the segment begins where the chain ends, or says that it was begun above it after a cut. */
  async #follows(segment: NamedFile): Promise<boolean> {
    if (segment.revision === this.#head) return true;
    const file = await this.#files.open(join(this.#directory, segment.name), 'update');
    try {
      const header = await readFileHeader(file, 'segment');
      return header === undefined || header.count === 1;
    } finally {
      await file.close();
    }
  }

  /** False when the chain ends in it. */
  async #takeSegment(segment: NamedFile, later: readonly NamedFile[]): Promise<boolean> {
    const file = await this.#files.open(join(this.#directory, segment.name), 'update');
    if ((await readFileHeader(file, 'segment')) === undefined) {
      await writeSegmentHeader(file, segment.revision, segment.revision !== this.#head);
    }
    this.#head = segment.revision;
    const scan = await scanFrames(file, fileHeaderBytes, (entries) => this.#takeFrame(entries));
    if (scan.outcome !== 'whole' && (await this.jumpToSnapshot(this.#head + 1))) {
      await file.close();
      await this.followChain(later);
      return false;
    }
    this.#bytesSinceSnapshot =
      this.#shelf.newestRevision() > segment.revision ? 0 : this.#bytesSinceSnapshot + scan.end;
    await this.#moveTail({ file, offset: scan.end });
    if (scan.outcome === 'whole') return true;
    const { cut, truncate } = await cutSegment({
      files: this.#files,
      directory: this.#directory,
      file,
      name: segment.name,
      scan,
      head: this.#head,
      later,
    });
    this.#cuts.push(cut);
    if (cut.cause !== 'torn') await this.#cutChain(later);
    await truncate();
    return false;
  }

  /** Frames carry consecutive revisions; anything else can't come next. */
  #takeFrame(entries: readonly LogEntry[]): boolean {
    if (entries.length === 0 || entries.some(({ revision }, index) => revision !== this.#head + index + 1))
      return false;
    for (const entry of entries) {
      applyEntry(this.#live, entry);
      this.#history.push(entry);
    }
    this.#head += entries.length;
    this.#history.evict();
    return true;
  }

  /** Sets the rest of the chain aside and goes on in a new segment above every revision that was lost. */
  async #cutChain(rest: readonly NamedFile[]): Promise<void> {
    this.#cuts.push(...(await setAsideFiles(this.#files, this.#directory, rest)));
    this.#head += this.#cuts.reduce((sum, cut) => sum + revisionsAtMost(cut), 1);
    this.#history.restart(this.#head);
    const file = await createSegment(this.#files, this.#directory, this.#head, true);
    await this.#moveTail({ file, offset: fileHeaderBytes });
  }

  async #moveTail(tail: Tail): Promise<void> {
    await this.#tail?.file.close();
    this.#tail = tail;
  }

  #noteMissing(): void {
    const file = `the segment after revision ${this.#head}`;
    const nothing = { offset: 0, bytes: 0, revisionsCut: 0, revisionsUnreadable: 0, copy: undefined };
    this.#cuts.push({ file, cause: 'missing', ...nothing });
  }
}

function revisionsAtMost(cut: RecoveryCut): number {
  return cut.cause === 'missing' ? missingSegmentRevisions : Math.ceil(cut.bytes / entryHeaderBytes);
}
