import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, ObjectWrite } from '@flotilla/store/object-store';
import { isSameJson } from './model/json-equality.ts';
import { creation, removal, replacement } from './model/object-write.ts';
import { nodes, storageClasses } from './model/resources.ts';
import { timestamp } from './model/timestamp.ts';
import type { Node } from './pods/node.ts';
import { newStorageClass } from './storage/claims.ts';

export interface EnsureClusterDeps {
  readonly store: ObjectStore;
  readonly now: () => number;
  readonly newUid: () => string;
}

/** What a cluster has before anybody uses it: a storage class, and the nodes that are planned and no others. What users changed on them (labels, taints, cordons) stays. */
export async function ensureCluster(
  { store, now, newUid }: EnsureClusterDeps,
  planned: readonly KubeObject[],
): Promise<void> {
  const names = new Set(planned.map(({ metadata }) => metadata.name));
  const writes = planned.flatMap((node): readonly ObjectWrite[] => {
    const stored = store.get(nodes, '', node.metadata.name ?? '');
    if (stored === undefined) {
      const metadata = { ...node.metadata, uid: newUid(), creationTimestamp: timestamp(now()) };
      return [creation(nodes, { ...node, metadata })];
    }
    const before = (stored.object as Node).status;
    const wanted = (node as Node).status;
    if (isSameJson(before?.capacity, wanted?.capacity)) return [];
    return [replacement(stored, { ...stored.object, status: wanted })];
  });
  for (const stored of store.list(nodes)) {
    const isOurs = stored.object.metadata.annotations?.['node.alpha.kubernetes.io/ttl'] !== undefined;
    if (isOurs && !names.has(stored.name)) writes.push(removal(stored));
  }
  const storageClass = newStorageClass(newUid(), timestamp(now()));
  const className = storageClass.metadata.name ?? '';
  if (store.get(storageClasses, '', className) === undefined) writes.push(creation(storageClasses, storageClass));
  if (writes.length > 0) await store.commit(writes);
}
