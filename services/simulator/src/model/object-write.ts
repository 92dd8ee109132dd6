import { graceSeconds } from '@flotilla/kubeapi/write/graceful-deletion';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject, ObjectMeta, OwnerReference } from '@flotilla/kinds/kube-object';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { isSameJson } from './json-equality.ts';
import { timestamp } from './timestamp.ts';

/** Lost when an object of that name has come meanwhile. */
export function creation(resource: ResourceId, object: KubeObject): ObjectWrite {
  const { name = '', namespace = '' } = object.metadata;
  return { resource, namespace, name, object, expect: 0 };
}

/** Lost when the object has changed since it was read. */
export function replacement({ resource, namespace, name, revision }: StoredObject, object: KubeObject): ObjectWrite {
  return { resource, namespace, name, object, expect: revision };
}

/** Status as given; no write when it's there already. */
export function statusWrites(stored: StoredObject, status: object): readonly ObjectWrite[] {
  if (isSameJson(stored.object['status'], status)) return [];
  return [replacement(stored, { ...stored.object, status })];
}

/** A changed specification grows the generation, as it does for a client. */
export function withSpec(object: KubeObject, spec: object, annotations?: ObjectMeta['annotations']): KubeObject {
  const { metadata } = object;
  const isChanged = !isSameJson(object['spec'], spec);
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(isChanged && { generation: (metadata.generation ?? 0) + 1 }),
      ...(annotations !== undefined && { annotations }),
    },
    spec,
  };
}

/** Deletes as a client would: pods on a node get their grace period, objects with finalizers are marked. Nothing for what is being deleted already. */
export function deletion(stored: StoredObject, nowMs: number): readonly ObjectWrite[] {
  const { object, resource, namespace, name, revision } = stored;
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return [];
  const grace = graceSeconds(object, undefined);
  const hasFinalizers = (metadata.finalizers?.length ?? 0) > 0;
  if (grace === 0 && !hasFinalizers) return [{ resource, namespace, name, object, expect: revision, isDelete: true }];
  const marked: ObjectMeta = {
    ...metadata,
    deletionTimestamp: timestamp(nowMs + grace * 1000),
    deletionGracePeriodSeconds: grace,
    ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
  };
  return [replacement(stored, { ...object, metadata: marked })];
}

/** The object is gone after this, whatever its grace period. */
export function removal({ resource, namespace, name, revision, object }: StoredObject): ObjectWrite {
  return { resource, namespace, name, object, expect: revision, isDelete: true };
}

export function controllerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}
