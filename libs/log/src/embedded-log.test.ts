import { describe, expect, it } from 'vitest';

import { createEmbeddedLog } from './embedded-log.ts';
import { appended, describeEventLogContract, latestEntries, readThrough } from './event-log-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describeEventLogContract('embedded, in memory', {
  create: async ({ historyMaxEntries }) => {
    const log = await createEmbeddedLog({ historyMaxEntries });
    return { log, dispose: () => log.close() };
  },
});

describe.each([
  { name: 'embedded, on disk', snapshotAfterBytes: 32 * 1024 * 1024 },
  { name: 'embedded, on disk, with a snapshot after nearly every append', snapshotAfterBytes: 100 },
])('$name', ({ name, snapshotAfterBytes }) => {
  describeEventLogContract(name, {
    modelRuns: 40,
    create: async ({ historyMaxEntries }) => {
      const directory = await temporaryDirectory();
      const open = () =>
        createEmbeddedLog({ directory: directory.path, durability: 'none', historyMaxEntries, snapshotAfterBytes });
      let log = await open();
      return {
        log,
        reopen: async () => {
          await log.close();
          log = await open();
          return log;
        },
        dispose: async () => {
          await log.close();
          await directory[Symbol.asyncDispose]();
        },
      };
    },
  });
});

const value = (text: string): Uint8Array => Buffer.from(text);

describe('embedded log', () => {
  it('hands memos to readers that keep up, without serialising them', async () => {
    const log = await createEmbeddedLog();
    const memo = { parsed: true };
    const reader = log.read({ subjects: ['>'], from: 0, signal: new AbortController().signal })[Symbol.asyncIterator]();
    await reader.next();
    const next = reader.next();
    await appended(log, { subject: 'a', value: value('x'), memo });
    expect((await next).value?.entries[0]?.memo).toBe(memo);
    await log.close();
  });

  it('tells what an entry replaced, also after a restart', async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path };
    const first = await createEmbeddedLog(options);
    await appended(first, { subject: 'a', value: value('1') });
    await appended(first, { subject: 'a', value: value('2') });
    await appended(first, { subject: 'a', value: value('2'), deleted: true });
    await appended(first, { subject: 'a', value: value('3') });
    const previous = async (log: typeof first) =>
      (await readThrough(log, 4)).flatMap(({ entries }) => entries.map((entry) => entry.previous?.revision ?? null));
    expect(await previous(first)).toStrictEqual([null, 1, 2, null]);
    await first.close();
    const second = await createEmbeddedLog(options);
    expect(await previous(second)).toStrictEqual([null, 1, 2, null]);
    await second.close();
  });

  it('lets a reader that keeps up see everything, however short the history', async () => {
    const log = await createEmbeddedLog({ historyMaxEntries: 1 });
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const batch of log.read({ subjects: ['>'], from: 0, signal: stop.signal })) {
        seen.push(...batch.entries.map(({ revision }) => revision));
        if (seen.length === 30) stop.abort();
      }
    })();
    for (let index = 0; index < 10; index++) {
      const write = (subject: string) => ({ subject, value: value('x') });
      await appended(log, write('a'), write('b'), write('c'));
    }
    await reading;
    expect(seen).toStrictEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    await log.close();
  });

  it('bounds the history by bytes, whole appends at a time', async () => {
    const log = await createEmbeddedLog({ historyMaxBytes: 10_000 });
    for (let index = 0; index < 20; index++) {
      await appended(log, { subject: 'a', value: Buffer.alloc(900) }, { subject: 'b', value: Buffer.alloc(900) });
    }
    const first = await log.firstReadable();
    expect(first % 2).toBe(0);
    expect(40 - first).toBeLessThanOrEqual(10);
    expect(40 - first).toBeGreaterThan(4);
    await log.close();
  });

  it('refuses appends while too many bytes wait for the disk', async () => {
    await using directory = await temporaryDirectory();
    const log = await createEmbeddedLog({ directory: directory.path, pendingMaxBytes: 1000 });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => log.append([{ subject: `a.${index}`, value: Buffer.alloc(300) }])),
    );
    expect(results.map(({ status }) => status)).toContain('rejected');
    expect(await latestEntries(log, '>')).toHaveLength(results.filter(({ status }) => status === 'fulfilled').length);
    await log.close();
  });

  it('stores values of any size in one frame', async () => {
    await using directory = await temporaryDirectory();
    const sizes = [0, 1, 8191, 8192, 8193, 100_000, 3_000_000];
    const log = await createEmbeddedLog({ directory: directory.path });
    const entries = sizes.map((size, index) => ({ subject: `a.${index}`, value: Buffer.alloc(size, index + 1) }));
    await appended(log, ...entries);
    await Promise.all(entries.map((entry) => log.append([{ ...entry, subject: `${entry.subject}.again` }])));
    await log.close();
    const again = await createEmbeddedLog({ directory: directory.path });
    expect(again.recovery.cuts).toStrictEqual([]);
    const values = (await latestEntries(again, 'a.*')).map((entry) => entry.value);
    expect(values.map((bytes, index) => Buffer.from(bytes).equals(entries[index]!.value))).not.toContain(false);
    await again.close();
  });
});
