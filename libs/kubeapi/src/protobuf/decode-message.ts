/**
 * Reading of a protobuf message into the JSON object that it stands for. Unknown fields are skipped, as protobuf demands. Fields that Go would omit from JSON
 * (zero values that mean nothing) are left out, so that the object is the same as if the client had sent JSON.
 */
import protobuf from 'protobufjs/minimal.js';
import type { Reader } from 'protobufjs/minimal.js';

import { setMember, type MutableRecord } from '../patch/json-value.ts';
import { FieldFlag, type FieldDescriptor, type MessageType, type MessageTypes } from './descriptors.ts';
import { specialTypes } from './special-types.ts';

const MAX_DEPTH = 100;
const LENGTH_DELIMITED = 2;

/** Throws RangeError or Error when the bytes are damaged or nested too deeply. */
export function decodeMessage(
  bytes: Uint8Array,
  type: MessageType,
  types: MessageTypes,
  options: { readonly keepsBytes?: boolean } = {},
): MutableRecord {
  const reader = protobuf.Reader.create(bytes);
  return readMessage({ reader, types, keepsBytes: options.keepsBytes ?? false }, type, bytes.length, 0);
}

interface Context {
  readonly reader: Reader;
  readonly types: MessageTypes;
  /** Bytes stay bytes instead of becoming base64 text. */
  readonly keepsBytes: boolean;
}

function readMessage(context: Context, type: MessageType, end: number, depth: number): MutableRecord {
  if (depth > MAX_DEPTH) throw new RangeError('the message is nested too deeply');
  const { reader } = context;
  if (end > reader.len) throw new RangeError('the message is cut off');
  const target: MutableRecord = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = type.byNumber.get(tag >>> 3);
    if (field === undefined) reader.skipType(tag & 7);
    else readField(context, field, target, tag & 7, depth);
  }
  if (reader.pos !== end) throw new RangeError('a field reaches beyond its message');
  return target;
}

function readField(
  context: Context,
  field: FieldDescriptor,
  target: MutableRecord,
  wireType: number,
  depth: number,
): void {
  const [, name, type, flags] = field;
  if ((flags & FieldFlag.map) !== 0) {
    readMapEntry(context, field, target, depth);
  } else if ((flags & FieldFlag.repeated) !== 0) {
    const list = (target[name] ??= []) as unknown[];
    readItems(context, type, list, wireType, depth);
  } else {
    const value = readValue(context, type, depth);
    if ((flags & FieldFlag.inline) !== 0) Object.assign(target, value);
    else if (value !== undefined && ((flags & FieldFlag.keepsZero) !== 0 || !isZero(value))) target[name] = value;
  }
}

/** Numbers may come packed: many in one length-delimited field. */
function readItems(context: Context, type: string, list: unknown[], wireType: number, depth: number): void {
  const isNumber = type !== 'string' && type !== 'bytes' && !type.includes('.');
  if (!isNumber || wireType !== LENGTH_DELIMITED) {
    list.push(readValue(context, type, depth) ?? null);
    return;
  }
  const end = context.reader.uint32() + context.reader.pos;
  if (end > context.reader.len) throw new RangeError('the message is cut off');
  while (context.reader.pos < end) list.push(readValue(context, type, depth));
}

function readMapEntry(context: Context, [, name, type]: FieldDescriptor, target: MutableRecord, depth: number): void {
  const { reader } = context;
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError('the message is cut off');
  let key = '';
  let value: unknown;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(context, type, depth);
    else reader.skipType(tag & 7);
  }
  const map = (target[name] ??= {}) as MutableRecord;
  setMember(map, key, value ?? zeroOf(type));
}

function readValue(context: Context, type: string, depth: number): unknown {
  const { reader, types } = context;
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return context.keepsBytes ? reader.bytes() : Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'uint32':
      return reader.uint32();
    case 'int64':
      return Number(reader.int64());
    case 'uint64':
      return Number(reader.uint64());
    case 'double':
      return reader.double();
    case 'float':
      return reader.float();
    default: {
      const end = reader.uint32() + reader.pos;
      const message = types.get(type);
      if (message === undefined) throw new Error(`message type ${type} is unknown`);
      const special = specialTypes.get(type);
      if (special === undefined) return readMessage(context, message, end, depth + 1);
      // Raw JSON is in bytes; of the other special types none has bytes below.
      return special.toJson(readMessage({ ...context, keepsBytes: isRawJson(message) }, message, end, depth + 1));
    }
  }
}

function isRawJson({ fields }: MessageType): boolean {
  return fields.length === 1 && fields[0]?.[2] === 'bytes';
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function zeroOf(type: string): unknown {
  switch (type) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    default:
      return type.includes('.') ? (specialTypes.has(type) ? null : {}) : 0;
  }
}
