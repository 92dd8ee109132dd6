import type { Filter, Rejection } from './filter.ts';

/** A workload doesn't return to a cluster while it is being evicted from it. */
export const clusterEviction: Filter = {
  name: 'cluster-eviction',
  scope: 'workload',
  check(cluster, { workload }): Rejection | undefined {
    return workload.evictedFrom?.includes(cluster.name)
      ? { reason: 'cluster(s) is in the process of eviction' }
      : undefined;
  },
};
