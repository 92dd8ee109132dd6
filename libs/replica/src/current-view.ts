/** Reads that miss nothing: a store's cache follows the log, and where others write to the log, too, it may be behind it for a moment. */
import type { EventLog } from '@flotilla/log/event-log';
import type { ObjectStore } from '@flotilla/store/object-store';

export interface CurrentViewDeps {
  readonly log: Pick<EventLog, 'head'>;
  readonly store: Pick<ObjectStore, 'waitFor'>;
}

/**
 * Resolves when the store has all that the log had at the call. Calls that come while the log is being asked share the next question: one round trip at a time serves any number of
 * readers. Throws LogUnavailable, and the signal's reason.
 */
export function createCurrentView({ log, store }: CurrentViewDeps): (signal: AbortSignal) => Promise<void> {
  let asking: Promise<number> | undefined;
  let next: Promise<number> | undefined;

  function ask(): Promise<number> {
    asking = log.head().finally(() => (asking = undefined));
    return asking;
  }

  /** The answer of a question that was put after this call. */
  function head(): Promise<number> {
    if (asking === undefined) return ask();
    next ??= asking
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return ask();
      });
    return next;
  }

  return async (signal) => {
    signal.throwIfAborted();
    await store.waitFor(await Promise.race([head(), aborted(signal)]), signal);
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
