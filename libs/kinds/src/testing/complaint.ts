import { expect } from 'vitest';

/** To compare joined messages with: none at all when nothing is expected, else a text that contains what is expected. */
export function complaint(expected: string | undefined): unknown {
  return expected === undefined ? '' : expect.stringContaining(expected);
}
