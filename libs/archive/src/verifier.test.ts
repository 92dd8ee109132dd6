import { expect, it } from 'vitest';

import type { Entry } from '@flotilla/log/event-log';

import type { ArchiveReport } from './archive-report.ts';
import { createArchiveWorld, type ArchiveWorld } from './testing/archive-world.ts';
import { createFaultyLog, type FaultyLog } from './testing/faulty-log.ts';
import { append, liveState, put, subjectOf, valueOf } from './testing/state-entries.ts';
import { createVerifier, type PassSummary, type VerifierOptions } from './verifier.ts';

const never = new AbortController().signal;

interface Checked {
  readonly summary: PassSummary;
  readonly differences: readonly Extract<ArchiveReport, { kind: 'difference' }>[];
}

/** One pass beside a running archiver. */
async function check(world: ArchiveWorld, log: FaultyLog, options: VerifierOptions = {}): Promise<Checked> {
  const stop = new AbortController();
  const running = world.archiver(log).run(stop.signal);
  const reports: ArchiveReport[] = [];
  const verifier = createVerifier(
    { log, archive: world.archive, sleep: world.sleep, report: (event) => void reports.push(event) },
    options,
  );
  const summary = await verifier.pass(never);
  stop.abort();
  await running;
  await world.catchUp(log);
  return { summary, differences: reports.filter((event) => event.kind === 'difference') };
}

async function world(): Promise<{ readonly world: ArchiveWorld; readonly log: FaultyLog }> {
  const made = await createArchiveWorld();
  const log = createFaultyLog(made.log);
  await append(log, put('web', { replicas: 1 }), put('api', { replicas: 1 }), put('gone'));
  await append(log, put('web', { replicas: 2, user: 'ada' }), put('gone', { deleted: true }));
  await made.catchUp(log);
  return { world: made, log };
}

const web = subjectOf('web');
const api = subjectOf('api');

it('finds nothing where nothing differs', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  expect(await check(made, log)).toEqual({ summary: { subjects: 4, differences: 0, unsettled: 0 }, differences: [] });
});

it('writes back what the log has lost', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  log.lose(web);
  const { differences } = await check(made, log);
  expect(differences).toMatchObject([
    { difference: 'missing-in-log', subject: web, revision: 4, repair: 'log-written' },
  ]);
  const entry = (await liveState(log)).get(web);
  expect(entry?.revision).toBe(6);
  expect(entry?.headers).toMatchObject({ 'flotilla-user': 'ada', 'flotilla-repair-of': '4' });
  expect(Buffer.from(entry?.value ?? [])).toEqual(valueOf('web', { replicas: 2 }));
  expect((await check(made, log)).differences).toEqual([]);
});

it('writes back what the log has garbled', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  log.garble(api, Buffer.from('{"replicas":1000}'));
  const { differences } = await check(made, log);
  expect(differences).toMatchObject([
    { difference: 'garbled-in-log', subject: api, revision: 2, repair: 'log-written' },
  ]);
  expect(Buffer.from((await liveState(log)).get(api)?.value ?? [])).toEqual(valueOf('api', { replicas: 1 }));
  expect((await check(made, log)).differences).toEqual([]);
});

it('writes back a newer state than the log has, and a deletion it forgot', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  const { items } = await made.archive.objects.changes({ after: 0, through: 3, limit: 10 });
  const asEntry = (name: string): Entry => {
    const record = items.find((item) => item.name === name)!;
    const { revision, subject, value, deleted, timeMs, headers } = record;
    return { revision, subject, value, deleted, timeMs, headers };
  };
  log.fallBack(asEntry('web'));
  log.fallBack(asEntry('gone'));
  const { differences } = await check(made, log);
  expect(differences.map(({ difference, subject, repair }) => [difference, subject, repair])).toEqual([
    ['missing-in-log', web, 'log-written'],
    ['missing-in-log', subjectOf('gone'), 'log-written'],
  ]);
  const live = await liveState(log);
  expect(live.has(subjectOf('gone'))).toBe(false);
  expect(Buffer.from(live.get(web)?.value ?? [])).toEqual(valueOf('web', { replicas: 2 }));
});

it('gives the archive what it misses', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  await made.store.write([
    { kind: 'delete', collection: 'revisions', ids: [4] },
    { kind: 'delete', collection: 'objects', ids: [api] },
  ]);
  const { differences } = await check(made, log);
  expect(differences.map(({ difference, subject, repair }) => [difference, subject, repair])).toEqual([
    ['missing-in-archive', api, 'archive-written'],
    ['missing-in-archive', web, 'archive-written'],
  ]);
  const { record } = await made.archive.objects.at(web, { revision: 9 });
  expect(record).toMatchObject({ revision: 4, user: 'ada', origin: 'repair' });
  expect((await check(made, log)).differences).toEqual([]);
});

it('mends bytes that changed in the archive', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  const { record } = await made.archive.objects.at(web, { revision: 9 });
  await made.store.write([
    { kind: 'put', collection: 'revisions', documents: [{ ...record!, value: Buffer.from('garbage') }] },
  ]);
  const { differences } = await check(made, log);
  expect(differences).toMatchObject([
    { difference: 'garbled-in-archive', subject: web, revision: 4, repair: 'archive-written' },
  ]);
  expect((await check(made, log)).differences).toEqual([]);
});

it('touches nothing when neither side is sound', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  const { record } = await made.archive.objects.at(web, { revision: 9 });
  await made.store.write([
    { kind: 'put', collection: 'revisions', documents: [{ ...record!, value: Buffer.from('garbage') }] },
  ]);
  log.garble(web, Buffer.from('other garbage'));
  expect((await check(made, log)).differences).toMatchObject([{ difference: 'garbled-in-both', repair: 'impossible' }]);
  expect((await liveState(made.log)).get(web)?.revision).toBe(4);
});

it('only reports when repairs are switched off', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  log.lose(web);
  expect((await check(made, log, { isRepairing: false })).differences).toMatchObject([{ repair: 'withheld' }]);
  expect((await liveState(log)).has(web)).toBe(false);
});

it('does not take a deletion that is not archived yet for a loss', async () => {
  const { world: made, log } = await world();
  await using _ = made;
  await append(log, put('web', { deleted: true }));
  const verifier = createVerifier({ log, archive: made.archive, sleep: made.sleep });
  expect(await verifier.pass(never)).toMatchObject({ differences: 0, unsettled: 1 });
  expect((await check(made, log)).summary).toMatchObject({ differences: 0, unsettled: 0 });
  expect((await liveState(log)).has(web)).toBe(false);
});

it.each([
  ['that keep within the history', 10_000],
  ['that outrun the history again and again', 3],
])('finds nothing beside writers %s', async (_, historyMaxEntries) => {
  await using made = await createArchiveWorld({ historyMaxEntries });
  const log = createFaultyLog(made.log);
  const stop = new AbortController();
  const writing = (async () => {
    for (let round = 0; !stop.signal.aborted; round++) {
      const name = `x${round % 7}`;
      await append(log, put(name, { replicas: round, deleted: round % 3 === 0 }), put('web', { replicas: round }));
      await made.sleep(0, never);
    }
  })();
  const found: unknown[] = [];
  try {
    for (let pass = 0; pass < 5; pass++) found.push(...(await check(made, log)).differences);
  } finally {
    stop.abort();
    await writing;
  }
  expect(found).toEqual([]);
  await made.catchUp(log);
  const { items } = await made.archive.objects.inventory({ limit: 100 });
  expect(items.map(({ _id }) => _id)).toEqual([...(await liveState(log)).keys()].toSorted());
});
