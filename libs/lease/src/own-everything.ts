import type { PartitionListener, Partitions } from './partitions.ts';

/** For a process that is alone: it owns the one partition there is, from `start` until `stop`. */
export function ownEverything(): Partitions {
  const listeners = new Set<PartitionListener>();
  let isOwned = false;
  return {
    count: 1,
    owns: () => isOwned,
    epochOf: () => (isOwned ? 1 : undefined),
    owned: () => new Map(isOwned ? [[0, 1]] : []),
    onChange(listener) {
      listeners.add(listener);
      if (isOwned) void listener({ gained: [0], lost: [] });
      return () => void listeners.delete(listener);
    },
    start() {
      if (isOwned) return;
      isOwned = true;
      for (const listener of listeners) void listener({ gained: [0], lost: [] });
    },
    async stop() {
      if (!isOwned) return;
      isOwned = false;
      await Promise.all([...listeners].map(async (listener) => listener({ gained: [], lost: [0] })));
    },
  };
}
