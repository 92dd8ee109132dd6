import type { Revision } from '@flotilla/log/event-log';

interface Waiter {
  readonly revision: Revision;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Lets callers through once a revision has been reached. */
export class RevisionGate {
  readonly #waiters = new Set<Waiter>();
  #revision: Revision;
  #failure: { readonly reason: unknown } | undefined;

  constructor(revision: Revision) {
    this.#revision = revision;
  }

  get revision(): Revision {
    return this.#revision;
  }

  wait(revision: Revision, signal: AbortSignal | undefined): Promise<void> {
    if (revision <= this.#revision) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => waiter.reject(signal?.reason);
      const settle = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        revision,
        resolve: () => {
          settle();
          resolve();
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  reach(revision: Revision): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    for (const waiter of this.#waiters) if (waiter.revision <= revision) waiter.resolve();
  }

  /** Nothing will be reached any more. */
  fail(reason: unknown): void {
    this.#failure = { reason };
    for (const waiter of this.#waiters) waiter.reject(reason);
  }
}
