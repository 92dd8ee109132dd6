import { crc32 } from 'node:zlib';

import { LogEntry, noHeaders } from './log-entry.ts';

/**
 * A frame is one append: stored whole or not at all. All numbers little endian.
 *
 *     frame  = magic u32 · crc u32 · payloadBytes u32 · count u32 · entry{count}
 *     entry  = flags u8 · 0 u8 · subjectBytes u16 · headersBytes u32 · valueBytes u32 · revision f64 · timeMs f64 · subject · headers (JSON) · value
 *
 * The checksum (CRC-32) covers everything after itself. The magic lets a reader find frames again behind a damaged one.
 */
export const frameMagic = 0x31464c46;
export const frameHeaderBytes = 16;
export const entryHeaderBytes = 28;
export const checkedFrom = 8;
export const flagDeleted = 1;
export const framePayloadMaxBytes = 512 * 1024 * 1024;
export const subjectMaxBytes = 0xffff;

export type DecodedFrame =
  | { readonly kind: 'frame'; readonly entries: readonly LogEntry[]; readonly end: number }
  /** The buffer ends before the frame does; `bytes` = length of the frame as far as its header tells. */
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'bad' };

const bad: DecodedFrame = { kind: 'bad' };

/** Decodes the frame at `start`. Values are copied, so that they don't keep the whole buffer alive. */
export function decodeFrame(buffer: Buffer, start: number, limit: number): DecodedFrame {
  if (limit - start < frameHeaderBytes) return { kind: 'short', bytes: frameHeaderBytes };
  if (buffer.readUInt32LE(start) !== frameMagic) return bad;
  const payloadBytes = buffer.readUInt32LE(start + 8);
  if (payloadBytes > framePayloadMaxBytes) return bad;
  const end = start + frameHeaderBytes + payloadBytes;
  if (end > limit) return { kind: 'short', bytes: frameHeaderBytes + payloadBytes };
  if (crc32(buffer.subarray(start + checkedFrom, end)) !== buffer.readUInt32LE(start + 4)) return bad;
  const entries = decodeEntries(buffer, start + frameHeaderBytes, end, buffer.readUInt32LE(start + 12));
  return entries === undefined ? bad : { kind: 'frame', entries, end };
}

function decodeEntries(buffer: Buffer, start: number, end: number, count: number): readonly LogEntry[] | undefined {
  const entries: LogEntry[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    if (end - at < entryHeaderBytes) return undefined;
    const subjectAt = at + entryHeaderBytes;
    const headersAt = subjectAt + buffer.readUInt16LE(at + 2);
    const valueAt = headersAt + buffer.readUInt32LE(at + 4);
    const next = valueAt + buffer.readUInt32LE(at + 8);
    if (next > end) return undefined;
    const headers = headersAt === valueAt ? noHeaders : parseHeaders(buffer.toString('utf8', headersAt, valueAt));
    if (headers === undefined) return undefined;
    entries.push(
      new LogEntry(
        buffer.readDoubleLE(at + 12),
        buffer.toString('utf8', subjectAt, headersAt),
        Buffer.from(buffer.subarray(valueAt, next)),
        (buffer.readUInt8(at) & flagDeleted) !== 0,
        buffer.readDoubleLE(at + 20),
        headers,
        undefined,
        index === count - 1,
      ),
    );
    at = next;
  }
  return at === end ? entries : undefined;
}

/** Undefined when it isn't what `FrameBuffer` writes: possible only for bytes that merely look like a frame. */
function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const headers: Record<string, string> = JSON.parse(text);
    return headers;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
