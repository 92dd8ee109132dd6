import type { Member } from '@flotilla/test-clusters/member';

import { watchDeployments } from './deployment-watch.ts';

/** Replicas of one Deployment in each member, in the members' order; `undefined` where it is not present. */
export type ReplicasByMember = readonly (number | undefined)[];

/** What is present in the members, as their own watches tell. */
export interface Arrivals {
  /**
   * Resolves when `count` Deployments fulfil the condition, with the time (`performance.now`) at which the last of them
   * was seen to. Only one wait at a time.
   */
  readonly until: (count: number, isArrived: (name: string, replicas: ReplicasByMember) => boolean) => Promise<number>;
  /** How many Deployments have been seen so far with other replicas than before, over all members. */
  readonly changed: () => number;
  readonly close: () => void;
}

interface Wait {
  readonly count: number;
  readonly isArrived: (name: string, replicas: ReplicasByMember) => boolean;
  readonly arrived: Set<string>;
  readonly resolve: (atMs: number) => void;
}

const ARRIVAL_TIMEOUT_MS = 120_000;

export async function watchArrivals(members: readonly Member[], namespace: string): Promise<Arrivals> {
  const seen = new Map<string, (number | undefined)[]>();
  let wait: Wait | undefined;
  let changed = 0;

  const look = (name: string, replicas: ReplicasByMember): void => {
    if (wait === undefined || !wait.isArrived(name, replicas)) return;
    wait.arrived.add(name);
    if (wait.arrived.size < wait.count) return;
    wait.resolve(performance.now());
    wait = undefined;
  };

  const ends = await Promise.all(
    members.map(async (member, index) =>
      watchDeployments(member, namespace, ({ name, replicas }) => {
        let row = seen.get(name);
        if (row === undefined) seen.set(name, (row = members.map(() => undefined)));
        if (row[index] === replicas) return;
        if (row[index] !== undefined && replicas !== undefined) changed++;
        row[index] = replicas;
        look(name, row);
      }),
    ),
  );

  return {
    until: async (count, isArrived) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const started: Wait = { count, isArrived, arrived: new Set(), resolve };
      wait = started;
      const timer = setTimeout(() => {
        reject(
          new Error(`only ${started.arrived.size} of ${count} Deployments were as expected in the members in time`),
        );
      }, ARRIVAL_TIMEOUT_MS);
      for (const [name, row] of seen) look(name, row);
      return promise.finally(() => clearTimeout(timer));
    },
    changed: () => changed,
    close: () => ends.forEach((end) => end()),
  };
}

export function isPresentEverywhere(_name: string, replicas: ReplicasByMember): boolean {
  return replicas.every((value) => value !== undefined);
}
