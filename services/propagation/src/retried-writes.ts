import { OwnershipLost } from '@flotilla/store/owned-store';

const retryDelayMs = 1_000;

/** Writes that have to be stored in the end: one at a time for each key, tried again every second while the log takes none. Bounded by the number of keys. */
export class RetriedWrites {
  readonly #onError: (key: string, error: unknown) => void;
  readonly #running = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(deps: { readonly onError: (key: string, error: unknown) => void }) {
    this.#onError = deps.onError;
  }

  /** Does nothing while a write of this key is under way. `write` reads what it needs itself, each time; it is done when it resolves. */
  run(key: string, write: () => Promise<void>): void {
    if (this.#isStopped || this.#running.has(key)) return;
    this.#running.add(key);
    void this.#try(key, write);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #try(key: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.#running.delete(key);
    } catch (error) {
      if (error instanceof OwnershipLost) {
        // Whoever has it now does this, too.
        this.#running.delete(key);
        return;
      }
      if (this.#isStopped) return;
      this.#onError(key, error);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#try(key, write);
      }, retryDelayMs);
      this.#timers.add(timer);
    }
  }
}
