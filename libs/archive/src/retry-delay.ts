const delayMinMs = 100;
const delayMaxMs = 30_000;

/** Doubles with each attempt (0 = the first) up to 30 s, of which the upper half is left to chance, so that many waiters don't come back at once. */
export function retryDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(delayMaxMs, delayMinMs * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
