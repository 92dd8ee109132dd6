/**
 * Groups of clusters (regions, providers, …) and their scores. Duplicated: how many clusters can hold a whole copy. Divided: how much of the group's share of
 * the replicas its preferred clusters can hold. Either counts a thousandfold; the mean score of the clusters breaks ties.
 */
import { groupsOf } from './group-of.ts';
import type { Candidate } from './candidate.ts';
import type { SelectionDemand } from './selection.ts';

export interface ClusterGroup {
  readonly name: string;
  /** In the order of preference. */
  readonly members: readonly Candidate[];
  readonly score: number;
  readonly available: number;
}

export interface GroupScoring extends SelectionDemand {
  readonly clusterMinGroups: number;
  readonly groupMinGroups: number;
}

/** `ordered` in the order of preference. */
export function groupClusters(
  ordered: readonly Candidate[],
  dimension: string,
  scoring: GroupScoring,
): readonly ClusterGroup[] {
  const members = new Map<string, Candidate[]>();
  for (const candidate of ordered) {
    for (const name of groupsOf(candidate.cluster, dimension)) {
      const group = members.get(name);
      if (group === undefined) members.set(name, [candidate]);
      else group.push(candidate);
    }
  }
  return [...members].map(([name, group]) => ({
    name,
    members: group,
    score: scoring.replicas === undefined ? scoreCopies(group, scoring) : scoreShare(group, scoring, scoring.replicas),
    available: group.reduce((sum, { available }) => sum + available, 0),
  }));
}

const unit = 1000;

function scoreCopies(group: readonly Candidate[], { replicasEach }: GroupScoring): number {
  const roomy = group.filter(({ available }) => available >= replicasEach);
  if (roomy.length === 0) return 0;
  const scores = roomy.reduce((sum, { score }) => sum + score, 0);
  return roomy.length * unit + Math.floor(scores / roomy.length);
}

function scoreShare(group: readonly Candidate[], scoring: GroupScoring, replicas: number): number {
  const target = Math.ceil(replicas / Math.max(1, scoring.groupMinGroups));
  const countMin = Math.max(scoring.clusterMinGroups, scoring.groupMinGroups);
  let room = 0;
  let scores = 0;
  let count = 0;
  for (const { available, score } of group) {
    room += available;
    scores += score;
    count += 1;
    if (count >= countMin && room >= target) break;
  }
  return room < target ? room * unit + Math.floor(scores / group.length) : target * unit + Math.floor(scores / count);
}
