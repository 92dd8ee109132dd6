import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { propagationFinalizer } from '@flotilla/kinds/karmada/well-known';
import type { ObjectStore } from '@flotilla/store/object-store';

import { finishDeletion } from './binding-deletion.ts';
import { clusters } from '@flotilla/works/resources';

/** Every lost race means that somebody else wrote; a Cluster that joins is written to a few times. */
const attemptsMax = 20;

/**
 * Puts our finalizer on a push member's Cluster, so that it does not go before its namespaces are released. Does nothing for a cluster that leaves, is pulled, or has it.
 * Throws LogUnavailable, or when it keeps losing the race.
 */
export async function holdCluster(store: ObjectStore, name: string): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const stored = store.get(clusters, '', name);
    if (stored === undefined || isHeld(stored.object as Cluster)) return;
    const { metadata, spec } = stored.object as Cluster;
    if (metadata.deletionTimestamp !== undefined || spec.syncMode !== 'Push') return;
    const finalizers = [...(metadata.finalizers ?? []), propagationFinalizer];
    const object = { ...stored.object, metadata: { ...metadata, finalizers } };
    const result = await store.commit([{ resource: clusters, namespace: '', name, object, expect: stored.revision }]);
    if (result.kind === 'committed') return;
  }
  throw new Error(`cluster ${name} changes faster than a finalizer can be stored`);
}

export function isHeld({ metadata }: Cluster): boolean {
  return metadata.finalizers?.includes(propagationFinalizer) === true;
}

/** Takes it off a Cluster that leaves; without other finalizers the Cluster goes. Does nothing where it is not. Throws LogUnavailable. */
export async function releaseCluster(store: ObjectStore, name: string): Promise<void> {
  const stored = store.get(clusters, '', name);
  if (stored !== undefined && isHeld(stored.object as Cluster)) await finishDeletion(store, { stored });
}
