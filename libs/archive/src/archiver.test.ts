import { expect, it } from 'vitest';

import { createEmbeddedLog } from '@flotilla/log/embedded-log';

import { createArchive } from './archive.ts';
import { ArchiveUnavailable } from './archive-store.ts';
import { createArchiver, LogBehindArchive } from './archiver.ts';
import { markRestored } from './baseline.ts';
import { createEmbeddedStore } from './embedded-store.ts';
import { createArchiveWorld, type ArchiveWorld } from './testing/archive-world.ts';
import { createFailingStore, type FailingStore } from './testing/failing-store.ts';
import { append, put, subjectOf } from './testing/state-entries.ts';

async function failingWorld(): Promise<{ readonly world: ArchiveWorld; readonly store: FailingStore }> {
  let failing: FailingStore | undefined;
  const world = await createArchiveWorld({
    createStore: async (directory) => {
      failing = createFailingStore(await createEmbeddedStore({ directory, durability: 'none' }));
      return failing;
    },
  });
  if (failing === undefined) throw new Error('no store was made');
  return { world, store: failing };
}

async function archivedNames(world: ArchiveWorld): Promise<readonly string[]> {
  const { items } = await world.archive.objects.changes({ after: 0, through: 1e6, limit: 1_000 });
  return items.map(({ revision, name }) => `${revision} ${name}`);
}

it.each([0, 1, 2, 3, 4, 5, 6])('catches up whole when the database goes away after %i calls', async (calls) => {
  const { world, store } = await failingWorld();
  await using _ = world;
  await append(world.log, put('a'), put('b'));
  await append(world.log, put('a', { replicas: 2 }), put('c'));
  store.failAfter(calls, 4);
  await world.catchUp();
  await append(world.log, put('b', { deleted: true }));
  await world.catchUp();
  store.failAfter(Infinity, 0);
  expect(await archivedNames(world)).toEqual(['1 a', '2 b', '3 a', '4 c', '5 b']);
  expect(
    (await world.archive.objects.inventory({ limit: 10 })).items.map(({ name, revision }) => [name, revision]),
  ).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
  expect(await world.archive.head()).toBe(5);
});

it('reports an outage once, and its end', async () => {
  const { world, store } = await failingWorld();
  await using _ = world;
  await append(world.log, put('a'));
  store.failAfter(0, 5);
  await world.catchUp();
  expect(store.failed).toBe(5);
  expect(world.reports.map(({ kind }) => kind)).toEqual(['archive-unavailable', 'archive-available-again']);
});

it('leaves the log alone while the archive is away, and says how far behind it is', async () => {
  const { world, store } = await failingWorld();
  await using _ = world;
  await append(world.log, put('a'));
  await world.catchUp();
  store.failAfter(1, Infinity);
  const stop = new AbortController();
  const archiver = world.archiver();
  const running = archiver.run(stop.signal);
  for (let round = 0; round < 20; round++) await append(world.log, put('a', { replicas: round }));
  while (archiver.status().phase !== 'unavailable') await world.sleep(0, stop.signal);
  expect(archiver.status().head).toBe(1);
  expect(await archiver.lagRevisions()).toBe(20);
  stop.abort();
  await running;
  expect(archiver.status().phase).toBe('stopped');
});

it('gives up on what waiting does not cure', async () => {
  const { world, store } = await failingWorld();
  await using _ = world;
  await append(world.log, put('a'));
  store.failAfter(1, 1, 'TooLarge');
  await expect(world.catchUp()).rejects.toThrow(ArchiveUnavailable);
});

it('takes the state and records the gap when history has run out', async () => {
  await using world = await createArchiveWorld({ historyMaxEntries: 5 });
  await append(world.log, put('stays'), put('changes'), put('goes'));
  await world.catchUp();
  world.clock.nowMs += 1_000;
  await append(world.log, put('goes', { deleted: true }), put('changes', { replicas: 2 }));
  for (let round = 0; round < 20; round++) await append(world.log, put('busy', { replicas: round }));
  await world.catchUp();
  expect(
    (await world.archive.objects.inventory({ limit: 10 })).items.map(({ name, revision }) => [name, revision]),
  ).toEqual([
    ['busy', 25],
    ['changes', 5],
    ['stays', 1],
  ]);
  const gone = await world.archive.objects.at(subjectOf('goes'), { revision: 25 });
  expect(gone.record).toMatchObject({ deleted: true, origin: 'inferred', revision: 25, logRevision: 0 });
  expect((await world.archive.objects.at(subjectOf('changes'), { revision: 10 })).gap).toMatchObject({
    fromRevision: 3,
    throughRevision: 25,
    inferredDeletions: 1,
  });
  expect((await world.archive.objects.at(subjectOf('changes'), { revision: 2 })).gap).toBeUndefined();
  expect(world.reports).toContainEqual({
    kind: 'gap-recorded',
    level: 'error',
    fromRevision: 3,
    throughRevision: 25,
    inferredDeletions: 1,
    lostByLog: 0,
  });
  await append(world.log, put('goes'));
  await world.catchUp();
  expect((await world.archive.objects.at(subjectOf('goes'), { revision: 26 })).record).toMatchObject({ origin: 'log' });
});

it('begins with the state on a log that has a past', async () => {
  await using world = await createArchiveWorld({ historyMaxEntries: 5 });
  for (let round = 0; round < 20; round++) await append(world.log, put('busy', { replicas: round }), put(`x${round}`));
  await world.catchUp();
  expect((await world.archive.objects.inventory({ limit: 100 })).items).toHaveLength(21);
  expect(world.reports.map(({ kind, level }) => [kind, level])).toEqual([['gap-recorded', 'info']]);
});

it('keeps newer records than the log has, unless an older state was restored on purpose', async () => {
  await using world = await createArchiveWorld();
  await append(world.log, put('web', { replicas: 1 }));
  const newest = await append(world.log, put('web', { replicas: 2 }), put('made-later'));
  await world.catchUp();
  const other = createEmbeddedLog({ historyMaxEntries: 1, now: () => world.clock.nowMs });
  await using restored = Object.assign(await other, { [Symbol.asyncDispose]: async () => (await other).close() });
  await append(restored, put('web', { replicas: 1 }));
  for (let round = 0; round < 10; round++) await append(restored, put('filler', { replicas: round }));
  await world.catchUp(restored);
  expect(world.reports.at(-1)).toMatchObject({ kind: 'gap-recorded', lostByLog: 1, inferredDeletions: 1 });
  expect((await world.archive.objects.at(subjectOf('web'), { revision: 100 })).record?.revision).toBe(newest - 1);

  await world.store.write([
    { kind: 'put', collection: 'cursors', documents: [{ _id: 'archiver', revision: 3, timeMs: 1 }] },
  ]);
  await markRestored(world.archive, { stateRevision: 1, head: 9, nowMs: 5 });
  await world.catchUp(restored);
  const { record } = await world.archive.objects.at(subjectOf('web'), { revision: 100 });
  expect(record).toMatchObject({ revision: 11, logRevision: 1, origin: 'baseline' });
});

it('refuses a log that ends before the archive', async () => {
  await using world = await createArchiveWorld();
  await append(world.log, put('a'), put('b'));
  await world.catchUp();
  await using other = await createArchiveWorld();
  await append(other.log, put('a'));
  const archiver = createArchiver({ log: other.log, archive: world.archive });
  await expect(archiver.run(new AbortController().signal)).rejects.toThrow(LogBehindArchive);
});

it('does no harm beside a second archiver', async () => {
  await using world = await createArchiveWorld();
  const stop = new AbortController();
  const archivers = [world.archiver(), world.archiver(), world.archiver()];
  const running = archivers.map((archiver) => archiver.run(stop.signal));
  for (let round = 0; round < 50; round++) {
    await append(
      world.log,
      put('web', { replicas: round }),
      put(`x${round}`, round % 2 === 0 ? {} : { labels: { a: 'b' } }),
    );
  }
  while (archivers.some((archiver) => archiver.status().head < 100)) await world.sleep(0, stop.signal);
  stop.abort();
  await Promise.all(running);
  expect(await archivedNames(world)).toHaveLength(100);
  expect((await world.archive.objects.inventory({ name: 'web', limit: 1 })).items[0]?.revision).toBe(99);
});

it('takes large appends in pieces', async () => {
  await using world = await createArchiveWorld();
  const large = { labels: { pad: 'x'.repeat(400_000) } };
  await append(world.log, ...Array.from({ length: 25 }, (_, index) => put(`large${index}`, large)));
  await append(world.log, ...Array.from({ length: 1_300 }, (_, index) => put(`small${index}`)));
  await world.catchUp();
  expect(await world.archive.head()).toBe(1_325);
  const { items } = await world.archive.objects.changes({ after: 0, through: 25, limit: 1_000 });
  expect(items.length).toBeLessThan(25);
  expect(new Set(items.map(({ appendId }) => appendId))).toEqual(new Set([1]));
});

it('passes over what it is not asked to keep, and moves on', async () => {
  await using world = await createArchiveWorld();
  await append(world.log, put('a'));
  for (let round = 0; round < 60; round++) {
    const values = Array.from({ length: 100 }, (_, index) => ({
      subject: `event.x.${index}`,
      value: new Uint8Array(),
    }));
    await append(world.log, ...values);
  }
  await world.catchUp();
  expect(await createArchive({ store: world.store, now: () => 0 }).head()).toBeGreaterThan(5_000);
  expect((await world.archive.objects.changes({ after: 0, through: 1e6, limit: 10 })).items).toHaveLength(1);
});
