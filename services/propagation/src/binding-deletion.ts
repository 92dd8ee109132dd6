import { propagationFinalizer } from '@flotilla/kinds/karmada/well-known';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

/** Every lost race means that somebody else wrote; nobody writes a dying binding this often. */
const attemptsMax = 20;

/**
 * Takes our finalizer off a binding, Work or Cluster with nothing of ours left in members; without other finalizers it goes itself. Throws LogUnavailable, or when it keeps losing the race.
 */
export async function finishDeletion(store: ObjectStore, state: { readonly stored: StoredObject }): Promise<void> {
  const { resource, namespace, name } = state.stored;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const stored = store.get(resource, namespace, name);
    if (stored?.object.metadata.deletionTimestamp === undefined) return;
    const { metadata } = stored.object;
    const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== propagationFinalizer);
    const isLast = finalizers.length === 0;
    if (!isLast && finalizers.length === metadata.finalizers?.length) return;
    const object = isLast ? stored.object : { ...stored.object, metadata: { ...metadata, finalizers } };
    const result = await store.commit([
      { resource, namespace, name, object, isDelete: isLast, expect: stored.revision },
    ]);
    if (result.kind === 'committed') return;
  }
  throw new Error(`${resource.resource} ${namespace}/${name} changes faster than its deletion can be stored`);
}
