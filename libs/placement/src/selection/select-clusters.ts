/** Chooses among feasible clusters by the spread constraints. Static weights ignore spread constraints (as Karmada's users rely on), unless they are made effective by the caller. */
import type { SpreadRule } from '../compiled-placement.ts';
import type { Candidate } from './candidate.ts';
import { groupsOf } from './group-of.ts';
import { selectByCluster } from './select-by-cluster.ts';
import { selectByDimensions } from './select-by-dimensions.ts';
import { selectByGroup } from './select-by-group.ts';
import type { Selection, SelectionDemand } from './selection.ts';

/** `ordered` in the order of preference; `rules` not empty. */
export function selectClusters(
  ordered: readonly Candidate[],
  rules: readonly SpreadRule[],
  demand: SelectionDemand,
): Selection {
  const cluster = rules.find(({ dimension }) => dimension === 'cluster');
  const grouping = rules.filter(({ dimension }) => dimension !== 'cluster');
  const [group] = grouping;
  if (group === undefined) {
    return cluster === undefined
      ? { kind: 'selected', chosen: ordered, reasons: { method: 'all' } }
      : selectByCluster(ordered, cluster, demand);
  }
  const isSimple = grouping.length === 1 && ordered.every((candidate) => hasOneGroup(candidate, group));
  return isSimple
    ? selectByGroup(ordered, group, cluster ?? anyNumberOfClusters, demand)
    : selectByDimensions(ordered, rules, demand);
}

const anyNumberOfClusters: SpreadRule = { dimension: 'cluster', minGroups: 1, maxGroups: Number.POSITIVE_INFINITY };

function hasOneGroup({ cluster }: Candidate, { dimension }: SpreadRule): boolean {
  return groupsOf(cluster, dimension).length === 1;
}
