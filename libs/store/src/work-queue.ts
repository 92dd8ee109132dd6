/**
 * Level-triggered work: a key says what to look at again, never what happened. A key is queued at most once, and never handled twice at the same time; added while
 * it's being handled, it runs once more afterwards. Keys run in the order in which they were added. A handler that throws is tried again with exponential
 * backoff. The queue is bounded by the number of distinct keys; nothing is ever dropped, for a lost key would never be looked at again.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after a delay; of several delays for one key the one that ends first counts. */
  addAfter(key: string, delayMs: number): void;
  /** Forgets the failures of a key: its next backoff starts from the base. Done by itself when a handler succeeds. */
  forget(key: string): void;
  metrics(): WorkQueueMetrics;
  /** Takes no more keys, drops delayed ones, and resolves when all that were queued have been handled; once `signal` aborts, the queued ones are dropped and running handlers aborted. */
  stop(signal?: AbortSignal): Promise<void>;
}

export interface WorkQueueMetrics {
  /** Keys ready to run. */
  readonly depth: number;
  readonly running: number;
  /** Keys that wait for a delay or a backoff. */
  readonly delayed: number;
  readonly handledTotal: number;
  readonly retriesTotal: number;
}

/** `retryAfterMs`: look at the key again by then; it isn't a failure. */
export type WorkResult = { readonly retryAfterMs?: number } | undefined | void;

export interface WorkQueueDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Runs a callback later; returns how to cancel it. */
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of each failure, once; `failures` counts those of the key in a row. */
  readonly onError: (key: string, error: unknown, failures: number) => void;
}

export interface WorkQueueOptions {
  readonly handle: (key: string, signal: AbortSignal) => Promise<WorkResult>;
  readonly concurrency: number;
  /** First backoff (default 20 ms); doubles with each failure up to the maximum (default 30 s). Up to half of each is jitter. */
  readonly backoffBaseMs?: number;
  readonly backoffMaxMs?: number;
}

export function createWorkQueue(deps: WorkQueueDeps, options: WorkQueueOptions): WorkQueue {
  const { backoffBaseMs = 20, backoffMaxMs = 30_000, concurrency, handle } = options;
  const ready = new Set<string>();
  const running = new Set<string>();
  /** Added while running. */
  const again = new Set<string>();
  const delayed = new Map<string, { readonly dueMs: number; readonly cancel: () => void }>();
  const failures = new Map<string, number>();
  const abort = new AbortController();
  const idle = Promise.withResolvers<void>();
  let isStopped = false;
  let isPumpScheduled = false;
  let handledTotal = 0;
  let retriesTotal = 0;

  function add(key: string): void {
    if (!isStopped) enqueue(key);
  }

  function enqueue(key: string): void {
    if (running.has(key)) {
      again.add(key);
      return;
    }
    ready.add(key);
    if (isPumpScheduled) return;
    isPumpScheduled = true;
    queueMicrotask(pump);
  }

  function pump(): void {
    isPumpScheduled = false;
    for (const key of ready) {
      if (running.size >= concurrency) return;
      ready.delete(key);
      running.add(key);
      void run(key);
    }
    if (isStopped && running.size === 0 && ready.size === 0) idle.resolve();
  }

  async function run(key: string): Promise<void> {
    try {
      const result = await handle(key, abort.signal);
      failures.delete(key);
      if (result?.retryAfterMs !== undefined) addAfter(key, result.retryAfterMs);
    } catch (error) {
      fail(key, error);
    }
    handledTotal++;
    running.delete(key);
    if (again.delete(key)) enqueue(key);
    pump();
  }

  function fail(key: string, error: unknown): void {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    deps.onError(key, error, count);
    if (isStopped) return;
    retriesTotal++;
    const fullMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(count - 1, 30));
    addAfter(key, fullMs * (1 - deps.random() / 2));
  }

  function addAfter(key: string, delayMs: number): void {
    if (isStopped) return;
    if (delayMs <= 0) {
      add(key);
      return;
    }
    const pending = delayed.get(key);
    const dueMs = deps.now() + delayMs;
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.cancel();
    const cancel = deps.schedule(() => {
      delayed.delete(key);
      add(key);
    }, delayMs);
    delayed.set(key, { dueMs, cancel });
  }

  function drop(): void {
    abort.abort();
    ready.clear();
    again.clear();
    pump();
  }

  async function stop(signal?: AbortSignal): Promise<void> {
    isStopped = true;
    for (const { cancel } of delayed.values()) cancel();
    delayed.clear();
    signal?.addEventListener('abort', drop, { once: true });
    if (signal?.aborted === true) drop();
    else pump();
    await idle.promise;
    signal?.removeEventListener('abort', drop);
  }

  return {
    add,
    addAfter,
    forget: (key) => {
      failures.delete(key);
    },
    metrics: () => ({
      depth: ready.size + again.size,
      running: running.size,
      delayed: delayed.size,
      handledTotal,
      retriesTotal,
    }),
    stop,
  };
}
