import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import { formatApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';

/** Objects as the requested version. The stored bytes are served as they are whenever the kind has one version or the object is stored in the requested one. */
export interface ObjectEncoder {
  objectOf(stored: StoredObject, kind: KindDefinition): KubeObject;
  bytesOf(stored: StoredObject, kind: KindDefinition): Uint8Array;
  /** The same with another resourceVersion: how a watcher sees the last state that it selected. */
  bytesAtRevision(stored: StoredObject, kind: KindDefinition, revision: number): Uint8Array;
}

export function createObjectEncoder(kinds: KindRegistry): ObjectEncoder {
  function objectOf(stored: StoredObject, kind: KindDefinition): KubeObject {
    return inVersionOf(stored.object, kind);
  }
  function hasOneVersion(kind: KindDefinition): boolean {
    return kind.conversion === undefined && kinds.versions(kind.group, kind.plural).length <= 1;
  }
  return {
    objectOf,
    bytesOf(stored, kind) {
      if (hasOneVersion(kind)) return stored.servedBytes();
      const object = objectOf(stored, kind);
      return object === stored.object ? stored.servedBytes() : Buffer.from(JSON.stringify(object));
    },
    bytesAtRevision(stored, kind, revision) {
      if (hasOneVersion(kind)) return bytesWithRevision(stored, revision);
      return Buffer.from(JSON.stringify(objectAtRevision(objectOf(stored, kind), revision)));
    },
  };
}

/** A stored object as a version of its kind; the object itself when it is stored in that version. */
export function inVersionOf(object: KubeObject, kind: KindDefinition): KubeObject {
  const apiVersion = formatApiVersion(kind.group, kind.version);
  if (object.apiVersion === apiVersion) return object;
  return kind.conversion?.fromStored(object) ?? { ...object, apiVersion, kind: kind.kind };
}

/** An object of a version of its kind as it is stored. */
export function toStored(object: KubeObject, kind: KindDefinition): KubeObject {
  return kind.conversion?.toStored(object) ?? object;
}

const metadataStart = Buffer.from(',"metadata":{');

/** Relies on the store's layout: `{"apiVersion":…,"kind":…,"metadata":{…`, no resourceVersion. */
function bytesWithRevision(stored: StoredObject, revision: number): Uint8Array {
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
