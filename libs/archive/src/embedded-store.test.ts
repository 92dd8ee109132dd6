import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { describeArchiveStore } from './archive-contract.ts';
import { createArchive } from './archive.ts';
import { createEmbeddedStore } from './embedded-store.ts';

describeArchiveStore('files', {
  create: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'flotilla-archive-'));
    const store = await createEmbeddedStore({ directory, durability: 'none' });
    return {
      write: (steps) => store.write(steps),
      find: (collection, query) => store.find(collection, query),
      moveCursor: (name, from, to) => store.moveCursor(name, from, to),
      expiring: () => store.expiring(),
      close: async () => {
        await store.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
});

it('finds everything again after it was closed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flotilla-archive-'));
  const first = await createEmbeddedStore({ directory });
  await createArchive({ store: first, now: () => 1 }).cursors.move('hook', 0, 7);
  await first.close();
  const second = await createEmbeddedStore({ directory });
  expect(await createArchive({ store: second, now: () => 1 }).cursors.get('hook')).toBe(7);
  await second.close();
  await rm(directory, { recursive: true });
});

it('says so when the file is no database', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flotilla-archive-'));
  await writeFile(join(directory, 'archive.db'), 'x'.repeat(5_000));
  await expect(createEmbeddedStore({ directory })).rejects.toMatchObject({ reason: 'Damaged', mayPass: false });
  await rm(directory, { recursive: true });
});

it('says so when the directory can not be made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flotilla-archive-'));
  await writeFile(join(directory, 'file'), '');
  const inside = join(directory, 'file', 'archive');
  await expect(createEmbeddedStore({ directory: inside })).rejects.toMatchObject({ name: 'ArchiveUnavailable' });
  await rm(directory, { recursive: true });
});
