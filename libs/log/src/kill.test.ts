import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { createEmbeddedLog } from './embedded-log.ts';
import { latestEntries } from './event-log-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const writer = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));

/** Starts the writer, kills it after so many acknowledgements, and returns for each of its writers the last counter and revision acknowledged. */
async function runUntilKilled(directory: string, acknowledgements: number): Promise<Map<string, readonly number[]>> {
  const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const last = new Map<string, readonly number[]>();
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [name = '', ...numbers] = line.split(' ');
    if (numbers.length === 3) last.set(name, numbers.map(Number));
    if (++count === acknowledgements) child.kill('SIGKILL');
  }
  await exited;
  expect(count).toBeGreaterThanOrEqual(acknowledgements);
  return last;
}

it('has every acknowledged append after kill -9, whole, and nothing else', { timeout: 60_000 }, async () => {
  await using directory = await temporaryDirectory();
  for (const acknowledgements of [1, 700, 5_000]) {
    const acknowledged = await runUntilKilled(directory.path, acknowledgements);
    const log = await createEmbeddedLog({ directory: directory.path });
    expect(log.recovery.cuts.filter(({ cause }) => cause !== 'torn')).toStrictEqual([]);
    const live = new Map((await latestEntries(log, '>')).map((entry) => [entry.subject, entry]));
    for (const [name, [counter = -1, , revision = -1]] of acknowledged) {
      const pair = live.get(`pair${name}`);
      const single = live.get(`w${name}.${Number(String(pair?.value).split(' ')[0]) % 5}`);
      expect(Number(String(pair?.value).split(' ')[0])).toBeGreaterThanOrEqual(counter);
      expect(pair?.revision).toBeGreaterThanOrEqual(revision);
      expect(String(single?.value)).toBe(String(pair?.value));
      expect(single?.revision).toBe((pair?.revision ?? 0) - 1);
    }
    await log.close();
  }
});
