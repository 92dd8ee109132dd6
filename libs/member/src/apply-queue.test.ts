import { describe, expect, it, vi } from 'vitest';

import { ApplyQueue } from './apply-queue.ts';

const options = { inFlightMax: 2, retryDelayMinMs: 1, retryDelayMaxMs: 4 };

function aGate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('ApplyQueue', () => {
  it('runs at most inFlightMax keys at once and each key once however often it was added', async () => {
    const gate = aGate();
    const ran: string[] = [];
    let most = 0;
    let running = 0;
    const queue = new ApplyQueue(
      {
        random: () => 0,
        async reconcile(key) {
          most = Math.max(most, ++running);
          ran.push(key);
          await gate.opened;
          running--;
          return 'done';
        },
      },
      options,
    );
    for (const key of ['a', 'b', 'c', 'c', 'c']) queue.add(key);
    expect(queue.depth).toBe(3);
    gate.open();
    await vi.waitFor(() => expect(queue.depth).toBe(0));
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(most).toBe(2);
  });

  it('looks again at a key that was added while it ran, never twice at once', async () => {
    const gate = aGate();
    let count = 0;
    const queue = new ApplyQueue(
      { random: () => 0, reconcile: () => (++count, gate.opened.then(() => 'done' as const)) },
      options,
    );
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(count).toBe(1);
    gate.open();
    await vi.waitFor(() => expect(count).toBe(2));
    await vi.waitFor(() => expect(queue.depth).toBe(0));
    expect(count).toBe(2);
  });

  it('tries again after a backoff', async () => {
    let count = 0;
    const queue = new ApplyQueue(
      { random: () => 0, reconcile: () => Promise.resolve(++count < 3 ? 'retry' : 'done') },
      options,
    );
    queue.add('a');
    await vi.waitFor(() => expect(count).toBe(3));
    expect(queue.retrying).toBe(0);
  });

  it('keeps keys while paused', async () => {
    const ran: string[] = [];
    const queue = new ApplyQueue(
      { random: () => 0, reconcile: (key) => (ran.push(key), Promise.resolve('done')) },
      options,
    );
    queue.pause();
    queue.add('a');
    expect(ran).toEqual([]);
    queue.resume();
    expect(ran).toEqual(['a']);
    await queue.stop();
  });

  it('stops when what runs has ended and starts nothing after', async () => {
    const gate = aGate();
    const ran: string[] = [];
    const queue = new ApplyQueue(
      { random: () => 0, reconcile: (key) => (ran.push(key), gate.opened.then(() => 'retry' as const)) },
      options,
    );
    queue.add('a');
    const stopped = queue.stop();
    queue.add('b');
    gate.open();
    await stopped;
    expect(ran).toEqual(['a']);
    expect(queue.retrying).toBe(0);
  });

  it('goes on at once with what failed because the member was away', async () => {
    let isAway = true;
    const ran: string[] = [];
    const queue: ApplyQueue = new ApplyQueue(
      {
        random: () => 0,
        reconcile(key) {
          if (!isAway) ran.push(key);
          else queue.pause();
          return Promise.resolve(isAway ? 'later' : 'done');
        },
      },
      { ...options, retryDelayMinMs: 60_000, retryDelayMaxMs: 60_000 },
    );
    queue.add('a');
    await vi.waitFor(() => expect(queue.isActive).toBe(false));
    expect([queue.depth, queue.retrying]).toEqual([1, 0]);
    isAway = false;
    queue.resume();
    await vi.waitFor(() => expect(queue.depth).toBe(0));
    expect(ran).toEqual(['a']);
  });
});
