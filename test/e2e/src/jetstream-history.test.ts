import { HistoryExpired } from '@flotilla/log/event-log';
import type { Append, Entry, EventLog } from '@flotilla/log/event-log';
import { appended, latestEntries, readThrough } from '@flotilla/log/event-log-contract';
import { writeFloor } from '@flotilla/log/jetstream/history-floor';
import { floorPlace } from '@flotilla/log/jetstream/streams';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTestLog, startTestNats, testStream } from './jetstream-fixture.ts';
import type { TestLog } from './jetstream-fixture.ts';

let server: NatsServer;
beforeAll(async () => {
  server = await startTestNats();
});
afterAll(async () => {
  await server.stop();
});

const put = (subject: string, text: string): Append => ({ subject, value: Buffer.from(text) });
const remove = (subject: string): Append => ({ ...put(subject, 'last'), deleted: true });
const textOf = ({ value }: Entry): string => Buffer.from(value).toString();

async function storedMessages({ link, stream }: TestLog): Promise<number> {
  return (await link.manager.streams.info(stream.name)).state.messages;
}

/** What a reader makes of the log: its live entries, as `subject=text`. */
async function replay(log: EventLog): Promise<readonly string[]> {
  const live = new Map<string, string>();
  let through = 0;
  for await (const batch of log.latest(['>'])) {
    for (const entry of batch.entries) live.set(entry.subject, textOf(entry));
    through = batch.through;
  }
  const head = await log.head();
  for (const { entries } of head === through ? [] : await readThrough(log, head, { from: through })) {
    for (const entry of entries) {
      if (entry.deleted) live.delete(entry.subject);
      else live.set(entry.subject, textOf(entry));
    }
  }
  return [...live].map((pair) => pair.join('=')).toSorted();
}

describe('compaction', () => {
  it('leaves one message of each live subject and none of deleted ones, beside the history', async () => {
    await using open = await openTestLog(server.url, testStream(), { historyMaxEntries: 10 });
    const { log } = open;
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 20; index++) await appended(log, put(`a.${index}`, `${round}`));
    }
    for (let index = 0; index < 10; index++) await appended(log, remove(`a.${index}`));
    for (let index = 0; index < 10; index++) await appended(log, put('b', `${index}`));
    await log.compact();
    expect(await log.firstReadable()).toBe(110);
    expect(await storedMessages(open)).toBe(10 + 10);
    expect(await latestEntries(log, '>')).toHaveLength(11);
    await log.compact();
    expect(await storedMessages(open)).toBe(10 + 10);
  });

  it('goes on where a compactor stopped half way, and may run twice at a time', async () => {
    await using open = await openTestLog(server.url, testStream(), { historyMaxEntries: 5 });
    await using other = await open.second();
    const writing = (async () => {
      for (let index = 0; index < 300; index++) await appended(open.log, put(`a.${index % 7}`, `${index}`));
    })();
    let isWriting = true;
    const compacting = [open, other].map(async ({ log }) => {
      while (isWriting) await log.compact();
    });
    await writing;
    isWriting = false;
    await Promise.all(compacting);
    await using third = await open.second();
    await third.log.compact();
    expect(await third.log.firstReadable()).toBe(295);
    expect(await storedMessages(open)).toBe(7 + 5);
    const texts = (await latestEntries(third.log, '>')).map(textOf);
    expect(texts).toStrictEqual(['293', '294', '295', '296', '297', '298', '299']);
  });

  it('leaves the work to the one who does it, and takes over when that one is gone', async () => {
    await using open = await openTestLog(server.url, testStream(), { historyMaxEntries: 5, compactionGraceMs: 200 });
    for (let index = 0; index < 50; index++) await appended(open.log, put('a', `${index}`));
    const place = floorPlace(open.stream);
    await writeFloor(open.link, place, { floor: 45, purged: 0, worker: 'somebody' }, 0);
    const settled = async (): Promise<number> => {
      await open.log.compact();
      return storedMessages(open);
    };
    await open.log.compact();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await settled()).toBe(50);
    await expect.poll(settled).toBe(6);
  });

  it('never cuts an append in two', async () => {
    await using open = await openTestLog(server.url, testStream(), { historyMaxEntries: 4 });
    for (let index = 0; index < 10; index++) {
      await appended(open.log, put('a', `${index}`), put('b', `${index}`), put('c', `${index}`));
      await open.log.compact();
      expect((await open.log.firstReadable()) % 3).toBe(0);
    }
  });

  it('shows readers the whole truth or says that they came too late', async () => {
    await using open = await openTestLog(server.url, testStream(), { historyMaxEntries: 20 });
    await using other = await open.second();
    const stop = new AbortController();
    const compacting = (async () => {
      while (!stop.signal.aborted) await other.log.compact();
    })();
    /** By how much the floor was above the reader, each time. */
    const expired: number[] = [];
    const reading = (async () => {
      // Slow on purpose: each time it looks, the floor has moved on.
      for (let from = 0; !stop.signal.aborted;) {
        try {
          for await (const batch of other.log.read({ subjects: ['a.1', 'a.2'], from, signal: stop.signal })) {
            const revisions = batch.entries.map(({ revision }) => revision);
            expect(revisions.every((revision) => revision > from && revision % 10 < 3)).toBe(true);
            // Every tenth entry is of one subject: a hole would show.
            const ones = batch.entries.filter(({ subject }) => subject === 'a.1').map(({ revision }) => revision);
            ones.slice(1).forEach((revision, index) => expect(revision - (ones[index] ?? 0)).toBe(10));
            from = batch.through;
            await new Promise((resolve) => setTimeout(resolve, 30));
          }
        } catch (error) {
          if (!(error instanceof HistoryExpired)) throw error;
          expired.push(error.firstReadable - from);
          from = error.firstReadable;
        }
      }
    })();
    for (let index = 1; index <= 3_000; index++) await appended(open.log, put(`a.${index % 10}`, `${index}`));
    const expectedState = Array.from({ length: 10 }, (_, index) => `a.${index}=${index === 0 ? 3_000 : 2_990 + index}`);
    expect(await replay(open.log)).toStrictEqual(expectedState.toSorted());
    stop.abort();
    await Promise.all([compacting, reading]);
    expect(expired.length).toBeGreaterThan(0);
    expect(Math.min(...expired)).toBeGreaterThan(0);
  });

  it('gives snapshots at one revision while it runs and others write', async () => {
    await using open = await openTestLog(server.url, testStream(), { historyMaxEntries: 10 });
    await using other = await open.second();
    let isWriting = true;
    const writing = (async () => {
      for (let index = 0; index < 500; index++) {
        const text = `${index}`;
        const same = [put('a', text), put('b', text), put('c', text)];
        await appended(open.log, ...(index % 5 === 4 ? same.map((one) => ({ ...one, deleted: true })) : same));
      }
      isWriting = false;
    })();
    const compacting = (async () => {
      while (isWriting) await other.log.compact();
    })();
    let snapshots = 0;
    while (isWriting) {
      const entries: Entry[] = [];
      let through = 0;
      for await (const batch of other.log.latest(['a', 'b', 'c'])) {
        entries.push(...batch.entries);
        through = batch.through;
      }
      expect(new Set(entries.map(textOf)).size).toBeLessThanOrEqual(1);
      expect([0, 3]).toContain(entries.length);
      expect(through % 3).toBe(0);
      snapshots++;
    }
    await Promise.all([writing, compacting]);
    expect(snapshots).toBeGreaterThan(5);
  });
});

describe('a reader', () => {
  it('that takes nothing makes the server wait instead of holding everything', async () => {
    await using open = await openTestLog(server.url, testStream());
    for (let index = 0; index < 10; index++) {
      await appended(open.log, ...Array.from({ length: 500 }, (_, number) => put(`a.${index}.${number}`, 'x')));
    }
    const stop = new AbortController();
    const reader = open.log.read({ subjects: ['>'], from: 0, signal: stop.signal })[Symbol.asyncIterator]();
    let count = (await reader.next()).value?.entries.length ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [consumer] = await open.link.manager.consumers.list(open.stream.name).next();
    expect(consumer?.delivered.consumer_seq).toBeLessThan(3_000);
    while (count < 5_000) count += (await reader.next()).value?.entries.length ?? 0;
    stop.abort();
    expect(count).toBe(5_000);
  });

  it('of the same process gets memos, and one of another connection does not', async () => {
    await using open = await openTestLog(server.url, testStream());
    await using other = await open.second();
    const memo = { parsed: true };
    await appended(open.log, { ...put('a', 'x'), memo }, put('b', 'x'));
    const memos = async (log: EventLog) =>
      (await readThrough(log, 2)).flatMap(({ entries }) => entries.map((entry) => entry.memo));
    expect((await memos(open.log))[0]).toBe(memo);
    expect(await memos(other.log)).toStrictEqual([undefined, undefined]);
  });

  it('of a few subjects hears how far the log is while nothing of its own happens', async () => {
    await using open = await openTestLog(server.url, testStream(), { heartbeatMs: 100 });
    const stop = new AbortController();
    const reader = open.log.read({ subjects: ['mine'], from: 0, signal: stop.signal })[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ entries: [], through: 0, isCaughtUp: true });
    const revisions = await appended(open.log, put('theirs', '1'), put('theirs.too', '1'));
    expect((await reader.next()).value).toMatchObject({ entries: [], through: revisions[1], isCaughtUp: true });
    stop.abort();
  });
});
