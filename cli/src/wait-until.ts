import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal: AbortSignal;
}

/** Asks again until there is an answer; `undefined` when the time is over. Rejects when the signal aborts or the question fails. */
export async function waitUntil<Answer>(
  ask: () => Promise<Answer | undefined>,
  { timeoutMs, intervalMs = 200, signal }: WaitOptions,
): Promise<Answer | undefined> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const answer = await ask();
    if (answer !== undefined) return answer;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return undefined;
    // oxlint-disable-next-line no-await-in-loop
    await delay(Math.min(intervalMs, leftMs), undefined, { signal });
  }
}
