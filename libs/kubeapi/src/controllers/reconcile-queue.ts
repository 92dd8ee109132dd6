import type { Report } from '../api-report.ts';

export interface ReconcileQueueOptions {
  readonly name: string;
  /** Keys worked on at the same time. One key is never worked on twice at once. */
  readonly concurrency: number;
  readonly report: Report;
  /** Makes the world right for a key. Reads current state, may be called any number of times. */
  readonly reconcile: (key: string) => Promise<void>;
}

const retryDelayMinMs = 50;
const retryDelayMaxMs = 30_000;

/**
 * Keys to look at again. A key waits at most once, however often it's added: the queue is bounded by what exists. A key that fails comes back
 * later and later.
 */
export class ReconcileQueue {
  readonly #options: ReconcileQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: ReconcileQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#isStopped || this.#waiting.has(key)) return;
    this.#waiting.add(key);
    if (this.#active.size < this.#options.concurrency) queueMicrotask(() => this.#start());
  }

  addAfter(key: string, delayMs: number): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.add(key);
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }

  /** Resolves when nothing is waiting or being worked on (retries aside). */
  idle(): Promise<void> {
    if (this.#waiting.size === 0 && this.#active.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#active.size >= this.#options.concurrency) return;
      if (this.#active.has(key)) continue;
      this.#waiting.delete(key);
      this.#active.add(key);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    try {
      await this.#options.reconcile(key);
      this.#failures.delete(key);
    } catch (error) {
      if (!this.#isStopped) this.#retry(key, error);
    }
    this.#active.delete(key);
    if (this.#waiting.size > 0) this.#start();
    if (this.#waiting.size === 0 && this.#active.size === 0) {
      const resolvers = this.#whenIdle;
      this.#whenIdle = [];
      for (const resolve of resolvers) resolve();
    }
  }

  #retry(key: string, error: unknown): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.report({ kind: 'controller-error', controller: this.#options.name, key, error });
    this.addAfter(key, Math.min(retryDelayMaxMs, retryDelayMinMs * 2 ** Math.min(failures, 12)));
  }
}
