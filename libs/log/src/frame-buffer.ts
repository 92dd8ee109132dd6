import { crc32 } from 'node:zlib';

import { checkedFrom, entryHeaderBytes, flagDeleted, frameHeaderBytes, frameMagic } from './frame-codec.ts';
import type { LogEntry } from './log-entry.ts';

const chunkMinBytes = 64 * 1024;
const chunkMaxBytes = 2 * 1024 * 1024;
/** Copying a value up to this size into the chunk is cheaper than one more buffer for the system call and the checksum. */
const inlineMaxBytes = 8 * 1024;

/** Collects encoded frames for one write. The buffers it returns stay valid until `reset`. */
export class FrameBuffer {
  #chunk: Buffer = Buffer.allocUnsafeSlow(chunkMinBytes);
  #at = 0;
  #sealed = 0;
  #pieces: Uint8Array[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Encodes one frame. The values are referenced, not copied, when they're large: they mustn't change any more. */
  add(entries: readonly LogEntry[]): void {
    this.#reserve(inlineBytesAtMost(entries));
    const chunk = this.#chunk;
    const start = this.#at;
    const firstPiece = this.#pieces.length;
    let at = start + frameHeaderBytes;
    let referenced = 0;
    for (const entry of entries) {
      const { value } = entry;
      at = writeEntryHead(chunk, at, entry);
      if (value.byteLength <= inlineMaxBytes) {
        chunk.set(value, at);
        at += value.byteLength;
      } else {
        this.#pieces.push(chunk.subarray(this.#sealed, at), value);
        this.#sealed = at;
        referenced += value.byteLength;
      }
    }
    chunk.writeUInt32LE(frameMagic, start);
    chunk.writeUInt32LE(at - start - frameHeaderBytes + referenced, start + 8);
    chunk.writeUInt32LE(entries.length, start + 12);
    chunk.writeUInt32LE(this.#checksum(start, at, firstPiece), start + 4);
    this.#at = at;
    this.#byteLength += at - start + referenced;
  }

  /** The bytes collected, in order. */
  pieces(): readonly Uint8Array[] {
    if (this.#at > this.#sealed) {
      this.#pieces.push(this.#chunk.subarray(this.#sealed, this.#at));
      this.#sealed = this.#at;
    }
    return this.#pieces;
  }

  reset(): void {
    if (this.#byteLength > this.#chunk.byteLength && this.#chunk.byteLength < chunkMaxBytes) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.min(chunkMaxBytes, this.#chunk.byteLength * 2));
    } else if (this.#chunk.byteLength > chunkMaxBytes) {
      this.#chunk = Buffer.allocUnsafeSlow(chunkMaxBytes);
    }
    this.#at = 0;
    this.#sealed = 0;
    this.#pieces = [];
    this.#byteLength = 0;
  }

  #reserve(bytes: number): void {
    if (this.#chunk.byteLength - this.#at >= bytes) return;
    this.pieces();
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(this.#chunk.byteLength, bytes));
    this.#at = 0;
    this.#sealed = 0;
  }

  #checksum(start: number, end: number, firstPiece: number): number {
    let from = start + checkedFrom;
    let sum = 0;
    const pieces = this.#pieces;
    for (let index = firstPiece; index < pieces.length; index += 2) {
      const inline = pieces[index];
      const value = pieces[index + 1];
      if (inline === undefined || value === undefined) break;
      const inlineEnd = inline.byteOffset - this.#chunk.byteOffset + inline.byteLength;
      sum = crc32(value, crc32(this.#chunk.subarray(from, inlineEnd), sum));
      from = inlineEnd;
    }
    return from < end ? crc32(this.#chunk.subarray(from, end), sum) : sum;
  }
}

function writeEntryHead(chunk: Buffer, at: number, entry: LogEntry): number {
  const subjectBytes = chunk.write(entry.subject, at + entryHeaderBytes, 'utf8');
  const headersAt = at + entryHeaderBytes + subjectBytes;
  const headers = headersText(entry);
  const headersBytes = headers === '' ? 0 : chunk.write(headers, headersAt, 'utf8');
  chunk.writeUInt16LE(entry.deleted ? flagDeleted : 0, at);
  chunk.writeUInt16LE(subjectBytes, at + 2);
  chunk.writeUInt32LE(headersBytes, at + 4);
  chunk.writeUInt32LE(entry.value.byteLength, at + 8);
  chunk.writeDoubleLE(entry.revision, at + 12);
  chunk.writeDoubleLE(entry.timeMs, at + 20);
  return headersAt + headersBytes;
}

function headersText(entry: LogEntry): string {
  for (const _ in entry.headers) return JSON.stringify(entry.headers);
  return '';
}

function inlineBytesAtMost(entries: readonly LogEntry[]): number {
  let bytes = frameHeaderBytes;
  for (const { subject, value, headers } of entries) {
    bytes += entryHeaderBytes + subject.length * 3 + (value.byteLength <= inlineMaxBytes ? value.byteLength : 0);
    for (const key in headers) bytes += 8 + (key.length + (headers[key]?.length ?? 0)) * 6;
  }
  return bytes;
}
