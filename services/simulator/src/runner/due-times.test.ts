import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueTimes } from './due-times.ts';

describe('DueTimes', () => {
  it('gives every key once, at its newest time, in order', () => {
    const operations = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
      ),
    );
    fc.assert(
      fc.property(operations, (all) => {
        const times = new DueTimes(10);
        const model = new Map<string, number>();
        for (const [id, atMs] of all) {
          times.set(id, atMs);
          if (atMs === undefined) model.delete(id);
          else model.set(id, Math.ceil(atMs / 10) * 10);
        }
        expect(times.next()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        const early = [...model].filter(([, atMs]) => atMs <= 100).map(([id]) => id);
        expect(times.take(100).toSorted()).toEqual(early.toSorted());
        expect(times.take(1_000).toSorted()).toEqual([...model.keys()].filter((id) => !early.includes(id)).toSorted());
        expect(times.next()).toBeUndefined();
      }),
    );
  });
});
