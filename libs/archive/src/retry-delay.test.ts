import { expect, it } from 'vitest';

import { retryDelayMs } from './retry-delay.ts';

it.each([
  [0, 0, 50],
  [0, 1, 100],
  [3, 0.5, 600],
  [100, 1, 30_000],
  [100, 0, 15_000],
])('waits after attempt %i, with %d of chance, %i ms', (attempt, chance, ms) => {
  expect(retryDelayMs(attempt, () => chance)).toBe(ms);
});
