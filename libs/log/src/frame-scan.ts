import { decodeFrame, framePayloadMaxBytes, frameHeaderBytes, frameMagic } from './frame-codec.ts';
import type { LogFile } from './file-system.ts';
import type { LogEntry } from './log-entry.ts';

const windowBytes = 4 * 1024 * 1024;
/** How much of a file is searched for readable frames behind a damaged one. */
const salvageMaxBytes = 256 * 1024 * 1024;

export interface FrameScan {
  /** Offset behind the last good frame. */
  readonly end: number;
  /** `whole`: the file ended with a frame. `short`: in the middle of one. `bad`: checksum, format or order is wrong at `end`. */
  readonly outcome: 'whole' | 'short' | 'bad';
}

/** Reads frames from `start` to the end of the file. `accept` returns false for a frame that can't come next: the scan stops before it. */
export async function scanFrames(
  file: LogFile,
  start: number,
  accept: (entries: readonly LogEntry[]) => boolean,
): Promise<FrameScan> {
  const size = await file.size();
  let window = Buffer.allocUnsafeSlow(Math.max(1, Math.min(windowBytes, size - start)));
  let offset = start;
  for (;;) {
    if (offset >= size) return { end: offset, outcome: 'whole' };
    const filled = await file.read(window, offset);
    const { consumed, stop } = takeFrames(window, filled, accept);
    offset += consumed;
    if (stop === 'bad') return { end: offset, outcome: 'bad' };
    if (offset < size && stop > size - offset) return { end: offset, outcome: 'short' };
    if (stop > window.byteLength) window = Buffer.allocUnsafeSlow(stop);
  }
}

/** Returns the bytes taken and either `bad` or how many bytes the next frame needs at least. */
function takeFrames(
  window: Buffer,
  filled: number,
  accept: (entries: readonly LogEntry[]) => boolean,
): { readonly consumed: number; readonly stop: 'bad' | number } {
  let at = 0;
  for (;;) {
    if (at === filled) return { consumed: at, stop: frameHeaderBytes };
    const frame = decodeFrame(window, at, filled);
    if (frame.kind === 'short') return { consumed: at, stop: frame.bytes };
    if (frame.kind === 'bad' || !accept(frame.entries)) return { consumed: at, stop: 'bad' };
    at = frame.end;
  }
}

export interface Salvage {
  /** Readable frames found. */
  readonly frames: number;
  readonly entries: number;
  readonly lastRevision: number;
}

/** Looks for readable frames anywhere behind `start`, to tell how much of a damaged file is still there. */
export async function salvageFrames(file: LogFile, start: number): Promise<Salvage> {
  const size = Math.min((await file.size()) - start, salvageMaxBytes);
  const found = { frames: 0, entries: 0, lastRevision: 0 };
  if (size < frameHeaderBytes) return found;
  const buffer = Buffer.allocUnsafeSlow(size);
  const filled = await file.read(buffer, start);
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(frameMagic);
  let at = buffer.indexOf(magic, 0);
  while (at >= 0 && at < filled) {
    const frame = decodeFrame(buffer, at, filled);
    if (frame.kind === 'frame') {
      found.frames++;
      found.entries += frame.entries.length;
      found.lastRevision = Math.max(found.lastRevision, frame.entries.at(-1)?.revision ?? 0);
    }
    at = buffer.indexOf(magic, frame.kind === 'frame' ? frame.end : at + 1);
  }
  return found;
}

/** True when the file has a frame header at `offset` whose frame lies wholly inside the file: then its bytes are damaged, not missing. */
export async function hasWholeFrame(file: LogFile, offset: number): Promise<boolean> {
  const header = Buffer.alloc(frameHeaderBytes);
  if ((await file.read(header, offset)) < frameHeaderBytes || header.readUInt32LE(0) !== frameMagic) return false;
  const payloadBytes = header.readUInt32LE(8);
  return payloadBytes <= framePayloadMaxBytes && offset + frameHeaderBytes + payloadBytes <= (await file.size());
}
