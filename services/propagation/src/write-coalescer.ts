import { OwnershipLost } from '@flotilla/store/owned-store';

export interface WriteCoalescerDeps {
  /** Writes the newest state of one key; `conflict` = lost a race, it is tried again from fresh state. */
  readonly write: (key: string) => Promise<'done' | 'conflict'>;
  /** Members are being written to: this can wait a little. */
  readonly isBusy: () => boolean;
  readonly onError: (error: unknown) => void;
}

const intervalMs = 50;
/** While members are busy a write waits at most this long. */
const busyDelayMaxMs = 500;
const retryAfterErrorMs = 1_000;
/** Writes in flight; more would only lengthen the log's group commits. */
const inFlightMax = 64;

/** One write per key and interval, however often the key was marked; never two at once for one key. Bounded by the number of distinct keys. */
export class WriteCoalescer {
  readonly #deps: WriteCoalescerDeps;
  readonly #dirty = new Set<string>();
  readonly #running = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #waitedMs = 0;
  #isStopped = false;

  constructor(deps: WriteCoalescerDeps) {
    this.#deps = deps;
  }

  get depth(): number {
    return this.#dirty.size + this.#running.size;
  }

  mark(key: string): void {
    this.#dirty.add(key);
    this.#schedule(intervalMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#waitedMs += ms;
      if (this.#deps.isBusy() && this.#waitedMs < busyDelayMaxMs) this.#schedule(intervalMs);
      else this.#flush();
    }, ms);
  }

  #flush(): void {
    this.#waitedMs = 0;
    for (const key of this.#dirty) {
      if (this.#running.size >= inFlightMax) break;
      if (this.#running.has(key)) continue;
      this.#dirty.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    let delayMs = intervalMs;
    try {
      if ((await this.#deps.write(key)) === 'conflict') this.#dirty.add(key);
    } catch (error) {
      // What is another replica's now is written by that one.
      if (!(error instanceof OwnershipLost)) {
        this.#deps.onError(error);
        this.#dirty.add(key);
        delayMs = retryAfterErrorMs;
      }
    } finally {
      this.#running.delete(key);
      // With writes waiting for a place, go on at once; else the interval folds what comes.
      if (this.#dirty.size > 0) this.#schedule(this.#dirty.size > inFlightMax ? 1 : delayMs);
    }
  }
}
