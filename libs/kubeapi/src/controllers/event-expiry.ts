import type { StoredObject } from '@flotilla/store/object-store';
import type { Controller, ControllerDeps } from './controller.ts';

export interface EventExpiryOptions {
  readonly ttlMs: number;
  readonly sweepIntervalMs: number;
}

const defaults: EventExpiryOptions = { ttlMs: 3_600_000, sweepIntervalMs: 60_000 };
const batchSize = 500;
/** Deletions of one sweep; the rest waits for the next. */
const sweepMax = 10_000;
const events = { group: '', resource: 'events' };

/** Events are news, not state: they go an hour after they were written last. */
export function createEventExpiry(
  { store, now, report }: ControllerDeps,
  options: EventExpiryOptions = defaults,
): Controller {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();

  async function sweep(): Promise<void> {
    const oldest = now() - options.ttlMs;
    const expired = store.list(events).filter((event) => event.timeMs < oldest);
    for (let at = 0; at < Math.min(expired.length, sweepMax); at += batchSize) {
      // A lost race means somebody wrote the event again: it lives on until the next sweep.
      // oxlint-disable-next-line no-await-in-loop
      await store.commit(expired.slice(at, at + batchSize).map(deletion));
    }
  }

  return {
    start() {
      timer = setInterval(() => {
        sweeping = sweep().catch((error: unknown) => {
          report({ kind: 'controller-error', controller: 'event-expiry', key: '', error });
        });
      }, options.sweepIntervalMs);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
    },
    idle: () => sweeping,
  };
}

function deletion({ resource, namespace, name, revision, object }: StoredObject) {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { resource, namespace, name, object: { ...object, metadata }, expect: revision, isDelete: true };
}
