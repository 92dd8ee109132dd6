import { jetstream } from '@nats-io/jetstream';
import type { Append, Entry, EventLog } from '@flotilla/log/event-log';
import { appended, latestEntries, readThrough } from '@flotilla/log/event-log-contract';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startDeafProxy } from './deaf-proxy.ts';
import { openTestLog, startTestNats, testStream } from './jetstream-fixture.ts';

let server: NatsServer;
beforeEach(async () => {
  server = await startTestNats();
});
afterEach(async () => {
  await server.stop();
});

const put = (subject: string, text: string, expected?: number): Append => ({
  subject,
  value: Buffer.from(text),
  ...(expected !== undefined && { expect: expected }),
});
const textOf = ({ value }: Entry): string => Buffer.from(value).toString();

/** Everything in the log, read from the beginning. */
async function everything(log: EventLog): Promise<readonly Entry[]> {
  return (await readThrough(log, await log.head())).flatMap(({ entries }) => entries);
}

/** Writers, each counting up its own subject by compare-and-set, until stopped; the last counter acknowledged of each. */
function startCounting(log: EventLog, writers: number) {
  let isStopped = false;
  const acknowledged = new Map<string, number>();
  const running = Array.from({ length: writers }, async (_, index) => {
    const subject = `w.${index}`;
    let revision = 0;
    for (let counter = 0; !isStopped; counter++) {
      const result = await log.append([put(subject, String(counter), revision), put(`pair.${index}`, String(counter))]);
      if (result.kind !== 'appended') throw new Error(`writer ${index} lost at ${counter}: ${JSON.stringify(result)}`);
      revision = result.revisions[0] ?? 0;
      acknowledged.set(subject, counter);
    }
  });
  return {
    acknowledged,
    total: () => [...acknowledged.values()].reduce((sum, counter) => sum + counter + 1, 0),
    stop: async () => {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

/** Collects what a reader gets until stopped. */
function startReading(log: EventLog, subjects: readonly string[]) {
  const stop = new AbortController();
  const entries: Entry[] = [];
  const splits: number[] = [];
  const running = (async () => {
    for await (const batch of log.read({ subjects, from: 0, signal: stop.signal })) {
      entries.push(...batch.entries);
      if (subjects.includes('>') && batch.entries.length % 2 === 1) splits.push(batch.through);
    }
  })();
  return {
    entries,
    splits,
    until: async (count: number) => {
      await expect.poll(() => entries.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { timeout: 30_000, interval: 10 }).toBe(true);
}

function expectEachOnce(entries: readonly Entry[], subject: string, upTo: number): void {
  const texts = entries.filter((entry) => entry.subject === subject).map(textOf);
  expect(texts).toStrictEqual(texts.map((_, index) => String(index)));
  expect(texts.length).toBeGreaterThan(upTo);
}

describe('a JetStream log whose server', () => {
  it('is killed while appends are under way keeps what it acknowledged and leaves readers no gap', async () => {
    await using writing = await openTestLog(server.url, testStream());
    await using reading = await writing.second();
    const reader = startReading(reading.log, ['>']);
    const filtered = startReading(reading.log, ['w.0', 'w.1', 'pair.0']);
    const counting = startCounting(writing.log, 8);
    for (let round = 0; round < 3; round++) {
      const before = counting.total();
      await until(() => counting.total() > before + 200);
      await server.restart();
    }
    const after = counting.total();
    await until(() => counting.total() > after + 200);
    await counting.stop();
    const all = await everything(writing.log);
    await reader.until(all.length);
    expect(reader.entries.map(({ revision }) => revision)).toStrictEqual(all.map((_, index) => index + 1));
    expect(reader.splits).toStrictEqual([]);
    for (const [subject, counter] of counting.acknowledged) expectEachOnce(all, subject, counter);
    const wanted = all.filter(({ subject }) => ['w.0', 'w.1', 'pair.0'].includes(subject));
    await filtered.until(wanted.length);
    expect(filtered.entries.map(({ revision }) => revision)).toStrictEqual(wanted.map(({ revision }) => revision));
    await reader.stop();
    await filtered.stop();
  });

  it('stands still for ten seconds goes on as if nothing had been', async () => {
    await using writing = await openTestLog(server.url, testStream());
    await using reading = await writing.second();
    const reader = startReading(reading.log, ['>']);
    const counting = startCounting(writing.log, 4);
    await until(() => counting.total() > 100);
    server.pause();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    server.resume();
    const after = counting.total();
    await until(() => counting.total() > after + 200);
    await counting.stop();
    const all = await everything(writing.log);
    for (const [subject, counter] of counting.acknowledged) expectEachOnce(all, subject, counter);
    await reader.until(all.length);
    expect(reader.entries.map(({ revision }) => revision)).toStrictEqual(all.map(({ revision }) => revision));
    await reader.stop();
  });

  it('is gone refuses what it never got, and leaves open what it may have got', async () => {
    await using writing = await openTestLog(server.url, testStream(), {
      ackTimeoutMs: 300,
      unreachableAfterMs: 300,
      undeterminedAfterMs: 1_000,
    });
    await appended(writing.log, put('a', '1'));
    server.pause();
    const doubtful = writing.log.append([put('a', '2')]);
    await expect(doubtful).rejects.toMatchObject({ name: 'LogUnavailable', reason: 'Undetermined' });
    await server.kill();
    await until(() => !writing.link.isConnected());
    await expect(writing.log.append([put('a', '3')])).rejects.toMatchObject({ reason: 'Unreachable' });
    await server.restart();
    await until(() => writing.link.isConnected());
    await appended(writing.log, put('a', '4'));
    expect((await everything(writing.log)).map(textOf)).not.toContain('3');
  });
});

describe('an append whose acknowledgement is lost', () => {
  it.each([
    { name: 'one entry with an expectation', entries: [put('a', 'x', 0)] },
    { name: 'one entry without', entries: [put('a', 'x')] },
    { name: 'several entries with expectations', entries: [put('a', 'x', 0), put('b', 'x', 0)] },
    { name: 'several entries, some with', entries: [put('a', 'x'), put('b', 'x', 0), put('c', 'x')] },
    { name: 'several entries without', entries: [put('a', 'x'), put('b', 'x')] },
  ])('is stored once and acknowledged in the end: $name', async ({ entries }) => {
    await using proxy = await startDeafProxy(server.port);
    await using direct = await openTestLog(server.url, testStream());
    await using log = await openTestLog(proxy.url, direct.stream, { ackTimeoutMs: 300 });
    proxy.swallowAnswers();
    const appending = log.log.append(entries);
    await expect.poll(async () => direct.log.head()).toBe(entries.length);
    // Somebody else writes the same subject meanwhile, so that the last message isn't the one looked for.
    await appended(direct.log, put('a', 'later'));
    proxy.cut();
    const revisions = entries.map((_, index) => index + 1);
    expect(await appending).toStrictEqual({ kind: 'appended', revisions });
    expect((await everything(direct.log)).map(textOf)).toStrictEqual([...entries.map(() => 'x'), 'later']);
  });

  it('tells a lost race from a lost acknowledgement', async () => {
    await using proxy = await startDeafProxy(server.port);
    await using direct = await openTestLog(server.url, testStream());
    await using log = await openTestLog(proxy.url, direct.stream, { ackTimeoutMs: 300 });
    const [first = 0] = await appended(direct.log, put('a', 'theirs'));
    proxy.swallowAnswers();
    const appending = log.log.append([put('a', 'ours', 0)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    proxy.cut();
    expect(await appending).toStrictEqual({ kind: 'conflict', subject: 'a', actual: first });
    expect((await everything(direct.log)).map(textOf)).toStrictEqual(['theirs']);
  });
});

describe('compare-and-set', () => {
  it('refuses a batch with a stale revision, which the client of NATS would commit', async () => {
    await using one = await openTestLog(server.url, testStream());
    const [first = 0] = await appended(one.log, put('a', '1'), put('b', '1'));
    const [second = 0] = await appended(one.log, put('b', '2'));
    const stale = [put('a', '3', first), put('b', '3', first + 1)];
    expect(await one.log.append(stale)).toStrictEqual({ kind: 'conflict', subject: 'b', actual: second });
    expect(await one.log.head()).toBe(second);
    // The defect that the adapter works around: the client drops the expectation. When this fails, the client has been mended.
    const { prefix } = one.stream;
    const batch = await jetstream(one.link.connection).startBatch(`${prefix}.a`, 'stale');
    await batch.commit(`${prefix}.b`, 'stale', { expect: { lastSubjectSequence: 1 } } as object);
    expect(await one.log.head()).toBe(second + 2);
  });

  it('refuses, of many appends at once, those that lost, and no other', async () => {
    await using one = await openTestLog(server.url, testStream());
    const stale = new Set([3, 17, 18, 60, 99]);
    for (const index of stale) await appended(one.log, put(`a.${index}`, 'before'));
    const appends = Array.from({ length: 100 }, (_, index) => {
      const first = put(`a.${index}`, 'x', 0);
      return index % 3 === 0 ? [put(`b.${index}`, 'x'), first] : [first];
    });
    const results = await Promise.all(appends.map(async (entries) => one.log.append(entries)));
    const lost = results.flatMap((result, index) => (result.kind === 'conflict' ? [[index, result.subject]] : []));
    expect(lost).toStrictEqual([...stale].map((index) => [index, `a.${index}`]));
    const all = await everything(one.log);
    expect(all).toHaveLength(stale.size + appends.flat().length - [3, 18, 60, 99].length * 2 - 1);
    results.forEach((result, index) => {
      const revisions = result.kind === 'appended' ? result.revisions : [];
      const subjects = revisions.map((revision) => all.find((entry) => entry.revision === revision)?.subject);
      expect(subjects).toStrictEqual(result.kind === 'appended' ? appends[index]!.map(({ subject }) => subject) : []);
    });
  });

  it('lets one of two adapters on two connections win each race', async () => {
    await using one = await openTestLog(server.url, testStream());
    await using two = await one.second();
    const increments = 100;
    const run = async (log: EventLog): Promise<number> => {
      let conflicts = 0;
      for (let done = 0; done < increments;) {
        const [entry] = await latestEntries(log, 'counter');
        const value = entry === undefined ? 0 : Number(textOf(entry));
        const result = await log.append([put('counter', String(value + 1), entry?.revision ?? 0)]);
        if (result.kind === 'appended') done++;
        else conflicts++;
      }
      return conflicts;
    };
    const conflicts = await Promise.all([run(one.log), run(two.log)]);
    const [entry] = await latestEntries(one.log, 'counter');
    expect(textOf(entry!)).toBe(String(2 * increments));
    expect(conflicts[0] + conflicts[1]).toBeGreaterThan(0);
  });

  it('lets exactly one of two adapters create what was deleted', async () => {
    await using one = await openTestLog(server.url, testStream());
    await using two = await one.second();
    for (let round = 0; round < 20; round++) {
      const logs = [one.log, two.log];
      const results = await Promise.all(logs.map(async (log) => log.append([put('a', 'x', 0), put('b', 'x', 0)])));
      expect(results.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
      const [a, b] = await latestEntries(one.log, '>');
      await appended(
        two.log,
        { ...put('a', 'x', a!.revision), deleted: true },
        { ...put('b', 'x', b!.revision), deleted: true },
      );
    }
  });
});
