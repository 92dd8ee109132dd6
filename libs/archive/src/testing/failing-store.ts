/** A store whose database goes away when it's told to; what was written before stays. */
import { ArchiveUnavailable, type ArchiveStore, type UnavailableReason } from '../archive-store.ts';

export interface FailingStore extends ArchiveStore {
  /** Calls that still succeed; after them each fails as long as `failures` lasts. */
  failAfter(calls: number, failures: number, reason?: UnavailableReason): void;
  readonly failed: number;
}

export function createFailingStore(store: ArchiveStore): FailingStore {
  let calls = Infinity;
  let failures = 0;
  let failed = 0;
  let reason: UnavailableReason = 'Unreachable';

  /** A write that fails may have been taken in part: its first step is. */
  async function guard<Result>(work: () => Promise<Result>, part: () => Promise<void>): Promise<Result> {
    if (calls-- > 0 || failures <= 0) return work();
    failures -= 1;
    failed += 1;
    await part();
    throw new ArchiveUnavailable(reason, 'the database is away');
  }
  const nothing = (): Promise<void> => Promise.resolve();

  return {
    failAfter: (goodCalls, badCalls, why = 'Unreachable') => {
      calls = goodCalls;
      failures = badCalls;
      reason = why;
    },
    get failed() {
      return failed;
    },
    write: (steps) =>
      guard(
        () => store.write(steps),
        () => store.write(steps.slice(0, failures % 3)),
      ),
    find: (collection, query) => guard(() => store.find(collection, query), nothing),
    moveCursor: (name, expect, to) => guard(() => store.moveCursor(name, expect, to), nothing),
    expiring: () => store.expiring(),
    close: () => store.close(),
  };
}
