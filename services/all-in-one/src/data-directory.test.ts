import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { prepareDataDirectory, startFailure } from './data-directory.ts';

async function inTemporaryDirectory(test: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-data-'));
  try {
    await test(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

describe('prepareDataDirectory', () => {
  it('makes what is missing, for its owner alone', () =>
    inTemporaryDirectory(async (path) => {
      await prepareDataDirectory(join(path, 'a', 'b'));
      expect((await stat(join(path, 'a', 'b'))).mode & 0o777).toBe(0o700);
      await prepareDataDirectory(join(path, 'a', 'b'));
      expect(await readdir(join(path, 'a', 'b'))).toEqual([]);
    }));

  it('says in one line why links that go in circles will not do', () =>
    inTemporaryDirectory(async (path) => {
      await symlink('loop', join(path, 'loop'));
      await expect(prepareDataDirectory(join(path, 'loop', 'data'))).rejects.toThrow('go round in circles');
    }));

  it.runIf(process.getuid?.() !== 0)('says in one line that this user may not write there', () =>
    inTemporaryDirectory(async (path) => {
      await chmod(path, 0o500);
      await expect(prepareDataDirectory(join(path, 'data'))).rejects.toThrow('this user may not write there');
    }),
  );

  it.each([
    ['a file', 'file', 'it is a file'],
    ['a path below a file', 'file/data', 'a part of the path is a file'],
  ])('says in one line why %s will not do, and what to do', (_, name, reason) =>
    inTemporaryDirectory(async (path) => {
      await writeFile(join(path, 'file'), '');
      await expect(prepareDataDirectory(join(path, name))).rejects.toThrow(
        `data cannot be kept in ${join(path, name)}: ${reason}. Choose another directory with --data-dir`,
      );
    }),
  );
});

describe.runIf(existsSync('/proc/self'))('prepareDataDirectory on a file system that takes no files', () => {
  it.each(['/proc', '/proc/flotilla', '/proc/flotilla/data'])('says so at once for %s', async (path) => {
    await expect(prepareDataDirectory(path)).rejects.toThrow(
      /cannot be kept in .*: (nothing can be created|this user)/,
    );
  });
});

describe('startFailure', () => {
  it('says what to do about a full disk, and leaves other failures as they are', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(startFailure(full, 'data')).toMatchObject({
      message: 'the disk of data is full: free some space and start again; nothing is lost',
    });
    const other = new Error('port 1 is in use');
    expect(startFailure(other, 'data')).toBe(other);
  });
});
