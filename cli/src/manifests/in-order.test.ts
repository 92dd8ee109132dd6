import { expect, it } from 'vitest';

import { inOrder } from './in-order.ts';

it('runs several at a time and reports in the order of the items, failures too', async () => {
  const releases: (() => void)[] = [];
  const reported: string[] = [];
  let running = 0;
  let runningMax = 0;
  const done = inOrder(
    [0, 1, 2, 3],
    2,
    async (item) => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise<void>((resolve) => {
        releases[item] = resolve;
      });
      running -= 1;
      if (item === 2) throw new Error('two');
      return item;
    },
    (outcome, item) => void reported.push(`${item} ${outcome.kind}`),
  );
  const release = async (item: number): Promise<void> => {
    releases[item]?.();
    await new Promise(setImmediate);
  };
  await release(1);
  expect(reported).toEqual([]);
  await release(0);
  expect(reported).toEqual(['0 done', '1 done']);
  await release(2);
  await release(3);
  await done;
  expect(reported).toEqual(['0 done', '1 done', '2 failed', '3 done']);
  expect(runningMax).toBe(2);
});
