import { join } from 'node:path';

import type { Revision } from './event-log.ts';
import { writeAll, type LogFile, type LogFileSystem } from './file-system.ts';
import { entryHeaderBytes } from './frame-codec.ts';
import { hasWholeFrame, salvageFrames, type FrameScan } from './frame-scan.ts';
import { fileHeaderBytes, type NamedFile } from './log-files.ts';
import type { RecoveryCut } from './log-report.ts';

const copyChunkBytes = 1024 * 1024;

export interface SegmentDamage {
  readonly files: LogFileSystem;
  readonly directory: string;
  readonly file: LogFile;
  readonly name: string;
  readonly scan: FrameScan;
  /** Last good revision. */
  readonly head: Revision;
  /** Segments behind this one. */
  readonly later: readonly NamedFile[];
}

/**
 * Decides what the bytes behind the last good frame are: the torn end of a write that was never acknowledged, or damage. Damaged bytes are copied beside the
 * file first. The caller truncates last, so that dying in between repeats the cut instead of forgetting it.
 */
export async function cutSegment(
  damage: SegmentDamage,
): Promise<{ readonly cut: RecoveryCut; readonly truncate: () => Promise<void> }> {
  const { files, directory, file, name, scan, head, later } = damage;
  const bytes = (await file.size()) - scan.end;
  const salvage = await salvageFrames(file, scan.end + 1);
  const isTorn = later.length === 0 && salvage.frames === 0 && !(await hasWholeFrame(file, scan.end));
  const copy = isTorn ? undefined : await copyAside(files, directory, file, name, scan.end);
  const revisionsCut = boundedRevisions(salvage.lastRevision - head, bytes);
  return {
    cut: {
      file: name,
      offset: scan.end,
      bytes,
      cause: isTorn ? 'torn' : 'damaged',
      revisionsCut: isTorn ? 0 : Math.max(1, revisionsCut),
      revisionsUnreadable: isTorn ? 0 : Math.max(1, revisionsCut - salvage.entries),
      copy,
    },
    truncate: async () => {
      await truncateDurably(files, join(directory, name), scan.end);
    },
  };
}

/** Opened anew: the caller may have closed its own handle by now. */
async function truncateDurably(files: LogFileSystem, path: string, length: number): Promise<void> {
  const file = await files.open(path, 'update');
  try {
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A number found in damaged bytes is believed only as far as the bytes can have held that many entries. */
function boundedRevisions(count: number, bytes: number): number {
  return Math.min(Math.max(0, count), Math.ceil(bytes / entryHeaderBytes));
}

/** Renames whole files out of the way. What they held is counted by their readable frames. */
export async function setAsideFiles(
  files: LogFileSystem,
  directory: string,
  rest: readonly NamedFile[],
): Promise<readonly RecoveryCut[]> {
  const cuts: RecoveryCut[] = [];
  for (const { name, kind } of rest) {
    const path = join(directory, name);
    const file = await files.open(path, 'update');
    const bytes = await file.size();
    const { entries } = kind === 'segment' ? await salvageFrames(file, fileHeaderBytes) : { entries: 0 };
    await file.close();
    const copy = await freeName(files, directory, name);
    await files.rename(path, join(directory, copy));
    cuts.push({
      file: name,
      offset: 0,
      bytes,
      cause: 'unreachable',
      revisionsCut: entries,
      revisionsUnreadable: 0,
      copy,
    });
  }
  if (rest.length > 0) await files.syncDirectory(directory);
  return cuts;
}

async function copyAside(
  files: LogFileSystem,
  directory: string,
  source: LogFile,
  name: string,
  from: number,
): Promise<string> {
  const copy = await freeName(files, directory, name);
  const target = await files.open(join(directory, copy), 'create');
  try {
    const chunk = Buffer.allocUnsafe(copyChunkBytes);
    for (let at = 0; ;) {
      const count = await source.read(chunk, from + at);
      if (count === 0) break;
      at += await writeAll(target, [chunk.subarray(0, count)], at);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  await files.syncDirectory(directory);
  return copy;
}

async function freeName(files: LogFileSystem, directory: string, name: string): Promise<string> {
  const names = new Set(await files.list(directory));
  let number = 1;
  while (names.has(`${name}.corrupt-${number}`)) number++;
  return `${name}.corrupt-${number}`;
}
