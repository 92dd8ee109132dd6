import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { graceSeconds } from '../write/graceful-deletion.ts';
import { timestamp } from '../write/object-meta.ts';

/** The write that deletes an object in the background, or marks it; undefined when it's marked already and only has to wait. */
export function removalOf(stored: StoredObject, nowMs: number, finalizer?: string): ObjectWrite | undefined {
  const { resource, namespace, name, revision, object } = stored;
  const { resourceVersion: _, ...metadata } = object.metadata;
  const finalizers = withFinalizer(metadata.finalizers ?? [], finalizer);
  const grace = graceSeconds(object, undefined);
  const write = { resource, namespace, name, expect: revision };
  if (finalizers.length === 0 && grace === 0) return { ...write, object: { ...object, metadata }, isDelete: true };
  const isMarked = metadata.deletionTimestamp !== undefined;
  if (isMarked && finalizers.length === (metadata.finalizers ?? []).length) return undefined;
  const marked: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(isMarked ? {} : { deletionTimestamp: timestamp(nowMs + grace * 1000), deletionGracePeriodSeconds: grace }),
      ...(isMarked || metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
    },
  };
  return { ...write, object: marked };
}

function withFinalizer(finalizers: readonly string[], added: string | undefined): readonly string[] {
  return added === undefined || finalizers.includes(added) ? finalizers : [...finalizers, added];
}
