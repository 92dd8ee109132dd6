/**
 * Replicas for the selected clusters. Results keep only clusters that get replicas and are ordered by name.
 *
 * Duplicated: all replicas to each. Static weights: from scratch every time, capacity doesn't count. Dynamic weights and Aggregated: steady by default, that is,
 * growing adds only the difference by what is free now, shrinking takes away in proportion to what is there, and nothing else moves; afresh, all is divided anew
 * by what would be free without the workload. Aggregated takes the shortest row of clusters that is enough, those in use first.
 * Overflow tiers are filled in order, each by the same rules.
 */
import type { CompiledPlacement } from '../compiled-placement.ts';
import { cut, type DivisionReasons } from '../reasons.ts';
import type { Candidate } from '../selection/candidate.ts';
import { divideByStaticWeight } from './static-weight.ts';
import { divideByWebster, type Party, type TieOrder } from './webster.ts';

export type Division =
  | { readonly kind: 'divided'; readonly shares: readonly Share[]; readonly reasons: readonly DivisionReasons[] }
  | { readonly kind: 'unschedulable'; readonly message: string; readonly reasons: readonly DivisionReasons[] };

export interface Share {
  readonly name: string;
  readonly replicas: number;
}

export interface DivisionDemand {
  readonly replicas: number;
  readonly isFresh: boolean;
  readonly tie: TieOrder;
  /** True: what doesn't fit is left out instead of refusing all. */
  readonly allowsPartial: boolean;
}

export function divideReplicas(
  chosen: readonly Candidate[],
  placement: CompiledPlacement,
  demand: DivisionDemand,
): Division {
  switch (placement.strategy) {
    case 'duplicated':
      return {
        kind: 'divided',
        shares: byName(chosen.map(({ cluster }) => ({ name: cluster.name, replicas: demand.replicas }))),
        reasons: [{ method: 'duplicated', want: demand.replicas }],
      };
    case 'static-weight':
      return divideByStaticWeight(chosen, placement.weightRules, demand);
    case 'dynamic-weight':
    case 'aggregated':
      return divideByTiers(chosen, placement.strategy === 'aggregated', demand);
  }
}

function divideByTiers(chosen: readonly Candidate[], isAggregated: boolean, demand: DivisionDemand): Division {
  const tiers = Map.groupBy(chosen, ({ tier }) => tier);
  if (tiers.size <= 1) {
    const tier = [...tiers.keys()][0] ?? 0;
    if (tier === 0) return divideTier(chosen, isAggregated, demand);
  }
  const shares: Share[] = [];
  const reasons: DivisionReasons[] = [];
  let left = demand.replicas;
  for (const tier of [...tiers.keys()].toSorted((a, b) => a - b)) {
    const members = tiers.get(tier) ?? [];
    const room = members.reduce((sum, { available }) => sum + available, 0);
    const division = divideTier(members, isAggregated, { ...demand, replicas: Math.min(left, room) });
    reasons.push(...division.reasons.map((reason) => ({ ...reason, tier })));
    if (division.kind === 'unschedulable') return { ...division, reasons };
    shares.push(...division.shares);
    left -= Math.min(left, room);
  }
  if (left > 0 && !demand.allowsPartial) {
    return { kind: 'unschedulable', message: notEnough(demand.replicas - left), reasons };
  }
  if (left > 0) reasons.push({ method: 'webster', want: demand.replicas, shortfall: left });
  return { kind: 'divided', shares: byName(shares), reasons };
}

/** One tier: the whole placement when there are no overflow tiers. */
function divideTier(members: readonly Candidate[], isAggregated: boolean, demand: DivisionDemand): Division {
  const have = demand.isFresh ? 0 : members.reduce((sum, { assigned }) => sum + assigned, 0);
  if (demand.isFresh) return grow(members, isAggregated, demand, 'from-zero', 0);
  if (have > demand.replicas) return shrink(members, isAggregated, demand, have);
  if (have < demand.replicas) return grow(members, isAggregated, demand, 'scale-up', have);
  return {
    kind: 'divided',
    shares: byName(members.map(({ cluster, assigned }) => ({ name: cluster.name, replicas: assigned }))),
    reasons: [{ method: 'webster', mode: 'keep', want: demand.replicas, have }],
  };
}

function shrink(members: readonly Candidate[], isAggregated: boolean, demand: DivisionDemand, have: number): Division {
  const inUse = members
    .filter(({ assigned }) => assigned > 0)
    .map(({ cluster, assigned }): Voter => ({ name: cluster.name, votes: assigned, isUsed: true }))
    .toSorted(byVotes);
  const voters = isAggregated ? shortestRow(inUse, demand.replicas) : inUse;
  const seats = divideByWebster(voters, demand.replicas, demand.tie);
  return {
    kind: 'divided',
    shares: byName(voters.map(({ name }, index) => ({ name, replicas: seats[index] ?? 0 }))),
    reasons: [{ ...webster(voters, seats, demand, demand.replicas), mode: 'scale-down', have }],
  };
}

interface Voter extends Party {
  readonly isUsed: boolean;
}

/** Hands out what is missing by room, on top of what is there. */
function grow(
  members: readonly Candidate[],
  isAggregated: boolean,
  demand: DivisionDemand,
  mode: 'scale-up' | 'from-zero',
  have: number,
): Division {
  const isFresh = mode === 'from-zero';
  const all = members
    .map(({ cluster, assigned, available, estimate }): Voter => ({
      name: cluster.name,
      votes: isFresh ? available : estimate,
      isUsed: assigned > 0,
    }))
    .toSorted(byVotes);
  const room = all.reduce((sum, { votes }) => sum + votes, 0);
  const missing = demand.replicas - have;
  const shortfall = Math.max(0, missing - room);
  if (shortfall > 0 && !demand.allowsPartial) {
    const reasons = [{ ...webster(all, [], demand, missing), mode, have, shortfall }];
    return { kind: 'unschedulable', message: notEnough(room), reasons };
  }
  const target = missing - shortfall;
  const voters = isAggregated ? shortestRow(all, target) : all;
  const seats = divideByWebster(voters, target, demand.tie);
  const added = new Map(voters.map(({ name }, index) => [name, seats[index] ?? 0]));
  const reasons = [{ ...webster(voters, seats, demand, target), mode, have, ...(shortfall > 0 ? { shortfall } : {}) }];
  return {
    kind: 'divided',
    shares: byName(
      members.map(({ cluster, assigned }) => ({
        name: cluster.name,
        replicas: (isFresh ? 0 : assigned) + (added.get(cluster.name) ?? 0),
      })),
    ),
    reasons,
  };
}

/** Those in use first, then by votes; as many as are enough together. */
function shortestRow(voters: readonly Voter[], target: number): readonly Voter[] {
  const row = [...voters.filter(({ isUsed }) => isUsed), ...voters.filter(({ isUsed }) => !isUsed)];
  let sum = 0;
  for (const [index, { votes }] of row.entries()) {
    sum += votes;
    if (sum >= target) return row.slice(0, index + 1);
  }
  return row;
}

function byVotes(left: Voter, right: Voter): number {
  return right.votes - left.votes || (left.name < right.name ? -1 : 1);
}

function byName(shares: readonly Share[]): readonly Share[] {
  return shares.filter(({ replicas }) => replicas > 0).toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function webster(
  voters: readonly Party[],
  seats: readonly number[],
  { replicas, tie }: DivisionDemand,
  handedOut: number,
): DivisionReasons {
  const { rows, ...more } = cut(voters.map(({ name, votes }, index) => [name, votes, seats[index] ?? 0] as const));
  return { method: 'webster', want: replicas, seats: handedOut, votes: rows, ...more, tie };
}

function notEnough(room: number): string {
  return `Clusters available replicas ${room} are not enough to schedule.`;
}
