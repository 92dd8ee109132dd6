/**
 * Keys to reconcile in one member: deduplicated, in order per key (never two at once for one key), bounded in flight, with backoff per key, and a pause for the
 * whole member while it can't be reached. Bounded by the number of distinct keys.
 */
export interface ApplyQueueDeps {
  /** Reconciles one key; `retry` = again after a backoff of its own; `later` = the member is away: again as soon as the queue goes on. Must not throw. */
  readonly reconcile: (key: string) => Promise<'done' | 'retry' | 'later'>;
  readonly random: () => number;
}

export interface ApplyQueueOptions {
  readonly inFlightMax: number;
  readonly retryDelayMinMs: number;
  readonly retryDelayMaxMs: number;
}

export class ApplyQueue {
  readonly #deps: ApplyQueueDeps;
  readonly #options: ApplyQueueOptions;
  /** Waiting keys in order of arrival. */
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  /** Keys added while running: again afterwards. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #isPaused = false;
  #isStopped = false;
  #idleWaiters: (() => void)[] = [];

  constructor(deps: ApplyQueueDeps, options: ApplyQueueOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.size + this.#running.size;
  }

  /** Something runs or is about to: keys that wait for a member that is away do not count. */
  get isActive(): boolean {
    return this.#running.size > 0 || (!this.#isPaused && this.#waiting.size > 0);
  }

  get retrying(): number {
    return this.#timers.size;
  }

  /** Fresh cause to look at the key: a pending retry is brought forward. */
  add(key: string): void {
    if (this.#isStopped) return;
    const timer = this.#timers.get(key);
    if (timer !== undefined) {
      clearTimeout(timer);
      this.#timers.delete(key);
    }
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#pump();
  }

  /** The member can't be reached: keep the keys, start nothing. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#pump();
  }

  /** Nothing is started any more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.clear();
    this.#again.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #pump(): void {
    if (this.#isPaused || this.#isStopped) return;
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.inFlightMax) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const outcome = await this.#deps.reconcile(key);
    this.#running.delete(key);
    const isAddedAgain = this.#again.delete(key);
    if (outcome === 'done') this.#failures.delete(key);
    if (!this.#isStopped) {
      if (isAddedAgain || outcome === 'later') this.#waiting.add(key);
      else if (outcome === 'retry') this.#retryLater(key);
    }
    this.#pump();
    if (this.#running.size === 0) {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }

  #retryLater(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const { retryDelayMinMs, retryDelayMaxMs } = this.#options;
    const ceiling = Math.min(retryDelayMaxMs, retryDelayMinMs * 2 ** Math.min(failures - 1, 20));
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.#waiting.add(key);
        this.#pump();
      },
      ceiling * (0.5 + this.#deps.random() / 2),
    );
    this.#timers.set(key, timer);
  }
}
