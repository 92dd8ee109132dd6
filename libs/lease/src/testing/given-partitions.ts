import { partitionOf } from '../partition-of.ts';
import type { PartitionChange, PartitionListener, Partitions } from '../partitions.ts';

/** Partitions that are owned when a test says so. */
export interface GivenPartitions extends Partitions {
  /** From now on all are owned, under a new epoch. Resolves when listeners have dealt with it. */
  give(): Promise<void>;
  /** From now on none is. */
  take(): Promise<void>;
}

export function givenPartitions(count = 4): GivenPartitions {
  const listeners = new Set<PartitionListener>();
  const all = Array.from({ length: count }, (_, partition) => partition);
  let isOwned = false;
  let epoch = 0;
  const tell = async (change: PartitionChange): Promise<void> => {
    await Promise.all([...listeners].map(async (listener) => listener(change)));
  };
  return {
    count,
    owns: (key) => isOwned && partitionOf(key, count) < count,
    epochOf: () => (isOwned ? epoch : undefined),
    owned: () => new Map(isOwned ? all.map((partition) => [partition, epoch]) : []),
    onChange(listener) {
      listeners.add(listener);
      if (isOwned) void listener({ gained: all, lost: [] });
      return () => void listeners.delete(listener);
    },
    start: () => undefined,
    stop: () => Promise.resolve(),
    async give() {
      isOwned = true;
      epoch += 1;
      await tell({ gained: all, lost: [] });
    },
    async take() {
      isOwned = false;
      await tell({ gained: [], lost: all });
    },
  };
}
