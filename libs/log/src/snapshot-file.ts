import { join } from 'node:path';

import type { Revision } from './event-log.ts';
import { writeAll, type LogFileSystem } from './file-system.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { scanFrames } from './frame-scan.ts';
import type { LogEntry } from './log-entry.ts';
import { encodeFileHeader, fileHeaderBytes, logFileName, readFileHeader } from './log-files.ts';

const sliceBytes = 512 * 1024;

export interface Snapshot {
  readonly revision: Revision;
  /** Live entries, in order of revision. */
  readonly entries: readonly LogEntry[];
}

/** Writes a snapshot so that it exists either whole or not at all, whenever the process dies. Returns its size in bytes. */
export async function writeSnapshot(
  files: LogFileSystem,
  directory: string,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<number> {
  const path = join(directory, logFileName('snapshot', snapshot.revision));
  const draft = `${path}.tmp`;
  const file = await files.open(draft, 'create');
  let isWhole = false;
  try {
    const { revision, entries } = snapshot;
    let at = await writeAll(file, [encodeFileHeader('snapshot', { revision, count: entries.length })], 0);
    const frames = new FrameBuffer();
    for (const slice of slices(entries)) {
      signal.throwIfAborted();
      frames.add(slice);
      at += await writeAll(file, frames.pieces(), at);
      frames.reset();
    }
    await file.sync();
    isWhole = true;
    return at;
  } finally {
    await file.close();
    if (isWhole) await files.rename(draft, path);
    else await files.remove(draft);
    await files.syncDirectory(directory);
  }
}

function* slices(entries: readonly LogEntry[]): Generator<readonly LogEntry[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    bytes += entry.value.byteLength + entry.subject.length;
    if (bytes < sliceBytes) continue;
    yield entries.slice(start, index + 1);
    start = index + 1;
    bytes = 0;
  }
  if (start < entries.length) yield entries.slice(start);
}

/** Undefined when any part of it is damaged. */
export async function readSnapshot(
  files: LogFileSystem,
  directory: string,
  name: string,
): Promise<Snapshot | undefined> {
  const file = await files.open(join(directory, name), 'update');
  try {
    const header = await readFileHeader(file, 'snapshot');
    if (header === undefined || logFileName('snapshot', header.revision) !== name) return undefined;
    const entries: LogEntry[] = [];
    const { outcome } = await scanFrames(file, fileHeaderBytes, (slice) => {
      for (const entry of slice) entries.push(entry);
      return true;
    });
    if (outcome !== 'whole' || entries.length !== header.count) return undefined;
    return { revision: header.revision, entries };
  } finally {
    await file.close();
  }
}
