import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import type { Revision } from '@flotilla/log/event-log';

/** A copy of an object whose top level and metadata are the store's own: its resourceVersion can be set once the log has given the revision. */
export interface DraftObject extends KubeObject {
  readonly metadata: ObjectMeta & { resourceVersion: string | undefined };
}

/** apiVersion, kind and metadata come first, whatever the order was; resourceVersion is left open (`undefined` isn't serialised). */
export function draftOf(object: KubeObject): DraftObject {
  const { apiVersion, kind } = object;
  const metadata = { ...object.metadata, resourceVersion: undefined };
  return Object.assign({ apiVersion, kind, metadata }, object, { metadata });
}

/** JSON as it's stored: apiVersion, kind, metadata first, no resourceVersion. */
export function serializeObject(object: KubeObject): Uint8Array {
  return serializeDraft(draftOf(object));
}

export function serializeDraft(draft: DraftObject): Uint8Array {
  return Buffer.from(JSON.stringify(draft));
}

export function parseObject(bytes: Uint8Array, revision: Revision): KubeObject {
  const object: DraftObject = JSON.parse(viewOf(bytes).toString('utf8'));
  object.metadata.resourceVersion = String(revision);
  return object;
}

const metadataStart = Buffer.from('"metadata":{');
const closingBrace = 0x7d;

/**
 * Puts `"resourceVersion":"N"` in as the first field of metadata. The first `"metadata":{` is the object's own: only apiVersion and kind come before it, and
 * quotes inside of strings are escaped.
 */
export function spliceResourceVersion(bytes: Uint8Array, revision: Revision): Uint8Array {
  const source = viewOf(bytes);
  const at = source.indexOf(metadataStart) + metadataStart.byteLength;
  const isOnlyField = source[at] === closingBrace;
  const field = `"resourceVersion":"${revision}"${isOnlyField ? '' : ','}`;
  const target = Buffer.allocUnsafe(source.byteLength + field.length);
  target.set(source.subarray(0, at), 0);
  target.write(field, at, 'latin1');
  target.set(source.subarray(at), at + field.length);
  return target;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
