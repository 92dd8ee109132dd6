/**
 * Who should own what, from what the log says and nothing else, so that all replicas come to the same result without talking to each other.
 *
 * Every replica gets its fair share, P/N rounded down or up. Owners keep what they have up to their share; what they have beyond it, and what nobody has, goes to
 * those below theirs. So a replica that comes moves just its own share, one that goes moves just what it had, and nothing else moves. Which partitions move, and where
 * to, follows from rendezvous hashing: the order doesn't depend on history, and equal names give equal results.
 */
import type { LeaseView } from './lease-view.ts';
import { isHeld, participants } from './lease-view.ts';
import { hashOf } from './partition-of.ts';

/** The partitions that each replica should have, ascending. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

export function assign(view: LeaseView, partitionCount: number): Assignment {
  const replicas = participants(view).toSorted();
  const kept = new Map<string, number[]>(replicas.map((replica) => [replica, []]));
  const free: number[] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const holder = isHeld(view, partition) ? view.partitions.get(partition)?.holder : undefined;
    (kept.get(holder ?? '') ?? free).push(partition);
  }
  if (replicas.length === 0) return kept;
  const shares = fairShares(kept, partitionCount);
  for (const [replica, own] of kept) {
    const share = shares.get(replica) ?? 0;
    const byAffinity = own.toSorted((a, b) => affinity(replica, b) - affinity(replica, a));
    kept.set(replica, byAffinity.slice(0, share));
    free.push(...byAffinity.slice(share));
  }
  for (const partition of free.toSorted((a, b) => a - b)) {
    const taker = replicas
      .filter((replica) => (kept.get(replica)?.length ?? 0) < (shares.get(replica) ?? 0))
      .reduce((best, replica) => (affinity(replica, partition) > affinity(best, partition) ? replica : best));
    kept.get(taker)?.push(partition);
  }
  for (const own of kept.values()) own.sort((a, b) => a - b);
  return kept;
}

/** The remainder goes to those who have most already: fewest moves. */
function fairShares(kept: ReadonlyMap<string, readonly number[]>, partitionCount: number): ReadonlyMap<string, number> {
  const base = Math.floor(partitionCount / kept.size);
  const remainder = partitionCount % kept.size;
  const byHoldings = [...kept].toSorted(([, a], [, b]) => b.length - a.length);
  return new Map(byHoldings.map(([replica], index) => [replica, base + (index < remainder ? 1 : 0)]));
}

function affinity(replica: string, partition: number): number {
  return hashOf(`${partition}/${replica}`);
}
