import { expect, it } from 'vitest';

import { createEmbeddedLog } from './embedded-log.ts';
import { latestEntries } from './event-log-contract.ts';
import { createNodeFileSystem } from './node-file-system.ts';
import { DirectoryNotEmpty, seedDirectory } from './seed-directory.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const files = createNodeFileSystem();
const entry = (revision: number, subject: string, text = subject) => ({
  revision,
  subject,
  value: Buffer.from(text),
  deleted: false,
  timeMs: revision * 10,
  headers: { writer: 'test' },
});

it('makes a log with the state it was given, numbered on from its head', async () => {
  await using directory = await temporaryDirectory();
  await seedDirectory(files, directory.path, { head: 1_000, entries: [entry(7, 'b'), entry(3, 'a')] });
  for (const expected of [1_001, 1_002]) {
    const log = await createEmbeddedLog({ directory: directory.path });
    expect(log.recovery.cuts).toEqual([]);
    expect(await log.firstReadable()).toBeLessThanOrEqual(1_000);
    const live = await latestEntries(log, '>');
    expect(live.slice(0, 2).map(({ revision, subject, timeMs }) => [revision, subject, timeMs])).toEqual([
      [3, 'a', 30],
      [7, 'b', 70],
    ]);
    expect(await log.append([{ subject: `c${expected}`, value: new Uint8Array() }])).toEqual({
      kind: 'appended',
      revisions: [expected],
    });
    await log.close();
  }
});

it('refuses a directory that holds a log, unless that is to be replaced', async () => {
  await using directory = await temporaryDirectory();
  const log = await createEmbeddedLog({ directory: directory.path });
  await log.append([{ subject: 'old', value: new Uint8Array() }]);
  await log.close();
  const seed = { head: 9, entries: [entry(3, 'new')] };
  await expect(seedDirectory(files, directory.path, seed)).rejects.toThrow(DirectoryNotEmpty);
  await seedDirectory(files, directory.path, { ...seed, replace: true });
  const restored = await createEmbeddedLog({ directory: directory.path });
  expect((await latestEntries(restored, '>')).map(({ subject }) => subject)).toEqual(['new']);
  await restored.close();
});

it('refuses a head below an entry, and a directory in use', async () => {
  await using directory = await temporaryDirectory();
  await expect(seedDirectory(files, directory.path, { head: 2, entries: [entry(3, 'a')] })).rejects.toThrow(RangeError);
  const log = await createEmbeddedLog({ directory: directory.path });
  await expect(seedDirectory(files, directory.path, { head: 9, entries: [] })).rejects.toThrow(
    /in use|locked|has it open/,
  );
  await log.close();
});
