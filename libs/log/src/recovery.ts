import { join } from 'node:path';

import type { Revision } from './event-log.ts';
import type { LogFile, LogFileSystem } from './file-system.ts';
import { entryHeaderBytes } from './frame-codec.ts';
import { scanFrames, type FrameScan } from './frame-scan.ts';
import { History, type HistoryLimits } from './history.ts';
import {
  createSegment,
  fileHeaderBytes,
  parseLogFileName,
  readFileHeader,
  writeSegmentHeader,
  type NamedFile,
} from './log-files.ts';
import type { LogEntry } from './log-entry.ts';
import { LogDamaged, type RecoveryCut, type RecoveryReport } from './log-report.ts';
import { cutSegment, setAsideFiles } from './recovery-cut.ts';
import { readSnapshot, type Snapshot } from './snapshot-file.ts';

/**
 * Opening a directory. State = newest readable snapshot + the segments after it, in an unbroken chain of revisions. Where the chain breaks, it's cut:
 * what is recovered is always a prefix of what was acknowledged. Segments before the snapshot only fill the history.
 *
 * After a cut of bytes that may have been acknowledged, numbering goes on above every revision that the lost bytes can have held (a new segment with
 * a higher base), so that no revision is ever given twice with different contents, and history starts anew, so that readers take the state again.
 */
export interface Recovered {
  readonly live: Map<string, LogEntry>;
  readonly history: History;
  readonly head: Revision;
  /** The segment that takes the next frames. */
  readonly tail: { readonly file: LogFile; readonly offset: number };
  readonly bytesSinceSnapshot: number;
  readonly report: RecoveryReport;
}

interface RecoveryState {
  readonly files: LogFileSystem;
  readonly directory: string;
  readonly live: Map<string, LogEntry>;
  readonly history: History;
  readonly cuts: RecoveryCut[];
  head: Revision;
  tail: { readonly file: LogFile; readonly offset: number } | undefined;
  bytesSinceSnapshot: number;
}

/** Revisions skipped when a whole segment is gone and nothing tells how many it held. */
const missingSegmentRevisions = 1_000_000;

/** Throws LogDamaged when no snapshot can be read and the segments don't reach back to the beginning. */
export async function recoverDirectory(
  files: LogFileSystem,
  directory: string,
  historyLimits: HistoryLimits,
): Promise<Recovered> {
  const found = await listLogFiles(files, directory);
  const { snapshot, damaged } = await chooseSnapshot(files, directory, found);
  const base = snapshot?.revision ?? 0;
  const state: RecoveryState = {
    files,
    directory,
    live: new Map(snapshot?.entries.map((entry) => [entry.subject, entry])),
    history: new History(historyLimits, base),
    cuts: [],
    head: base,
    tail: undefined,
    bytesSinceSnapshot: 0,
  };
  await setAsideFiles(files, directory, damaged);
  await fillHistory(
    state,
    found.segments.filter((segment) => segment.revision < base),
    base,
  );
  await followChain(
    state,
    found.segments.filter((segment) => segment.revision >= base),
    snapshot !== undefined,
  );
  const tail = state.tail ?? {
    file: await createSegment(files, directory, state.head, false),
    offset: fileHeaderBytes,
  };
  const { live, history, head, bytesSinceSnapshot, cuts } = state;
  const report = {
    head,
    liveEntries: live.size,
    firstReadable: history.firstReadable,
    cuts,
    damagedSnapshots: damaged.map(({ name }) => name),
  };
  return { live, history, head, tail, bytesSinceSnapshot, report };
}

interface FoundFiles {
  /** Oldest first. */
  readonly segments: readonly NamedFile[];
  /** Newest first. */
  readonly snapshots: readonly NamedFile[];
}

async function listLogFiles(files: LogFileSystem, directory: string): Promise<FoundFiles> {
  const names = await files.list(directory);
  for (const name of names) {
    if (name.endsWith('.snap.tmp')) await files.remove(join(directory, name));
  }
  const found = names.map(parseLogFileName).filter((file) => file !== undefined);
  const byRevision = (a: NamedFile, b: NamedFile): number => a.revision - b.revision;
  return {
    segments: found.filter((file) => file.kind === 'segment').toSorted(byRevision),
    snapshots: found.filter((file) => file.kind === 'snapshot').toSorted((a, b) => byRevision(b, a)),
  };
}

async function chooseSnapshot(
  files: LogFileSystem,
  directory: string,
  { segments, snapshots }: FoundFiles,
): Promise<{ readonly snapshot: Snapshot | undefined; readonly damaged: readonly NamedFile[] }> {
  const damaged: NamedFile[] = [];
  for (const named of snapshots) {
    const snapshot = await readSnapshot(files, directory, named.name);
    if (snapshot !== undefined) return { snapshot, damaged };
    damaged.push(named);
  }
  const reachesBack = segments[0] === undefined ? damaged.length === 0 : segments[0].revision === 0;
  if (reachesBack) return { snapshot: undefined, damaged };
  throw new LogDamaged(
    `no snapshot in ${directory} can be read (${damaged.map(({ name }) => name).join(', ') || 'none is there'}) ` +
      `and the segments don't reach back to the first revision: restore the directory from a backup, or move it away to begin empty`,
  );
}

/** Reads the segments before the snapshot into the history. Damage there costs history, never state. */
async function fillHistory(state: RecoveryState, segments: readonly NamedFile[], end: Revision): Promise<void> {
  const { history } = state;
  let last: Revision | undefined;
  for (const segment of segments) {
    await withFile(state, segment, async (file) => {
      const header = await readFileHeader(file, 'segment');
      if (last !== segment.revision && (last === undefined || header?.count !== 1)) history.restart(segment.revision);
      const chain = followRevisions(segment.revision);
      const { outcome } = await scanFrames(file, fileHeaderBytes, (entries) => {
        if (!chain.takes(entries)) return false;
        for (const entry of entries) history.push(entry);
        history.evict();
        return true;
      });
      last = outcome === 'whole' ? chain.last() : undefined;
    });
  }
  if (last !== end) history.restart(end);
}

async function followChain(state: RecoveryState, segments: readonly NamedFile[], mustBegin: boolean): Promise<void> {
  if (mustBegin && segments[0] === undefined) {
    noteMissing(state);
    await endChain(state, []);
  }
  for (const [index, segment] of segments.entries()) {
    const file = await state.files.open(join(state.directory, segment.name), 'update');
    const header = await readFileHeader(file, 'segment');
    if (segment.revision !== state.head && header !== undefined && header.count !== 1) {
      await file.close();
      noteMissing(state);
      await endChain(state, segments.slice(index));
      return;
    }
    if (header === undefined) await writeSegmentHeader(file, segment.revision, segment.revision !== state.head);
    const chain = followRevisions(segment.revision);
    const scan = await scanFrames(file, fileHeaderBytes, (entries) => {
      if (!chain.takes(entries)) return false;
      applyEntries(state, entries);
      return true;
    });
    state.head = chain.last();
    state.bytesSinceSnapshot += scan.end;
    await state.tail?.file.close();
    state.tail = { file, offset: scan.end };
    if (scan.outcome !== 'whole') {
      await endSegment(state, segment, file, scan, segments.slice(index + 1));
      return;
    }
  }
}

function applyEntries({ live, history }: RecoveryState, entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    if (entry.deleted) live.delete(entry.subject);
    else live.set(entry.subject, entry);
    history.push(entry);
  }
  history.evict();
}

/** Checks that frames carry consecutive revisions from `base` on. */
function followRevisions(base: Revision): { takes(entries: readonly LogEntry[]): boolean; last(): Revision } {
  let last = base;
  return {
    takes: (entries) => {
      if (entries.length === 0 || entries.some((entry, index) => entry.revision !== last + index + 1)) return false;
      last += entries.length;
      return true;
    },
    last: () => last,
  };
}

async function endSegment(
  state: RecoveryState,
  segment: NamedFile,
  file: LogFile,
  scan: FrameScan,
  later: readonly NamedFile[],
): Promise<void> {
  const { files, directory, cuts, head } = state;
  const { cut, truncate } = await cutSegment({ files, directory, file, name: segment.name, scan, head, later });
  cuts.push(cut);
  if (cut.cause !== 'torn') await endChain(state, later);
  await truncate();
}

/** Sets the rest of the chain aside and goes on in a new segment above every revision that was lost. */
async function endChain(state: RecoveryState, rest: readonly NamedFile[]): Promise<void> {
  const { files, directory, cuts, history } = state;
  cuts.push(...(await setAsideFiles(files, directory, rest)));
  const lostAtMost = cuts.reduce((sum, cut) => sum + revisionsAtMost(cut), 1);
  state.head += lostAtMost;
  history.restart(state.head);
  await state.tail?.file.close();
  state.tail = { file: await createSegment(files, directory, state.head, true), offset: fileHeaderBytes };
}

function revisionsAtMost(cut: RecoveryCut): number {
  return cut.cause === 'missing' ? missingSegmentRevisions : Math.ceil(cut.bytes / entryHeaderBytes);
}

function noteMissing(state: RecoveryState): void {
  const file = `segment after revision ${state.head}`;
  state.cuts.push({
    file,
    offset: 0,
    bytes: 0,
    cause: 'missing',
    revisionsCut: 0,
    revisionsUnreadable: 0,
    copy: undefined,
  });
}

async function withFile(
  { files, directory }: RecoveryState,
  { name }: NamedFile,
  use: (file: LogFile) => Promise<void>,
): Promise<void> {
  const file = await files.open(join(directory, name), 'update');
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
