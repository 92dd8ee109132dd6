import type { WeightRule } from '../compiled-placement.ts';
import { cut } from '../reasons.ts';
import type { Candidate } from '../selection/candidate.ts';
import type { Division, DivisionDemand } from './divide-replicas.ts';
import { divideByWebster, type Party } from './webster.ts';

/** A cluster in several rules has the largest weight; one in none gets nothing; without any weight at all everybody has 1. */
export function divideByStaticWeight(
  chosen: readonly Candidate[],
  rules: readonly WeightRule[],
  { replicas, tie }: DivisionDemand,
): Division {
  const parties = withWeights(chosen, rules).toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const seats = divideByWebster(parties, replicas, tie);
  const { rows, ...more } = cut(parties.map(({ name, votes }, index) => [name, votes, seats[index] ?? 0] as const));
  return {
    kind: 'divided',
    shares: parties
      .map(({ name }, index) => ({ name, replicas: seats[index] ?? 0 }))
      .filter((share) => share.replicas > 0),
    reasons: [{ method: 'webster', mode: 'static', want: replicas, seats: replicas, votes: rows, ...more, tie }],
  };
}

function withWeights(chosen: readonly Candidate[], rules: readonly WeightRule[]): readonly Party[] {
  const weighted = chosen.map(({ cluster }): Party => {
    let votes = 0;
    for (const { match, weight } of rules) {
      if (weight > votes && match(cluster) === undefined) votes = weight;
    }
    return { name: cluster.name, votes };
  });
  const voters = weighted.filter(({ votes }) => votes > 0);
  return voters.length > 0 ? voters : weighted.map(({ name }) => ({ name, votes: 1 }));
}
