import { describe, expect, it } from 'vitest';
import { createPriorityGate } from './priority-gate.ts';

function aGate(priorities: Readonly<Record<string, number>>) {
  const added: string[] = [];
  let open = 0;
  const gate = createPriorityGate({
    inQueueMax: 1,
    priorityOf: (key) => priorities[key] ?? 0,
    queue: {
      add: (key) => {
        added.push(key);
        open += 1;
      },
      metrics: () => ({ depth: open, running: 0, delayed: 0, handledTotal: 0, retriesTotal: 0 }),
    },
  });
  const finish = (): void => {
    open -= 1;
    gate.feed();
  };
  return { gate, added, finish };
}

describe('priority gate', () => {
  it('lets through what fits, then the highest priority first, then who came first', () => {
    const { gate, added, finish } = aGate({ b: 1, c: 5, d: 5, e: -1 });
    for (const key of ['a', 'e', 'b', 'c', 'd', 'c']) gate.add(key);
    expect(added).toEqual(['a']);
    expect(gate.size).toBe(4);
    for (let step = 0; step < 5; step += 1) finish();
    expect(added).toEqual(['a', 'c', 'd', 'b', 'e']);
    expect(gate.size).toBe(0);
  });

  it('forgets what waits when it is cleared', () => {
    const { gate, added, finish } = aGate({});
    for (const key of ['a', 'b']) gate.add(key);
    gate.clear();
    finish();
    expect(added).toEqual(['a']);
  });
});
