import { isAssigned } from '../workload.ts';
import type { Filter, Rejection } from './filter.ts';

/** Every workload of the same affinity group that is placed must be in the cluster, too. The first one of a group is free to choose. */
export const workloadAffinity: Filter = {
  name: 'workload-affinity',
  scope: 'workload',
  check(cluster, { workload }): Rejection | undefined {
    const missing = workload.affinityPeers?.find(({ clusters }) => clusters.size > 0 && !clusters.has(cluster.name));
    if (missing === undefined || isAssigned(workload, cluster.name)) return undefined;
    return { reason: 'cluster(s) did not match the workload affinity', detail: `${missing.name} is not there` };
  },
};
