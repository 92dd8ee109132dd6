import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import {
  HistoryExpired,
  LogUnavailable,
  type Append,
  type Entry,
  type EntryBatch,
  type EventLog,
} from './event-log.ts';
import { checkAgainstModel, logCommands, type LogCommand } from './event-log-model.ts';

/** A log under test, empty when made. */
export interface LogFixture {
  readonly log: EventLog;
  /** Closes the log and opens the same state again. Absent for logs that keep nothing. */
  readonly reopen?: () => Promise<EventLog>;
  /** Makes the log drop the history that it may drop. Absent for logs that do so with each append. */
  readonly compact?: () => Promise<void>;
  /** Releases everything, whether the log is still open or not. */
  dispose(): Promise<void>;
}

export interface EventLogContract {
  /** `historyMaxEntries`: the log may drop entries beyond this number, and must have dropped those beyond twice as many (after `compact`, where there is one). */
  create(options: { readonly historyMaxEntries: number }): Promise<LogFixture>;
  /** Runs of the model-based property (default 60). */
  readonly modelRuns?: number;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (entry: Entry): string => Buffer.from(entry.value).toString();
const put = (subject: string, text: string, expectRevision?: number): Append =>
  expectRevision === undefined
    ? { subject, value: bytes(text) }
    : { subject, value: bytes(text), expect: expectRevision };

/** Appends and returns the revisions; fails the test on a conflict. */
export async function appended(log: EventLog, ...entries: readonly Append[]): Promise<readonly number[]> {
  const result = await log.append(entries);
  if (result.kind !== 'appended') throw new Error(`unexpected conflict on ${result.subject}`);
  return result.revisions;
}

/** Reads until everything up to `through` has come. */
export async function readThrough(
  log: EventLog,
  through: number,
  { from = 0, subjects = ['>'] }: { readonly from?: number; readonly subjects?: readonly string[] } = {},
): Promise<readonly EntryBatch[]> {
  const batches: EntryBatch[] = [];
  const stop = new AbortController();
  for await (const batch of log.read({ subjects, from, signal: stop.signal })) {
    batches.push(batch);
    if (batch.through >= through && batch.isCaughtUp) stop.abort();
  }
  return batches;
}

async function entriesThrough(...args: Parameters<typeof readThrough>): Promise<readonly Entry[]> {
  return (await readThrough(...args)).flatMap(({ entries }) => entries);
}

export async function latestEntries(log: EventLog, ...subjects: readonly string[]): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of log.latest(subjects)) entries.push(...batch.entries);
  return entries;
}

/** What every adapter of the EventLog port must do. */
export function describeEventLogContract(name: string, contract: EventLogContract): void {
  describe(`event log contract: ${name}`, () => {
    const fixtures: LogFixture[] = [];
    const create = async (historyMaxEntries = 10_000): Promise<LogFixture> => {
      const fixture = await contract.create({ historyMaxEntries });
      fixtures.push(fixture);
      return fixture;
    };
    afterEach(async () => {
      for (const fixture of fixtures.splice(0)) await fixture.dispose();
    });

    describeAppend(create);
    describeRead(create);
    describeLatest(create);
    describeLifeCycle(create);

    it('agrees with a model under any sequence of appends, reads and restarts', async () => {
      const checkOnce = async (commands: readonly LogCommand[]): Promise<void> => {
        const fixture = await contract.create({ historyMaxEntries: 10_000 });
        try {
          await checkAgainstModel(fixture, commands);
        } finally {
          await fixture.dispose();
        }
      };
      const numRuns = contract.modelRuns ?? 60;
      const details = await fc.check(fc.asyncProperty(logCommands, checkOnce), { numRuns });
      const report = `${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`;
      expect(details.failed ? report : 'holds').toBe('holds');
    });
  });
}

type Create = (historyMaxEntries?: number) => Promise<LogFixture>;

function describeAppend(create: Create): void {
  it('gives revisions that grow over all subjects', async () => {
    const { log } = await create();
    const revisions = [
      ...(await appended(log, put('a.1', 'x'))),
      ...(await appended(log, put('b.1', 'x'), put('a.2', 'x'))),
      ...(await appended(log, put('a.1', 'y'))),
    ];
    expect(revisions).toStrictEqual([...revisions].toSorted((a, b) => a - b));
    expect(new Set(revisions).size).toBe(4);
    expect(await log.head()).toBe(revisions.at(-1));
  });

  it('takes an append of nothing', async () => {
    const { log } = await create();
    expect(await log.append([])).toStrictEqual({ kind: 'appended', revisions: [] });
  });

  it.each([
    { state: 'never written', live: false, expected: 0, wins: true },
    { state: 'never written', live: false, expected: 7, wins: false },
    { state: 'live', live: true, expected: 0, wins: false },
  ])('compare-and-set on a subject $state expecting $expected: wins is $wins', async ({ live, expected, wins }) => {
    const { log } = await create();
    const [actual = 0] = live ? await appended(log, put('a.1', 'x')) : [];
    const result = await log.append([put('a.1', 'y', expected)]);
    expect(result).toMatchObject(wins ? { kind: 'appended' } : { kind: 'conflict', subject: 'a.1', actual });
  });

  it('takes a deleted subject for one without a live entry', async () => {
    const { log } = await create();
    const [first = 0] = await appended(log, put('a.1', 'x'));
    await appended(log, { ...put('a.1', 'last', first), deleted: true });
    expect(await log.append([put('a.1', 'y', first)])).toMatchObject({ kind: 'conflict', actual: 0 });
    await appended(log, put('a.1', 'y', 0));
  });

  it('stores all entries of an append or none', async () => {
    const { log } = await create();
    const [first = 0] = await appended(log, put('a.1', 'x'));
    const result = await log.append([put('a.2', 'x', 0), put('a.1', 'y', 0), put('a.3', 'x')]);
    expect(result).toStrictEqual({ kind: 'conflict', subject: 'a.1', actual: first });
    expect((await entriesThrough(log, first)).map(({ subject }) => subject)).toStrictEqual(['a.1']);
    expect((await latestEntries(log, '>')).map(({ subject }) => subject)).toStrictEqual(['a.1']);
  });

  it('lets exactly one of many concurrent creators win', async () => {
    const { log } = await create();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => log.append([put('a.1', `${index}`, 0)])),
    );
    expect(results.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    const [winner] = await latestEntries(log, 'a.1');
    const lost = results.filter((result) => result.kind === 'conflict');
    expect(new Set(lost.map(({ actual }) => actual))).toStrictEqual(new Set([winner?.revision]));
  });

  it('refuses an append that writes a subject twice', async () => {
    const { log } = await create();
    await expect(log.append([put('a.1', 'x'), put('a.1', 'y')])).rejects.toThrow(RangeError);
    expect(await log.head()).toBe(0);
  });

  it('keeps values, headers and deletions byte for byte', async () => {
    const { log } = await create();
    const binary = Uint8Array.from({ length: 256 }, (_, index) => index);
    const headers = { traceparent: '00-ä-01', empty: '' };
    const revisions = await appended(
      log,
      { subject: 'a.binary', value: binary, headers },
      { subject: 'a.empty', value: new Uint8Array(), deleted: true },
    );
    const [first, second] = await entriesThrough(log, revisions.at(-1) ?? 0);
    expect(Buffer.from(first!.value)).toStrictEqual(Buffer.from(binary));
    expect(first).toMatchObject({ subject: 'a.binary', deleted: false, headers, revision: revisions[0] });
    expect(second).toMatchObject({ subject: 'a.empty', deleted: true, revision: revisions[1] });
    expect(second!.value.byteLength).toBe(0);
    expect(second!.headers).toStrictEqual({});
    expect(first!.timeMs).toBeGreaterThan(0);
  });
}

function describeRead(create: Create): void {
  it('replays, then goes on live, in order and without splitting an append', async () => {
    const { log } = await create();
    await appended(log, put('a.1', '1'), put('a.2', '2'));
    await appended(log, put('a.1', '3'));
    const stop = new AbortController();
    const texts: string[][] = [];
    for await (const batch of log.read({ subjects: ['>'], from: 0, signal: stop.signal })) {
      if (batch.entries.length > 0) texts.push(batch.entries.map(textOf));
      if (texts.flat().length === 3) await appended(log, put('a.3', '4'), put('a.4', '5'));
      if (texts.flat().length === 5) stop.abort();
    }
    expect(texts.flat()).toStrictEqual(['1', '2', '3', '4', '5']);
    const ends = texts.map((batch) => batch.at(-1));
    expect(ends).not.toContain('1');
    expect(ends).not.toContain('4');
  });

  it('begins after `from`, and says at once that it has caught up with an idle log', async () => {
    const { log } = await create();
    const [first = 0] = await appended(log, put('a.1', '1'));
    const [second = 0] = await appended(log, put('a.1', '2'));
    expect((await entriesThrough(log, second, { from: first })).map(textOf)).toStrictEqual(['2']);
    const [batch] = await readThrough(log, second, { from: second });
    expect(batch).toMatchObject({ entries: [], isCaughtUp: true });
  });

  it('says that it has caught up with an empty log', async () => {
    const { log } = await create();
    expect(await readThrough(log, 0)).toMatchObject([{ entries: [], isCaughtUp: true }]);
  });

  it.each([
    { pattern: 'state.core.pods.a.x', matches: ['state.core.pods.a.x'] },
    { pattern: 'state.core.pods.>', matches: ['state.core.pods.a.x', 'state.core.pods.b.x'] },
    { pattern: 'state.*.*.a.*', matches: ['state.core.pods.a.x', 'state.apps.pods.a.x'] },
    { pattern: 'state.core', matches: [] },
  ])('delivers the subjects that match $pattern', async ({ pattern, matches }) => {
    const { log } = await create();
    const subjects = ['state.core.pods.a.x', 'state.core.pods.b.x', 'state.apps.pods.a.x', 'state.core.podsx.b.x'];
    const revisions = await appended(log, ...subjects.map((subject) => put(subject, '')));
    const entries = await entriesThrough(log, revisions.at(-1) ?? 0, { subjects: [pattern] });
    expect(entries.map(({ subject }) => subject)).toStrictEqual(matches);
  });

  it.each([
    { patterns: ['a.>', 'a.*.x'], count: 3 },
    { patterns: ['a.*.x', 'a.1.*'], count: 3 },
    { patterns: ['*.1.x', 'b.>', 'b.1.x'], count: 2 },
    { patterns: ['c.>', 'd'], count: 0 },
  ])('delivers each entry once to a reader of $patterns, which overlap', async ({ patterns, count }) => {
    const { log } = await create();
    const subjects = ['a.1.x', 'a.1.y', 'a.2.x', 'b.1.x'];
    const revisions = await appended(log, ...subjects.map((subject) => put(subject, '')));
    expect(await entriesThrough(log, revisions.at(-1) ?? 0, { subjects: patterns })).toHaveLength(count);
    expect(await latestEntries(log, ...patterns)).toHaveLength(count);
  });

  it('delivers what a reader sees of an append in one batch, whichever of its subjects the reader sees', async () => {
    const { log } = await create();
    const names = Array.from({ length: 60 }, (_, index) => `${index % 3}.${index}`);
    const revisions = await appended(log, ...names.map((name) => put(name, '')));
    const last = revisions.at(-1) ?? 0;
    for (const pattern of ['0.>', '2.>', '0.0', '1.58', '*.59']) {
      const batches = await readThrough(log, last, { subjects: [pattern] });
      const full = batches.filter(({ entries }) => entries.length > 0);
      expect(full).toHaveLength(1);
      expect(full[0]?.through).toBeGreaterThanOrEqual(last);
    }
  });

  it('shows all readers the same entries in the same order', async () => {
    const { log } = await create();
    const writes = Promise.all(
      Array.from({ length: 100 }, (_, index) => log.append([put(`a.${index % 7}`, `${index}`)])),
    );
    const early = entriesThrough(log, 100);
    await writes;
    const late = await entriesThrough(log, 100);
    expect((await early).map(textOf)).toStrictEqual(late.map(textOf));
    expect(late).toHaveLength(100);
  });

  it('refuses a read that begins before the retained history', async () => {
    const { log, compact } = await create(10);
    for (let index = 0; index < 40; index++) await appended(log, put('a.1', `${index}`));
    await compact?.();
    const first = await log.firstReadable();
    expect(first).toBeGreaterThan(0);
    await expect(readThrough(log, 40, { from: 1 })).rejects.toThrow(HistoryExpired);
    const kept = await entriesThrough(log, 40, { from: first });
    expect(kept.map(textOf)).toStrictEqual(Array.from({ length: 40 - first }, (_, index) => `${first + index}`));
    expect((await entriesThrough(log, 40)).map(textOf)).toStrictEqual(kept.map(textOf));
  });

  it('ends when the signal aborts, also while it waits', async () => {
    const { log } = await create();
    const stop = new AbortController();
    const reader = log.read({ subjects: ['>'], from: 0, signal: stop.signal })[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    stop.abort();
    expect(await waiting).toMatchObject({ done: true });
    expect(await reader.next()).toMatchObject({ done: true });
  });
}

function describeLatest(create: Create): void {
  it('has the newest live entry of each subject, at one revision', async () => {
    const { log, compact } = await create(3);
    await appended(log, put('a.1', 'old'), put('a.2', 'gone'), put('b.1', 'other'));
    await appended(log, { subject: 'a.2', value: bytes('gone'), deleted: true });
    const [last = 0] = await appended(log, put('a.1', 'new'));
    await compact?.();
    const entries = await latestEntries(log, 'a.*');
    expect(entries.map((entry) => [entry.subject, textOf(entry), entry.revision])).toStrictEqual([
      ['a.1', 'new', last],
    ]);
    for await (const batch of log.latest(['>'])) expect(batch.through).toBe(last);
  });

  it('keeps live entries however short the history is', async () => {
    const { log, compact } = await create(2);
    for (let index = 0; index < 20; index++) await appended(log, put(`a.${index}`, `${index}`));
    await compact?.();
    expect(await latestEntries(log, '>')).toHaveLength(20);
  });

  it('takes a subject whose tombstone was dropped for one that was never written', async () => {
    const { log, compact } = await create(2);
    const [first = 0] = await appended(log, put('a.1', 'x', 0));
    const [tombstone = 0] = await appended(log, { ...put('a.1', 'x', first), deleted: true });
    for (let index = 0; index < 10; index++) await appended(log, put('b.1', `${index}`));
    await compact?.();
    expect(await log.append([put('a.1', 'y', tombstone)])).toMatchObject({ kind: 'conflict', actual: 0 });
    await appended(log, put('a.1', 'y', 0));
    expect((await latestEntries(log, 'a.*')).map(textOf)).toStrictEqual(['y']);
  });

  it('has one empty batch for a log without entries', async () => {
    const { log } = await create();
    const batches: EntryBatch[] = [];
    for await (const batch of log.latest(['>'])) batches.push(batch);
    expect(batches).toMatchObject([{ entries: [], through: 0, isCaughtUp: true }]);
  });
}

function describeLifeCycle(create: Create): void {
  it('refuses appends once closed, and finishes those before', async () => {
    const { log } = await create();
    const early = log.append([put('a.1', 'x')]);
    const closing = log.close();
    await expect(log.append([put('a.2', 'x')])).rejects.toThrow(LogUnavailable);
    expect(await early).toMatchObject({ kind: 'appended' });
    await closing;
  });

  it('has the same head, live entries and history after it was opened again', async () => {
    const { log, reopen } = await create();
    if (reopen === undefined) return;
    const [first = 0] = await appended(log, put('a.1', '1'), put('a.2', '2'));
    await appended(log, { ...put('a.2', '2'), deleted: true });
    const again = await reopen();
    expect(await again.head()).toBe(3);
    expect((await latestEntries(again, '>')).map(textOf)).toStrictEqual(['1']);
    expect((await entriesThrough(again, 3)).map(textOf)).toStrictEqual(['1', '2', '2']);
    expect(await again.append([put('a.1', 'x', first)])).toStrictEqual({ kind: 'appended', revisions: [4] });
    expect(await again.append([put('a.2', 'x', 3)])).toMatchObject({ kind: 'conflict', actual: 0 });
  });
}
