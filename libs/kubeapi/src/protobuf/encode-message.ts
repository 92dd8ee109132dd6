/** Writing of a JSON object as the protobuf message of its kind. Members that the message does not have are left out. */
import protobuf from 'protobufjs/minimal.js';
import type { Writer } from 'protobufjs/minimal.js';

import { isList, isRecord, memberOf, type JsonRecord } from '../patch/json-value.ts';
import { FieldFlag, type FieldDescriptor, type MessageType, type MessageTypes } from './descriptors.ts';
import { specialTypes } from './special-types.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

export function encodeMessage(object: JsonRecord, type: MessageType, types: MessageTypes): Uint8Array {
  const writer = protobuf.Writer.create();
  writeMessage(writer, object, type, types);
  return writer.finish();
}

function writeMessage(writer: Writer, object: JsonRecord, type: MessageType, types: MessageTypes): void {
  for (const field of type.fields) writeField(writer, object, field, types);
}

function writeField(writer: Writer, object: JsonRecord, field: FieldDescriptor, types: MessageTypes): void {
  const [number, name, type, flags] = field;
  if ((flags & FieldFlag.inline) !== 0) {
    writeValue(writer, number, type, object, types);
    return;
  }
  const value = memberOf(object, name);
  if (value === undefined || value === null) return;
  if ((flags & FieldFlag.map) !== 0) {
    if (isRecord(value)) writeMap(writer, number, type, value, types);
  } else if ((flags & FieldFlag.repeated) !== 0) {
    if (isList(value)) for (const item of value) writeValue(writer, number, type, item, types);
  } else {
    writeValue(writer, number, type, value, types);
  }
}

function writeMap(writer: Writer, number: number, type: string, map: JsonRecord, types: MessageTypes): void {
  for (const key of Object.keys(map).toSorted()) {
    writer.uint32((number << 3) | LENGTH_DELIMITED).fork();
    writer.uint32((1 << 3) | LENGTH_DELIMITED).string(key);
    writeValue(writer, 2, type, map[key], types);
    writer.ldelim();
  }
}

function writeValue(writer: Writer, number: number, type: string, value: unknown, types: MessageTypes): void {
  const start = number << 3;
  switch (type) {
    case 'string':
      writer.uint32(start | LENGTH_DELIMITED).string(typeof value === 'string' ? value : JSON.stringify(value));
      return;
    case 'bytes':
      writer.uint32(start | LENGTH_DELIMITED).bytes(bytesOf(value));
      return;
    case 'bool':
      writer.uint32(start | VARINT).bool(value === true);
      return;
    case 'int32':
      writer.uint32(start | VARINT).int32(Number(value));
      return;
    case 'uint32':
      writer.uint32(start | VARINT).uint32(Number(value));
      return;
    case 'int64':
    case 'uint64':
      writer.uint32(start | VARINT).int64(Number(value));
      return;
    case 'double':
      writer.uint32(start | FIXED64).double(Number(value));
      return;
    case 'float':
      writer.uint32(start | FIXED32).float(Number(value));
      return;
    default:
      writeNested(writer, start, type, value, types);
  }
}

function writeNested(writer: Writer, start: number, type: string, value: unknown, types: MessageTypes): void {
  const message = types.get(type);
  if (message === undefined) throw new Error(`message type ${type} is unknown`);
  const fields = specialTypes.get(type)?.fromJson(value) ?? (isRecord(value) ? value : {});
  writer.uint32(start | LENGTH_DELIMITED).fork();
  writeMessage(writer, fields, message, types);
  writer.ldelim();
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(typeof value === 'string' ? value : '', 'base64');
}
