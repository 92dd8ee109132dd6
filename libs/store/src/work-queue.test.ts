import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createWorkQueue, type WorkQueue, type WorkQueueOptions, type WorkResult } from './work-queue.ts';

/** Timers that go off when told. */
class FakeTimers {
  nowMs = 0;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  now = (): number => this.nowMs;

  schedule = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { dueMs: this.nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  advance(byMs: number): void {
    this.nowMs += byMs;
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.nowMs).toSorted((a, b) => a.dueMs - b.dueMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }
}

function aQueue(
  handle: (key: string, signal: AbortSignal) => Promise<WorkResult>,
  options: Partial<WorkQueueOptions> = {},
): { readonly queue: WorkQueue; readonly timers: FakeTimers; readonly errors: string[] } {
  const timers = new FakeTimers();
  const errors: string[] = [];
  const onError = (key: string, error: unknown, failures: number): void => {
    errors.push(`${key} ${String(error)} ${failures}`);
  };
  const { now, schedule } = timers;
  const queue = createWorkQueue({ now, schedule, random: () => 0, onError }, { handle, concurrency: 1, ...options });
  return { queue, timers, errors };
}

/** Lets everything that doesn't wait for a timer run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('work queue', () => {
  it('handles a key once however often it was added, in the order of first addition', async () => {
    const handled: string[] = [];
    const { queue } = aQueue((key) => Promise.resolve(void handled.push(key)));
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    await settle();
    expect(handled).toStrictEqual(['b', 'a', 'c']);
  });

  it('handles a key that is added while it runs once more afterwards, never twice at a time', async () => {
    const gate = Promise.withResolvers<void>();
    let running = 0;
    const starts: number[] = [];
    const { queue } = aQueue(
      async () => {
        starts.push(++running);
        await gate.promise;
        running--;
      },
      { concurrency: 4 },
    );
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    expect(queue.metrics()).toMatchObject({ running: 1, depth: 1 });
    gate.resolve();
    await settle();
    expect(starts).toStrictEqual([1, 1]);
    expect(queue.metrics()).toMatchObject({ running: 0, depth: 0, handledTotal: 2 });
  });

  it('backs off exponentially up to the maximum, and begins anew after a success', async () => {
    let fails = true;
    const times: number[] = [];
    const { queue, timers, errors } = aQueue(
      () => {
        times.push(timers.nowMs);
        return fails ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
      },
      { backoffBaseMs: 10, backoffMaxMs: 50 },
    );
    queue.add('a');
    await settle();
    for (let elapsed = 0; elapsed < 200; elapsed += 10) {
      timers.advance(10);
      await settle();
    }
    expect(times).toStrictEqual([0, 10, 30, 70, 120, 170]);
    expect(errors.at(-1)).toBe('a Error: no 6');
    expect(queue.metrics()).toMatchObject({ retriesTotal: 6, delayed: 1 });
    fails = false;
    timers.advance(50);
    await settle();
    fails = true;
    queue.add('a');
    await settle();
    expect(errors.at(-1)).toBe('a Error: no 1');
  });

  it('forgets failures when told', async () => {
    const { queue, errors } = aQueue(() => Promise.reject(new Error('no')));
    queue.add('a');
    await settle();
    queue.forget('a');
    queue.add('a');
    await settle();
    expect(errors).toStrictEqual(['a Error: no 1', 'a Error: no 1']);
  });

  it('looks again after the delay that a handler asks for, and of two delays takes the shorter', async () => {
    const times: number[] = [];
    let asked = false;
    const { queue, timers } = aQueue(() => {
      times.push(timers.nowMs);
      if (asked) return Promise.resolve(undefined);
      asked = true;
      return Promise.resolve({ retryAfterMs: 100 });
    });
    queue.add('a');
    await settle();
    queue.addAfter('a', 500);
    queue.addAfter('a', 40);
    for (let elapsed = 0; elapsed < 600; elapsed += 20) {
      timers.advance(20);
      await settle();
    }
    expect(times).toStrictEqual([0, 40]);
  });

  it('drains when stopped: what is queued is handled, what is delayed or comes later is not', async () => {
    const handled: string[] = [];
    const { queue, timers } = aQueue((key) => Promise.resolve(void handled.push(key)));
    queue.addAfter('late', 10);
    queue.add('a');
    queue.add('b');
    const stopped = queue.stop();
    queue.add('c');
    await stopped;
    timers.advance(100);
    await settle();
    expect(handled).toStrictEqual(['a', 'b']);
  });

  it('aborts what runs and drops what is queued when draining takes too long', async () => {
    const seen: string[] = [];
    const { queue } = aQueue(
      (key, signal) =>
        new Promise((resolve) => {
          seen.push(key);
          signal.addEventListener('abort', () => resolve(undefined));
        }),
    );
    queue.add('a');
    queue.add('b');
    await settle();
    const deadline = new AbortController();
    const stopped = queue.stop(deadline.signal);
    deadline.abort();
    await stopped;
    expect(seen).toStrictEqual(['a']);
  });

  it('never exceeds its concurrency, never runs a key twice at once, and handles every key after its last addition', async () => {
    const additions = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        additions,
        fc.integer({ min: 1, max: 3 }),
        async (scheduler, keys, concurrency) => {
          const running = new Set<string>();
          const lastStart = new Map<string, number>();
          const lastAdded = new Map<string, number>();
          let step = 0;
          const { queue } = aQueue(
            async (key) => {
              expect(running.has(key)).toBe(false);
              running.add(key);
              expect(running.size).toBeLessThanOrEqual(concurrency);
              lastStart.set(key, ++step);
              await scheduler.schedule(Promise.resolve(), key);
              running.delete(key);
            },
            { concurrency },
          );
          const adding = scheduler.scheduleSequence(
            keys.map((key) => () => {
              lastAdded.set(key, ++step);
              queue.add(key);
              return Promise.resolve();
            }),
          );
          await scheduler.waitFor(adding.task);
          await scheduler.waitFor(queue.stop());
          for (const [key, added] of lastAdded) expect(lastStart.get(key)).toBeGreaterThan(added);
        },
      ),
      { numRuns: 60 },
    );
  });
});
