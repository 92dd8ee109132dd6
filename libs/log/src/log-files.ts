import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import type { Revision } from './event-log.ts';
import { writeAll, type LogFile, type LogFileSystem } from './file-system.ts';

/**
 * Files of a log directory. `segment-<base>.log` holds the frames after revision `base` up to the base of the next segment;
 * `snapshot-<revision>.snap` holds the live entries at that revision. Each begins with a header of 32 bytes:
 * magic (8) · revision f64 · count f64 (entries of a snapshot; 1 in a segment that was begun after a cut) · crc u32 · 0 u32.
 */
export type LogFileKind = 'segment' | 'snapshot';

export const fileHeaderBytes = 32;

const shape = {
  segment: { magic: 'FLOTLOG1', suffix: '.log' },
  snapshot: { magic: 'FLOTSNP1', suffix: '.snap' },
} as const;

export interface NamedFile {
  readonly kind: LogFileKind;
  readonly name: string;
  readonly revision: Revision;
}

export interface FileHeader {
  readonly revision: Revision;
  readonly count: number;
}

export function logFileName(kind: LogFileKind, revision: Revision): string {
  return `${kind}-${String(revision).padStart(16, '0')}${shape[kind].suffix}`;
}

/** Undefined for a name that isn't one of the log's (leftovers, the lock, set-aside files). */
export function parseLogFileName(name: string): NamedFile | undefined {
  const match = /^(segment|snapshot)-(\d{16})\.(log|snap)$/.exec(name);
  if (match === null) return undefined;
  const kind: LogFileKind = match[1] === 'segment' ? 'segment' : 'snapshot';
  const revision = Number(match[2]);
  return name === logFileName(kind, revision) ? { kind, name, revision } : undefined;
}

export function encodeFileHeader(kind: LogFileKind, header: FileHeader): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes);
  bytes.write(shape[kind].magic, 0, 'latin1');
  bytes.writeDoubleLE(header.revision, 8);
  bytes.writeDoubleLE(header.count, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
  return bytes;
}

/** Undefined when the header is missing, torn or damaged. */
export async function readFileHeader(file: LogFile, kind: LogFileKind): Promise<FileHeader | undefined> {
  const bytes = Buffer.alloc(fileHeaderBytes);
  if ((await file.read(bytes, 0)) < fileHeaderBytes) return undefined;
  if (bytes.toString('latin1', 0, 8) !== shape[kind].magic) return undefined;
  if (crc32(bytes.subarray(0, 24)) !== bytes.readUInt32LE(24)) return undefined;
  return { revision: bytes.readDoubleLE(8), count: bytes.readDoubleLE(16) };
}

/** Writes the header of a segment anew and makes it durable. */
export async function writeSegmentHeader(file: LogFile, base: Revision, isAfterCut: boolean): Promise<void> {
  await writeAll(file, [encodeFileHeader('segment', { revision: base, count: isAfterCut ? 1 : 0 })], 0);
  await file.sync();
}

/** Makes an empty segment, durable with its directory entry. Leaves nothing behind when it fails. */
export async function createSegment(
  files: LogFileSystem,
  directory: string,
  base: Revision,
  isAfterCut: boolean,
): Promise<LogFile> {
  const path = join(directory, logFileName('segment', base));
  const file = await files.open(path, 'create');
  try {
    await writeSegmentHeader(file, base, isAfterCut);
    await files.syncDirectory(directory);
    return file;
  } catch (error) {
    await file.close();
    await files.remove(path);
    throw error;
  }
}
