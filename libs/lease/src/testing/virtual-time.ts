import { setImmediate } from 'node:timers/promises';

/** A clock that only moves when told to. */
export interface VirtualTime {
  readonly now: () => number;
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  /** Lets time pass; what is due runs in order, each with everything that follows from it before the next. */
  pass(ms: number): Promise<void>;
}

export function createVirtualTime(): VirtualTime {
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  let nowMs = 0;
  return {
    now: () => nowMs,
    schedule(callback, delayMs) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async pass(ms) {
      const endMs = nowMs + ms;
      await settled();
      for (;;) {
        const [next] = [...timers].toSorted((a, b) => a.dueMs - b.dueMs);
        if (next === undefined || next.dueMs > endMs) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.dueMs);
        next.callback();
        await settled();
      }
      nowMs = endMs;
      await settled();
    },
  };
}

/** Promises have run, however long their chains are within a few turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}
