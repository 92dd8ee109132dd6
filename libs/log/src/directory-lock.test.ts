import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { DirectoryLocked, lockDirectory } from './directory-lock.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('directory lock', () => {
  it('refuses a second holder, naming the process, until the first releases', async () => {
    await using directory = await temporaryDirectory();
    const lock = await lockDirectory(directory.path);
    await expect(lockDirectory(directory.path)).rejects.toThrow(DirectoryLocked);
    await expect(lockDirectory(directory.path)).rejects.toThrow(`process ${process.pid}`);
    await lock.release();
    await (await lockDirectory(directory.path)).release();
  });

  it.each([
    { what: 'a process that is gone', holder: async () => ({ pid: await deadPid(), host: hostname(), started: '1' }) },
    {
      what: 'an earlier process with this number',
      holder: async () => ({ pid: process.pid, host: hostname(), started: '1' }),
    },
    { what: 'something unreadable', holder: () => Promise.resolve('') },
  ])('takes over the lock of $what', async ({ holder }) => {
    await using directory = await temporaryDirectory();
    const held = await holder();
    const text = typeof held === 'string' ? held : JSON.stringify({ ...held, token: 'stale' });
    await writeFile(join(directory.path, 'LOCK'), text);
    const lock = await lockDirectory(directory.path);
    expect(await readFile(join(directory.path, 'LOCK'), 'utf8')).toContain(`"pid":${process.pid},`);
    await lock.release();
  });

  it.runIf(process.platform === 'linux')(
    'takes over the lock of a killed process that nobody has collected',
    async () => {
      await using directory = await temporaryDirectory();
      // The shell becomes a program that never collects the child it started before.
      const parent = spawn('sh', ['-c', 'tail -f /dev/null & echo $!; exec tail -f /dev/null']);
      try {
        const [line] = (await once(parent.stdout, 'data')) as [Buffer];
        const pid = Number(line.toString());
        const stat = async (): Promise<string[]> =>
          (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
        const started = (await stat())[19];
        const holder = { pid, host: hostname(), started, token: 'killed' };
        await writeFile(join(directory.path, 'LOCK'), JSON.stringify(holder));
        await expect(lockDirectory(directory.path)).rejects.toThrow(DirectoryLocked);
        process.kill(pid, 'SIGKILL');
        await vi.waitFor(async () => expect((await stat())[0]).toBe('Z'));
        await (await lockDirectory(directory.path)).release();
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );

  it('believes a holder on another host as long as it refreshes the lock', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'LOCK');
    await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', started: '1', token: 'theirs' }));
    await expect(lockDirectory(directory.path)).rejects.toThrow('elsewhere');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    await (await lockDirectory(directory.path)).release();
  });

  it('lets one of many win a stale lock', async () => {
    await using directory = await temporaryDirectory();
    const stale = { pid: await deadPid(), host: hostname(), started: '1', token: 'stale' };
    await writeFile(join(directory.path, 'LOCK'), JSON.stringify(stale));
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory.path)));
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    await winners[0]?.value.release();
  });
});
