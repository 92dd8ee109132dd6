import { LineCounter, parseDocument } from 'yaml';
import { badRequest, requestTooLarge, unsupportedMediaType } from '../errors/api-errors.ts';
import { BodyTooLarge, type Exchange } from '../http/exchange.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { decodeProtobuf, PROTOBUF_MEDIA_TYPE } from '../protobuf/protobuf.ts';
import { yamlDuplicates, type BodySource } from './duplicate-fields.ts';

const objectTypes = ['application/json', 'application/yaml', PROTOBUF_MEDIA_TYPE] as const;

/** Throws 413 past the limit. */
export async function readBytes(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  try {
    return await exchange.readBody(limitBytes);
  } catch (error) {
    if (error instanceof BodyTooLarge) throw requestTooLarge(`Request entity too large: limit is ${limitBytes}`);
    throw error;
  }
}

export interface ParsedBody {
  /** Private to the request: may be changed. */
  readonly value: unknown;
  readonly length: number;
  /** Absent for binary bodies, which can't say anything twice. */
  readonly source?: BodySource;
}

/** Reads an object in any of the forms that clients send. `kind` names what was expected in the error. Throws 400, 413, 415. */
export async function readObject(exchange: Exchange, limitBytes: number, kind: string): Promise<ParsedBody> {
  const type = mediaTypeOf(exchange.headers['content-type']);
  if (type !== '' && !objectTypes.some((one) => one === type)) {
    exchange.bodyStream().resume();
    throw unsupportedMediaType(objectTypes);
  }
  const bytes = await readBytes(exchange, limitBytes);
  if (type === PROTOBUF_MEDIA_TYPE) {
    const outcome = await decodeProtobuf(bytes);
    if (outcome.kind === 'failed') throw unrecognized(kind, outcome.message, bytes);
    return { value: outcome.object, length: bytes.length };
  }
  return type === 'application/yaml' ? parseYamlBody(bytes, kind) : parseJsonBody(bytes, kind);
}

function parseJsonBody(bytes: Buffer, kind: string): ParsedBody {
  const text = bytes.toString('utf8');
  try {
    return { value: JSON.parse(text), length: bytes.length, source: { syntax: 'json', text } };
  } catch (error) {
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${jsonProblem(error)}`, bytes);
  }
}

/** Of a key that comes twice the last value is taken, as kube-apiserver does. */
export function parseYamlBody(bytes: Buffer, kind: string): ParsedBody & { readonly source: BodySource } {
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(bytes.toString('utf8'), { lineCounter, uniqueKeys: false });
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    // Aliases are bounded by the library; a document that expands further is refused.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    const duplicates = yamlDuplicates(document, lineCounter);
    return { value, length: bytes.length, source: { syntax: 'yaml', duplicates } };
  } catch (error) {
    throw unrecognized(kind, `yaml: ${messageOf(error)}`, bytes);
  }
}

function unrecognized(kind: string, why: string, bytes: Buffer): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes)})`);
}

/** What begins like JSON is shown as text, anything else in hex. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, 30);
  const shown = start[0] === 0x7b ? start.toString('utf8') : start.toString('hex');
  return bytes.length > 30 ? `${shown} ...` : shown;
}

/** As clients know it from Go where it's the common case; else as V8 says it. */
export function jsonProblem(error: unknown): string {
  const message = messageOf(error);
  const isCutOff = message.includes('end of JSON input') || /^Expected .* in JSON|^Unterminated/.test(message);
  return isCutOff ? `unexpected end of JSON input` : message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
