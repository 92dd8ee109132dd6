/** The shell in a real process: what it prints, how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, 'testing', 'sample-service.ts');

interface Line {
  readonly message: string;
  readonly [key: string]: unknown;
}

interface Started {
  readonly child: ChildProcess;
  /** Standard error, line by line. */
  readonly lines: string[];
  /** Resolves with the log line of that message; rejects when the process ends without. */
  readonly logged: (message: string) => Promise<Line>;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, [script], {
    env: { FLOTILLA_HEALTH_PORT: '0', FLOTILLA_HEALTH_HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('close', (code, signal) => {
      resolve(code ?? signal);
      for (const look of waiting) look();
    }),
  );
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  return {
    child,
    lines,
    ended,
    logged(message) {
      const { promise, resolve, reject } = Promise.withResolvers<Line>();
      const look = (): void => {
        const found = lines
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as { readonly msg: string });
        const line = found.find(({ msg }) => msg === message);
        if (line !== undefined) resolve({ ...line, message: line.msg });
        else if (child.exitCode !== null) reject(new Error(`ended without "${message}":\n${lines.join('\n')}`));
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
}

describe('a service process', { timeout: 30_000 }, () => {
  it('starts, is ready, serves its metrics, and ends in order when asked to', async () => {
    const { child, logged, ended } = run({ SAMPLE_GREETING: 'hello', SAMPLE_TOKEN: 'hunter2' });
    const starting = await logged('starting');
    expect(starting['config']).toMatchObject({ SAMPLE_GREETING: 'hello', SAMPLE_TOKEN: '[secret]' });
    const { healthPort } = await logged('ready');
    const get = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${String(healthPort)}${path}`)).text();
    expect(await get('/readyz?verbose')).toBe('[+]sample ok\nreadyz check passed\n');
    const metrics = await get('/metrics');
    for (const name of [
      'flotilla_sample_greetings_total 1',
      'flotilla_process_resident_memory_bytes ',
      'flotilla_process_event_loop_delay_max_seconds ',
    ]) {
      expect(metrics).toContain(name);
    }
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await logged('stopped');
  });

  it('says everything that is wrong with its configuration, and does not start', async () => {
    const { lines, ended } = run({ FLOTILLA_LOG_LEVEL: 'loud', SAMPLE_BEHAVIOUR: 'odd' });
    expect(await ended).toBe(78);
    expect(lines).toEqual([
      'sample: the configuration is wrong:',
      '  FLOTILLA_LOG_LEVEL is "loud", must be one of debug, info, warn, error',
      '  SAMPLE_GREETING is missing: What it says.',
      '  SAMPLE_BEHAVIOUR is "odd", must be one of good, no-start, crash, no-stop',
    ]);
  });

  it.each([
    ['can’t start', 'no-start', 'start failed', 'the disk is missing'],
    ['crashes', 'crash', 'crashed', 'something broke'],
  ])('that %s leaves the cause in its log and fails', async (_, behaviour, message, cause) => {
    const { logged, ended } = run({ SAMPLE_GREETING: 'x', SAMPLE_BEHAVIOUR: behaviour });
    expect(await ended).toBe(1);
    expect(String((await logged(message))['cause'])).toContain(cause);
  });

  it('that doesn’t manage to stop is ended at the deadline', async () => {
    const { child, logged, ended } = run({
      SAMPLE_GREETING: 'x',
      SAMPLE_BEHAVIOUR: 'no-stop',
      FLOTILLA_STOP_DEADLINE: '1s',
    });
    await logged('ready');
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });
});
