import { tooManyRequests } from '../errors/api-errors.ts';
import type { ApiLimits } from '../limits.ts';

/** Counts requests that are being handled. Watches and pass-through connections don't count: they would fill the room for ever. */
export class InFlight {
  readonly #limits: ApiLimits;
  #reads = 0;
  #writes = 0;

  constructor(limits: ApiLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#reads + this.#writes;
  }

  /** Throws 429 with the time to come back. Each entry needs its `leave`. */
  enter(isWrite: boolean): void {
    const isFull = isWrite
      ? this.#writes >= this.#limits.writesInFlightMax
      : this.#reads >= this.#limits.readsInFlightMax;
    if (isFull) throw tooManyRequests(this.#limits.retryAfterSeconds);
    if (isWrite) this.#writes += 1;
    else this.#reads += 1;
  }

  leave(isWrite: boolean): void {
    if (isWrite) this.#writes -= 1;
    else this.#reads -= 1;
  }
}
