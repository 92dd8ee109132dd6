/**
 * How an entry is written as a NATS message. Subject: the entry's with the log's prefix; body: its value (of a deletion: the last state). Headers:
 *
 *     Flotilla-Entry: <append id> <time, ms since the epoch> <index in the append> <entries in the append> <put|deleted> [<sequence it replaces>]
 *     Flotilla-Headers: <the entry's headers, JSON in ASCII>                        only when there are any
 *     Flotilla-Rest: <subjects of the append's later entries, separated by a space>  only in appends of several, and while they are short
 *
 * `<sequence it replaces>` is the last sequence of the subject that the server checked before it stored the message (0 = there was no message), absent for an
 * unconditional write. A message that somebody else put into the stream has none of these and counts as an entry of its own.
 */
import { headers as newHeaders, type Msg, type MsgHdrs } from '@nats-io/nats-core';

import type { Append, Entry, Revision } from '../event-log.ts';
import { noHeaders } from '../log-entry.ts';

export const entryHeader = 'Flotilla-Entry';
const portHeadersHeader = 'Flotilla-Headers';
const restHeader = 'Flotilla-Rest';
/** Beyond these the rest isn't listed: it would grow with the square of the append's size. */
const restMaxEntries = 32;
const restMaxBytes = 2_048;

/** One message of the stream, decoded. */
export interface StoredMessage {
  readonly revision: Revision;
  /** With the log's prefix. */
  readonly subject: string;
  readonly appendId: string;
  /** Revision of the last entry of the same append. */
  readonly appendEnd: Revision;
  /** Revision of the first entry of the same append. */
  readonly appendStart: Revision;
  readonly deleted: boolean;
  readonly timeMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
  /** Subjects of the append's later entries; undefined = not known. */
  readonly rest: readonly string[] | undefined;
  /** The subject's last sequence when this was stored, as the server checked it; undefined = not known. */
  readonly replaced: Revision | undefined;
}

export interface EncodeOptions {
  readonly appendId: string;
  readonly timeMs: number;
  readonly index: number;
  /** The whole append, with prefixed subjects. */
  readonly subjects: readonly string[];
  /** What the server is to check; undefined = nothing. */
  readonly expectSequence: Revision | undefined;
}

/** The headers of one message of an append. */
export function encodeHeaders(
  entry: Append,
  { appendId, timeMs, index, subjects, expectSequence }: EncodeOptions,
): MsgHdrs {
  const headers = newHeaders();
  const kind = entry.deleted === true ? 'deleted' : 'put';
  const replaces = expectSequence === undefined ? '' : ` ${expectSequence}`;
  headers.set(entryHeader, `${appendId} ${timeMs} ${index} ${subjects.length} ${kind}${replaces}`);
  if (entry.headers !== undefined && hasKeys(entry.headers)) {
    headers.set(portHeadersHeader, asciiJson(entry.headers));
  }
  const restCount = subjects.length - index - 1;
  if (restCount > 0 && restCount <= restMaxEntries) {
    const rest = subjects.slice(index + 1).join(' ');
    if (rest.length <= restMaxBytes) headers.set(restHeader, rest);
  }
  if (expectSequence !== undefined) headers.set('Nats-Expected-Last-Subject-Sequence', String(expectSequence));
  return headers;
}

function hasKeys(record: Readonly<Record<string, string>>): boolean {
  for (const _ in record) return true;
  return false;
}

/** Header values may hold neither line breaks nor, in every client, anything but ASCII; JSON escapes the former itself. */
function asciiJson(value: Readonly<Record<string, string>>): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What `decodeMessage` reads: a message as the client gives it, or one that was asked for by sequence or subject. */
export interface RawMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

/** Never throws: a message with headers that make no sense is taken for somebody else's. */
export function decodeMessage(raw: RawMessage, revision: Revision, storedAtMs: number): StoredMessage {
  const { subject, data, headers } = raw;
  const fields = headers?.get(entryHeader) ?? '';
  const [appendId = '', time = '', index = '', count = '', kind = '', replaced] = fields.split(' ');
  if (appendId === '' || kind === '') {
    return {
      revision,
      subject,
      appendId: '',
      appendStart: revision,
      appendEnd: revision,
      deleted: false,
      timeMs: storedAtMs,
      headers: noHeaders,
      value: data,
      rest: [],
      replaced: undefined,
    };
  }
  const appendStart = revision - Number(index);
  const appendEnd = appendStart + Number(count) - 1;
  const rest = appendEnd === revision ? '' : headers?.get(restHeader);
  return {
    revision,
    subject,
    appendId,
    appendStart,
    appendEnd,
    deleted: kind === 'deleted',
    timeMs: Number(time),
    headers: parseHeaders(headers?.get(portHeadersHeader)),
    value: data,
    rest: rest === '' ? (appendEnd === revision ? [] : undefined) : rest?.split(' '),
    replaced: replaced === undefined ? undefined : Number(replaced),
  };
}

function parseHeaders(json: string | undefined): Readonly<Record<string, string>> {
  if (json === undefined || json === '') return noHeaders;
  return JSON.parse(json) as Record<string, string>;
}

/** Where in the stream a delivered message stands. */
export interface Delivery {
  readonly streamSequence: Revision;
  readonly consumerSequence: number;
  readonly storedAtMs: number;
}

/** Reads the reply address of a delivered message: `$JS.ACK.…<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>[.<token>]`. */
export function readDelivery(message: Msg): Delivery | undefined {
  const tokens = message.reply?.split('.') ?? [];
  // Servers that know of domains put two tokens before the stream's name, and may put a random one at the end.
  const first = tokens.length >= 11 ? 6 : 4;
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < first + 5) return undefined;
  return {
    streamSequence: Number(tokens[first + 1]),
    consumerSequence: Number(tokens[first + 2]),
    storedAtMs: Math.floor(Number(tokens[first + 3]) / 1e6),
  };
}

/** The entry as readers get it; `memo` is added by whoever has it. */
export function toEntry(message: StoredMessage, subject: string, memo: unknown): Entry {
  const { revision, value, deleted, timeMs, headers } = message;
  return { revision, subject, value, deleted, timeMs, headers, ...(memo !== undefined && { memo }) };
}
