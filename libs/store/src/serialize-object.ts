import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import type { Revision } from '@flotilla/log/event-log';

import { sharedJson } from './shared-json.ts';

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
  const { managedFields } = draft.metadata;
  const shared = managedFields === undefined ? undefined : sharedJson(managedFields);
  return Buffer.from(shared === undefined ? JSON.stringify(draft) : jsonWith(draft, shared));
}

/** The JSON of a draft whose managedFields exist as text; they become the last field of metadata. */
function jsonWith({ apiVersion, kind, metadata, ...rest }: DraftObject, managedFields: string): string {
  const head = JSON.stringify({ apiVersion, kind, metadata: { ...metadata, managedFields: undefined } });
  const separator = head.endsWith('{}}') ? '' : ',';
  const start = `${head.slice(0, -2)}${separator}"managedFields":${managedFields}}`;
  const tail = JSON.stringify(rest);
  return tail === '{}' ? `${start}}` : `${start},${tail.slice(1)}`;
}

export function parseObject(bytes: Uint8Array, revision: Revision): KubeObject {
  const object: DraftObject = JSON.parse(viewOf(bytes).toString('utf8'));
  object.metadata.resourceVersion = String(revision);
  return object;
}

const comma = 0x2c;
const quote = 0x22;
const letterM = 0x6d;
const metadataStartLength = ',"metadata":{'.length;
const closingBrace = 0x7d;

/**
 * Where the fields of metadata begin. Only apiVersion and kind come before it, and quotes inside of strings are escaped: the first `,"m` is it. A loop over these few
 * bytes costs a tenth of a search.
 */
export function metadataOffset(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && !(bytes[at] === comma && bytes[at + 1] === quote && bytes[at + 2] === letterM)) at++;
  return at + metadataStartLength;
}

/** Puts `"resourceVersion":"N"` in as the first field of metadata. */
export function spliceResourceVersion(bytes: Uint8Array, revision: Revision): Uint8Array {
  const source = viewOf(bytes);
  const at = metadataOffset(source);
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
