import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';

/**
 * A computed object in the form that reads expect. `revision` is the newest one it was derived from; it must grow whenever the object changes.
 * Serialised only when somebody asks for the bytes.
 */
export function createVirtualObject(
  resource: ResourceId,
  object: KubeObject,
  revision: number,
  timeMs: number,
): StoredObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  const { apiVersion, kind, metadata: _metadata, ...rest } = object;
  let bytes: Buffer | undefined;
  let served: KubeObject | undefined;
  return {
    resource,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    revision,
    timeMs,
    get object() {
      served ??= { apiVersion, kind, metadata: { resourceVersion: String(revision), ...metadata }, ...rest };
      return served;
    },
    get bytes() {
      bytes ??= Buffer.from(JSON.stringify({ apiVersion, kind, metadata, ...rest }));
      return bytes;
    },
    servedBytes() {
      return Buffer.from(JSON.stringify(this.object));
    },
  };
}
