import { isAssigned } from '../workload.ts';
import type { Filter, Rejection } from './filter.ts';

/** The cluster must serve the workload's apiVersion and kind. A cluster that has the workload keeps it: its discovery may be incomplete. */
export const apiEnablement: Filter = {
  name: 'api-enablement',
  scope: 'placement',
  check(cluster, { workload }): Rejection | undefined {
    const served = `${workload.apiVersion}/${workload.kind}`;
    if (cluster.kinds.has(served) || isAssigned(workload, cluster.name)) return undefined;
    return { reason: 'cluster(s) did not have the API resource', detail: served };
  },
};
