/**
 * A backup as bytes: a sequence of frames, each with its own checksum, the last one with the checksum of all before it. Says about itself what it is, from when, and where it ends, so that a
 * torn copy can't pass for a whole one.
 *
 * Frame: magic `FBK1` (4) · kind u8 · 0 u8 ×3 · length of the payload u32 · crc32 of kind, length and payload u32 · payload. Numbers are little-endian.
 * Payloads: `manifest` and `trailer` are JSON; `entries` is zstd over records: length u32 · JSON of what surrounds the value · length u32 · value.
 */
import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import { crc32, zstdCompress, zstdDecompress } from 'node:zlib';

import type { Entry, Revision } from '@flotilla/log/event-log';

export interface BackupManifest {
  readonly format: 'flotilla-backup';
  readonly version: 1;
  readonly createdMs: number;
  /** Where the state was read. */
  readonly source: 'log' | 'archive';
}

export interface BackupTrailer {
  /** The state is that of this revision. */
  readonly head: Revision;
  readonly entries: number;
  /** Of the values, before compression. */
  readonly bytes: number;
  /** Over all frames before this one. */
  readonly sha256: string;
}

export type BackupFrame =
  | { readonly kind: 'manifest'; readonly manifest: BackupManifest }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'trailer'; readonly trailer: BackupTrailer };

/** The file isn't a whole, unchanged backup; `offset` is the first byte of the frame in question. Nothing has been restored from it. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
  readonly offset: number;
  constructor(offset: number, what: string, options?: ErrorOptions) {
    super(`the backup is damaged at byte ${offset}: ${what}`, options);
    this.offset = offset;
  }
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const magic = 0x314b4246;
const headerBytes = 16;
/** An append holds 64 MiB at most; compressed, a frame of one entry never takes more than this. */
const payloadMaxBytes = 128 * 1024 * 1024;
const frameKinds = ['manifest', 'entries', 'trailer'] as const;

/** Gives frames in the order they're to be written. */
export class BackupEncoder {
  readonly #hash: Hash = createHash('sha256');
  #entries = 0;
  #bytes = 0;

  manifest(manifest: BackupManifest): Uint8Array {
    return this.#frame('manifest', Buffer.from(JSON.stringify(manifest)));
  }

  async entries(entries: readonly Entry[]): Promise<Uint8Array> {
    this.#entries += entries.length;
    this.#bytes += entries.reduce((sum, { value }) => sum + value.byteLength, 0);
    return this.#frame('entries', await compress(packEntries(entries)));
  }

  trailer(head: Revision): Uint8Array {
    const sha256 = this.#hash.copy().digest('hex');
    const trailer: BackupTrailer = { head, entries: this.#entries, bytes: this.#bytes, sha256 };
    return this.#frame('trailer', Buffer.from(JSON.stringify(trailer)));
  }

  #frame(kind: (typeof frameKinds)[number], payload: Uint8Array): Uint8Array {
    const frame = Buffer.alloc(headerBytes + payload.byteLength);
    frame.writeUInt32LE(magic, 0);
    frame.writeUInt8(frameKinds.indexOf(kind) + 1, 4);
    frame.writeUInt32LE(payload.byteLength, 8);
    frame.set(payload, headerBytes);
    frame.writeUInt32LE(frameChecksum(frame), 12);
    this.#hash.update(frame);
    return frame;
  }
}

function frameChecksum(frame: Buffer): number {
  return crc32(frame.subarray(headerBytes), crc32(frame.subarray(4, 12)));
}

/**
 * Reads a backup and checks everything: frames, their order, the counts, the checksum over all. Throws BackupDamaged at the first fault; only once it ended without one is the whole backup sound.
 */
export async function* readBackup(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupFrame, void> {
  const hash = createHash('sha256');
  let entries = 0;
  let bytes = 0;
  let expected: readonly BackupFrame['kind'][] = ['manifest'];
  let offset = 0;
  for await (const frame of framesOf(chunks)) {
    offset = frame.offset;
    const content = await contentOf(frame);
    if (!expected.includes(content.kind)) throw new BackupDamaged(offset, 'a frame is out of order');
    if (content.kind === 'entries') {
      entries += content.entries.length;
      bytes += content.entries.reduce((sum, { value }) => sum + value.byteLength, 0);
    } else if (content.kind === 'trailer') {
      const { trailer } = content;
      if (trailer.sha256 !== hash.copy().digest('hex') || trailer.entries !== entries || trailer.bytes !== bytes) {
        throw new BackupDamaged(offset, 'the checksum over all frames differs');
      }
    }
    expected = content.kind === 'trailer' ? [] : ['entries', 'trailer'];
    hash.update(frame.bytes);
    offset += frame.bytes.byteLength;
    yield content;
  }
  if (expected.length > 0) throw new BackupDamaged(offset, 'it ends too early');
}

interface RawFrame {
  readonly offset: number;
  readonly bytes: Buffer;
}

async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RawFrame, void> {
  let pending: Buffer[] = [];
  let length = 0;
  let offset = 0;
  let needed = headerBytes;
  for await (const chunk of chunks) {
    pending.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    length += chunk.byteLength;
    while (length >= needed) {
      const joined = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
      needed = frameBytes(joined, offset);
      if (length < needed) {
        pending = [joined];
        break;
      }
      const bytes = joined.subarray(0, needed);
      if (frameChecksum(bytes) !== bytes.readUInt32LE(12)) throw new BackupDamaged(offset, 'the checksum differs');
      yield { offset, bytes };
      offset += needed;
      length -= needed;
      pending = [joined.subarray(needed)];
      needed = headerBytes;
    }
  }
  if (length > 0) throw new BackupDamaged(offset, 'it ends within a frame');
}

function frameBytes(header: Buffer, offset: number): number {
  if (header.readUInt32LE(0) !== magic) throw new BackupDamaged(offset, 'there is no frame');
  const payloadBytes = header.readUInt32LE(8);
  if (payloadBytes > payloadMaxBytes) throw new BackupDamaged(offset, 'a frame is longer than any can be');
  return headerBytes + payloadBytes;
}

async function contentOf({ offset, bytes }: RawFrame): Promise<BackupFrame> {
  const payload = bytes.subarray(headerBytes);
  const kind = frameKinds[bytes.readUInt8(4) - 1];
  try {
    switch (kind) {
      case 'manifest': {
        const manifest: { readonly format: string; readonly version: number } = JSON.parse(payload.toString('utf8'));
        if (!isManifest(manifest)) {
          throw new BackupDamaged(offset, `"${manifest.format}" version ${manifest.version} isn't known here`);
        }
        return { kind, manifest };
      }
      case 'entries':
        return { kind, entries: unpackEntries(await decompress(payload, { maxOutputLength: payloadMaxBytes })) };
      case 'trailer': {
        const trailer: BackupTrailer = JSON.parse(payload.toString('utf8'));
        return { kind, trailer };
      }
      default:
        throw new BackupDamaged(offset, 'a frame of an unknown kind');
    }
  } catch (error) {
    if (error instanceof BackupDamaged) throw error;
    throw new BackupDamaged(offset, "a frame's contents can't be read", { cause: error });
  }
}

function isManifest(value: { readonly format: string; readonly version: number }): value is BackupManifest {
  return value.format === 'flotilla-backup' && value.version === 1;
}

/** What is kept of an entry beside its value. */
interface Envelope {
  readonly r: Revision;
  readonly s: string;
  readonly t: number;
  readonly h?: Readonly<Record<string, string>>;
}

function packEntries(entries: readonly Entry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { revision, subject, timeMs, headers, value } of entries) {
    const envelope: Envelope = {
      r: revision,
      s: subject,
      t: timeMs,
      ...(Object.keys(headers).length > 0 && { h: headers }),
    };
    const text = Buffer.from(JSON.stringify(envelope));
    parts.push(lengthOf(text), text, lengthOf(value), value);
  }
  return Buffer.concat(parts);
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.byteLength);
  return length;
}

function unpackEntries(bytes: Buffer): readonly Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  const take = (): Buffer => {
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.byteLength) throw new RangeError('a record reaches beyond its frame');
    const part = bytes.subarray(at + 4, end);
    at = end;
    return part;
  };
  while (at < bytes.byteLength) {
    const { r: revision, s: subject, t: timeMs, h: headers = {} }: Envelope = JSON.parse(take().toString('utf8'));
    entries.push({ revision, subject, timeMs, headers, value: take(), deleted: false });
  }
  return entries;
}
