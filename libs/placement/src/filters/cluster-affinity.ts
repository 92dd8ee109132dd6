import { hasReplicas } from '../workload.ts';
import type { Filter, FilterContext, Rejection } from './filter.ts';
import type { CompiledCluster } from '../cluster-snapshot.ts';

/** The cluster must match the affinity term, or one of its overflow tiers if the workload has replicas to overflow. */
export const clusterAffinity: Filter = {
  name: 'cluster-affinity',
  scope: 'placement',
  check(cluster, context): Rejection | undefined {
    if (tierOf(cluster, context) >= 0) return undefined;
    const detail = context.term.tiers[0]?.match(cluster);
    return {
      reason: 'cluster(s) did not match the placement cluster affinity constraint',
      ...(detail === undefined ? {} : { detail }),
    };
  },
};

/** First tier of the term that the cluster matches; -1 = none. A cluster in several tiers counts in the first. */
export function tierOf(cluster: CompiledCluster, { term, workload }: Pick<FilterContext, 'term' | 'workload'>): number {
  const { tiers } = term;
  const count = hasReplicas(workload) ? tiers.length : 1;
  for (let tier = 0; tier < count; tier += 1) if (tiers[tier]?.match(cluster) === undefined) return tier;
  return -1;
}
