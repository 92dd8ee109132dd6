/**
 * Spread by cluster alone: the most preferred `maxGroups` clusters. When they must hold a number of replicas together and don't, the least preferred of them are
 * exchanged, last first, for the roomiest of the rest, as long as that gains room.
 */
import type { SpreadRule } from '../compiled-placement.ts';
import { sumAvailable, type Candidate } from './candidate.ts';
import type { Selection, SelectionDemand } from './selection.ts';

export function selectByCluster(
  ordered: readonly Candidate[],
  { minGroups, maxGroups }: SpreadRule,
  { replicas }: SelectionDemand,
): Selection {
  const reasons = { method: 'cluster' };
  if (ordered.length < minGroups) {
    return {
      kind: 'failed',
      reasons,
      message: 'the number of feasible clusters is less than spreadConstraint.MinGroups',
    };
  }
  const count = Math.min(ordered.length, maxGroups);
  const chosen = ordered.slice(0, count);
  if (replicas === undefined || exchangeForRoom(chosen, ordered.slice(count), replicas)) {
    return { kind: 'selected', chosen, reasons };
  }
  return { kind: 'failed', reasons, message: `no enough resource when selecting ${count} clusters` };
}

/** Changes both lists. True when there is room enough in the end. */
function exchangeForRoom(chosen: Candidate[], rest: Candidate[], replicas: number): boolean {
  let room = sumAvailable(chosen);
  for (let position = chosen.length - 1; position >= 0 && room < replicas; position -= 1) {
    const out = chosen[position];
    const roomiest = indexOfRoomiest(rest);
    const better = rest[roomiest];
    if (out === undefined || better === undefined || better.available <= out.available) continue;
    chosen[position] = better;
    rest[roomiest] = out;
    room += better.available - out.available;
  }
  return room >= replicas;
}

/** The first of equals. */
function indexOfRoomiest(candidates: readonly Candidate[]): number {
  let best = 0;
  candidates.forEach(({ available }, index) => {
    if (available > (candidates[best]?.available ?? 0)) best = index;
  });
  return best;
}
