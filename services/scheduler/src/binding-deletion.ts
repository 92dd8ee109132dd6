import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { timestamp } from './scheduling.ts';

/** With finalizers the binding is marked and stays until they are gone: propagation removes the objects from the members first. */
export function deletionOf(
  { resource, namespace, name, revision, object }: StoredObject,
  nowMs: number,
): readonly ObjectWrite[] {
  const { metadata } = object;
  if ((metadata.finalizers?.length ?? 0) === 0) {
    return [{ resource, namespace, name, object, isDelete: true, expect: revision }];
  }
  if (metadata.deletionTimestamp !== undefined) return [];
  const marked = {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: timestamp(nowMs),
      deletionGracePeriodSeconds: 0,
      generation: (metadata.generation ?? 0) + 1,
    },
  };
  return [{ resource, namespace, name, object: marked, expect: revision }];
}
