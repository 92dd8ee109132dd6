/** Spread over the groups of one dimension (regions, providers, zones, values of a label) and over clusters: the most preferred cluster of every chosen group, then the most preferred of the rest. */
import type { SpreadRule } from '../compiled-placement.ts';
import type { SelectionReasons } from '../reasons.ts';
import { byPreference, type Candidate } from './candidate.ts';
import { groupClusters, type ClusterGroup } from './cluster-group.ts';
import { chooseGroups } from './group-paths.ts';
import type { Selection, SelectionDemand } from './selection.ts';

export function selectByGroup(
  ordered: readonly Candidate[],
  group: SpreadRule,
  cluster: SpreadRule,
  demand: SelectionDemand,
): Selection {
  const groups = groupClusters(ordered, group.dimension, {
    ...demand,
    clusterMinGroups: cluster.minGroups,
    groupMinGroups: group.minGroups,
  });
  const reasons: SelectionReasons = {
    method: 'group',
    dimension: group.dimension,
    groups: groups.map(({ name, score, members, available }) => [name, score, members.length, available]),
  };
  if (groups.length < group.minGroups) {
    const message = `the number of feasible ${group.dimension} is less than spreadConstraint.MinGroups`;
    return { kind: 'failed', message, reasons };
  }
  const chosenGroups = chooseGroups(groups, {
    groupsMin: group.minGroups,
    groupsMax: group.maxGroups,
    clustersMin: cluster.minGroups,
  });
  if (chosenGroups === undefined) {
    const message = 'the number of clusters is less than the cluster spreadConstraint.MinGroups';
    return { kind: 'failed', message, reasons };
  }
  return {
    kind: 'selected',
    chosen: takeClusters(chosenGroups, cluster.maxGroups),
    reasons: { ...reasons, chosenGroups: chosenGroups.map(({ name }) => name) },
  };
}

function takeClusters(groups: readonly ClusterGroup[], clustersMax: number): readonly Candidate[] {
  const first = new Set(groups.flatMap(({ members }) => members.slice(0, 1)));
  const rest = new Set(groups.flatMap(({ members }) => members).filter((candidate) => !first.has(candidate)));
  const room = Math.max(0, clustersMax - first.size);
  return [...first, ...[...rest].toSorted(byPreference).slice(0, room)];
}
