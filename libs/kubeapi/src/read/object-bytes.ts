import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import { formatApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';

/**
 * Objects as the requested version. Versions of a kind differ in `apiVersion` only (as with conversion strategy None), so the stored bytes are
 * served as they are whenever the kind has one version or the object was written in the requested one.
 */
export interface ObjectEncoder {
  objectOf(stored: StoredObject, kind: KindDefinition): KubeObject;
  bytesOf(stored: StoredObject, kind: KindDefinition): Uint8Array;
}

export function createObjectEncoder(kinds: KindRegistry): ObjectEncoder {
  function objectOf(stored: StoredObject, kind: KindDefinition): KubeObject {
    const object = stored.object;
    const apiVersion = formatApiVersion(kind.group, kind.version);
    return object.apiVersion === apiVersion ? object : convert(object, kind, apiVersion);
  }
  return {
    objectOf,
    bytesOf(stored, kind) {
      if (kinds.versions(kind.group, kind.plural).length <= 1) return stored.servedBytes();
      const object = objectOf(stored, kind);
      return object === stored.object ? stored.servedBytes() : Buffer.from(JSON.stringify(object));
    },
  };
}

function convert(object: KubeObject, kind: KindDefinition, apiVersion: string): KubeObject {
  return { ...object, apiVersion, kind: kind.kind };
}

const metadataStart = Buffer.from(',"metadata":{');

/**
 * The stored JSON with another resourceVersion: how a watcher sees the last state that it selected. Relies on the store's layout
 * (`{"apiVersion":…,"kind":…,"metadata":{…`, no resourceVersion).
 */
export function bytesAtRevision(stored: StoredObject, revision: number): Uint8Array {
  const { bytes } = stored;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = buffer.indexOf(metadataStart) + metadataStart.length;
  return Buffer.concat([buffer.subarray(0, at), Buffer.from(`"resourceVersion":"${revision}",`), buffer.subarray(at)]);
}

export function objectAtRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

export function partialMetadata(object: KubeObject, metaVersion: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata };
}
