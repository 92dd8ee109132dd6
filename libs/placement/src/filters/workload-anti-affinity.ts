import { isAssigned } from '../workload.ts';
import type { Filter, Rejection } from './filter.ts';

/** No other workload of the same anti-affinity group may be in the cluster. */
export const workloadAntiAffinity: Filter = {
  name: 'workload-anti-affinity',
  scope: 'workload',
  check(cluster, { workload }): Rejection | undefined {
    const present = workload.antiAffinityPeers?.find(({ clusters }) => clusters.has(cluster.name));
    if (present === undefined || isAssigned(workload, cluster.name)) return undefined;
    return { reason: 'cluster(s) did not match the workload anti-affinity', detail: `${present.name} is there` };
  },
};
