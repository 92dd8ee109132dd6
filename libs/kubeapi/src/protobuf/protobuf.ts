/**
 * `application/vnd.kubernetes.protobuf`: four magic bytes, then the envelope `runtime.Unknown` with apiVersion, kind and the object's bytes. client-go sends it for
 * built-in kinds (`kubectl auth can-i`, Helm's Secrets).
 */
import { isRecord, type JsonRecord } from '../patch/json-value.ts';
import { decodeMessage } from './decode-message.ts';
import { loadMessageTypes, type MessageTypes } from './descriptors.ts';
import { encodeMessage } from './encode-message.ts';

export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

export type ProtobufOutcome =
  | { readonly kind: 'decoded'; readonly object: JsonRecord }
  /** 400: not the envelope, damaged, or of a kind that isn't known (then `message` names it). */
  | { readonly kind: 'failed'; readonly message: string };

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const ENVELOPE = 'k8s.io.apimachinery.pkg.runtime.Unknown';

/** Decodes a body of `application/vnd.kubernetes.protobuf` to the object's JSON form. The descriptors are loaded on first use. */
export async function decodeProtobuf(body: Uint8Array): Promise<ProtobufOutcome> {
  if (body.length < MAGIC.length || !MAGIC.equals(body.subarray(0, MAGIC.length))) {
    return failed('provided data does not appear to be a protobuf message, expected prefix 6b 38 73 00');
  }
  const types = await loadMessageTypes();
  try {
    return decodeEnvelope(body.subarray(MAGIC.length), types);
  } catch (error) {
    return failed(`the protobuf message is damaged: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function decodeEnvelope(bytes: Uint8Array, types: MessageTypes): ProtobufOutcome {
  const envelopeType = types.get(ENVELOPE);
  if (envelopeType === undefined) throw new Error(`message type ${ENVELOPE} is unknown`);
  const envelope = decodeMessage(bytes, envelopeType, types, { keepsBytes: true });
  const content = envelope['raw'] instanceof Uint8Array ? envelope['raw'] : new Uint8Array();
  if (envelope['contentType'] === 'application/json') {
    const object: unknown = JSON.parse(Buffer.from(content).toString('utf8'));
    return isRecord(object) ? { kind: 'decoded', object } : failed('the embedded JSON is no object');
  }
  const apiVersion = textOf(envelope['apiVersion']);
  const kind = textOf(envelope['kind']);
  const type = types.ofKind(apiVersion, kind);
  if (type === undefined) return failed(`no kind "${kind}" is registered for version "${apiVersion}" in protobuf`);
  return { kind: 'decoded', object: { apiVersion, kind, ...decodeMessage(content, type, types) } };
}

/**
 * Encodes an object (or list) of a built-in kind as `application/vnd.kubernetes.protobuf`; `undefined` when there is no descriptor for its kind
 * (custom resources: answer JSON, or 406 when the client does not accept it).
 */
export async function encodeProtobuf(object: JsonRecord): Promise<Uint8Array | undefined> {
  const types = await loadMessageTypes();
  const apiVersion = textOf(object['apiVersion']);
  const kind = textOf(object['kind']);
  const type = types.ofKind(apiVersion, kind);
  const envelopeType = types.get(ENVELOPE);
  if (type === undefined || envelopeType === undefined) return undefined;
  const raw = Buffer.from(encodeMessage(object, type, types));
  const envelope = { apiVersion, kind, raw, contentEncoding: '', contentType: '' };
  return Buffer.concat([MAGIC, encodeMessage(envelope, envelopeType, types)]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function failed(message: string): ProtobufOutcome {
  return { kind: 'failed', message };
}
