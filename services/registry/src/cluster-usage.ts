import type { ResourceBinding } from '@flotilla/kinds/karmada/work';
import { executionNamespace } from '@flotilla/kinds/karmada/well-known';
import type { ObjectStore } from '@flotilla/store/object-store';

/** Whether a stored Work is still there, or any binding still places something on the cluster, for itself or for what requires it, or has not yet heard that it is gone from there. Asked only while a cluster leaves. */
export function isInUse(store: ObjectStore, cluster: string): boolean {
  const works = { group: 'work.karmada.io', resource: 'works' };
  if (store.list(works, executionNamespace(cluster)).length > 0) return true;
  return ['resourcebindings', 'clusterresourcebindings'].some((resource) =>
    store.list({ group: 'work.karmada.io', resource }).some(({ object }) => {
      const { spec, status } = object as ResourceBinding;
      const placements = [spec.clusters, ...(spec.requiredBy ?? []).map(({ clusters }) => clusters)];
      return (
        placements.some((clusters) => (clusters ?? []).some(({ name }) => name === cluster)) ||
        (status?.aggregatedStatus ?? []).some(({ clusterName }) => clusterName === cluster)
      );
    }),
  );
}
