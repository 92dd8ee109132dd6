import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createEmbeddedLog, type EmbeddedLog } from './embedded-log.ts';
import { LogUnavailable, type Append, type Entry } from './event-log.ts';
import { appended, latestEntries, readThrough } from './event-log-contract.ts';
import { LogDamaged } from './log-report.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const path = '/log';
const segment = (base: number): string => `segment-${String(base).padStart(16, '0')}.log`;
const snapshot = (revision: number): string => `snapshot-${String(revision).padStart(16, '0')}.snap`;
const writes: readonly (readonly Append[])[] = [
  [{ subject: 'a', value: Buffer.from('one') }],
  [
    { subject: 'b', value: Buffer.from('two'), headers: { by: 'test' } },
    { subject: 'c', value: Buffer.from('three') },
  ],
  [{ subject: 'a', value: Buffer.alloc(40, 'x'), deleted: true }],
  [
    { subject: 'a', value: Buffer.from('four') },
    { subject: 'd', value: Buffer.from('') },
  ],
];
/** Sizes of the prefixes that whole appends make. */
const prefixes = [0, 1, 3, 4, 6];

async function written(snapshotAfterBytes?: number): Promise<SimulatedDisk> {
  const files = new SimulatedDisk();
  const log = await createEmbeddedLog({ directory: path, files, ...(snapshotAfterBytes && { snapshotAfterBytes }) });
  for (const entries of writes) await appended(log, ...entries);
  await log.close();
  return files;
}

const textsOf = (entries: readonly Entry[]): readonly string[] =>
  entries.map((entry) => `${entry.subject}${entry.deleted ? '-' : '+'}${Buffer.from(entry.value).toString()}`);
const allTexts = writes.flat().map(({ subject, deleted, value }) => `${subject}${deleted ? '-' : '+'}${String(value)}`);

/** What can be read, with revisions 1, 2, 3 …; fails when it isn't a prefix of what was written. */
async function prefixLength(log: EmbeddedLog): Promise<number> {
  const head = await log.head();
  const first = await log.firstReadable();
  const entries = (await readThrough(log, head, { from: first })).flatMap((batch) => batch.entries);
  expect(textsOf(entries)).toStrictEqual(allTexts.slice(first, first + entries.length));
  return first + entries.length;
}

async function liveOf(log: EmbeddedLog): Promise<readonly string[]> {
  return textsOf(await latestEntries(log, '>'));
}

function liveAfter(count: number): readonly string[] {
  const live = new Map<string, string>();
  for (const text of allTexts.slice(0, count)) {
    const subject = text.slice(0, 1);
    live.delete(subject);
    if (text[1] === '+') live.set(subject, text);
  }
  return [...live.values()];
}

describe('recovery of a cut file', () => {
  it('finds a prefix of whole appends wherever the file ends, and goes on from there', async () => {
    const whole = (await written()).contents(join(path, segment(0)));
    for (let length = 0; length <= whole.byteLength; length++) {
      const files = new SimulatedDisk();
      files.put(join(path, segment(0)), whole.subarray(0, length));
      const log = await createEmbeddedLog({ directory: path, files });
      const count = await prefixLength(log);
      expect(prefixes).toContain(count);
      expect(await liveOf(log)).toStrictEqual(liveAfter(count));
      for (const { cause, copy } of log.recovery.cuts) expect([cause, copy]).toStrictEqual(['torn', undefined]);
      expect(await appended(log, { subject: 'z', value: Buffer.from('later') })).toStrictEqual([count + 1]);
      await log.close();
      const again = await createEmbeddedLog({ directory: path, files });
      expect(again.recovery).toMatchObject({ cuts: [], head: count + 1 });
      await again.close();
    }
  });
});

describe('recovery of changed bytes', () => {
  it('never takes a changed record, keeps a copy, and tells where and how many', async () => {
    const whole = (await written()).contents(join(path, segment(0)));
    for (let offset = 32; offset < whole.byteLength; offset++) {
      const files = new SimulatedDisk();
      const changed = Buffer.from(whole);
      changed[offset] = (changed[offset] ?? 0) ^ 0x10;
      files.put(join(path, segment(0)), changed);
      const log = await createEmbeddedLog({ directory: path, files });
      const live = await liveOf(log);
      const [cut] = log.recovery.cuts;
      expect(cut?.file).toBe(segment(0));
      const matches = prefixes.filter((count) => JSON.stringify(liveAfter(count)) === JSON.stringify(live));
      expect(matches).toHaveLength(1);
      const isDamaged = cut?.cause === 'damaged';
      const copy = isDamaged ? files.contents(join(path, cut.copy ?? '')) : changed.subarray(cut?.offset);
      expect(copy).toStrictEqual(changed.subarray(cut?.offset));
      expect(log.recovery.head).toBeGreaterThanOrEqual(isDamaged ? allTexts.length : 0);
      expect(await log.firstReadable()).toBe(isDamaged ? log.recovery.head : 0);
      const [next = 0] = await appended(log, { subject: 'z', value: Buffer.from('later') });
      await log.close();
      const again = await createEmbeddedLog({ directory: path, files });
      expect(again.recovery).toMatchObject({ cuts: [], head: next });
      expect(await liveOf(again)).toStrictEqual([...live, 'z+later']);
      await again.close();
    }
  });

  it('counts what a damaged record in the middle hides', async () => {
    const files = await written();
    const bytes = Buffer.from(files.contents(join(path, segment(0))));
    const offset = bytes.indexOf('two');
    bytes[offset] = 0;
    files.put(join(path, segment(0)), bytes);
    const log = await createEmbeddedLog({ directory: path, files });
    expect(log.recovery.cuts).toMatchObject([
      { cause: 'damaged', revisionsCut: 5, revisionsUnreadable: 2, copy: `${segment(0)}.corrupt-1` },
    ]);
    expect(await liveOf(log)).toStrictEqual(['a+one']);
    await log.close();
  });

  it('repairs a damaged file header without losing anything', async () => {
    for (let offset = 0; offset < 32; offset++) {
      const files = await written();
      const bytes = Buffer.from(files.contents(join(path, segment(0))));
      bytes[offset] = 0xff;
      files.put(join(path, segment(0)), bytes);
      const log = await createEmbeddedLog({ directory: path, files });
      expect(await prefixLength(log)).toBe(allTexts.length);
      await log.close();
    }
  });
});

describe('recovery with snapshots', () => {
  it('loses nothing but history when either kept snapshot is damaged, and refuses to guess when both are', async () => {
    const damage = async (...which: readonly ('older' | 'newer')[]): Promise<SimulatedDisk> => {
      const files = await written(1);
      const kept = (await files.list(path)).filter((name) => name.endsWith('.snap')).toSorted();
      expect(kept.length).toBe(2);
      for (const name of kept.filter((_, index) => which.includes(index === 0 ? 'older' : 'newer'))) {
        const bytes = Buffer.from(files.contents(join(path, name)));
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        files.put(join(path, name), bytes);
      }
      return files;
    };
    for (const which of ['older', 'newer'] as const) {
      const log = await createEmbeddedLog({ directory: path, files: await damage(which) });
      expect(await liveOf(log)).toStrictEqual(liveAfter(allTexts.length));
      expect(log.recovery.cuts).toStrictEqual([]);
      await log.close();
    }
    const files = await damage('older', 'newer');
    await expect(createEmbeddedLog({ directory: path, files })).rejects.toThrow(LogDamaged);
  });

  it('uses the newer snapshot when a segment before it is damaged', async () => {
    const files = await written(1);
    const names = (await files.list(path)).toSorted();
    const newest = names.findLast((name) => name.endsWith('.snap')) ?? '';
    const before = names.filter((name) => name.endsWith('.log') && name.slice(8, 24) < newest.slice(9, 25));
    expect(newest).not.toBe(snapshot(0));
    expect(before.length).toBeGreaterThan(0);
    for (const name of before) {
      const bytes = Buffer.from(files.contents(join(path, name)));
      bytes[50] = (bytes[50] ?? 0) ^ 1;
      files.put(join(path, name), bytes);
    }
    const log = await createEmbeddedLog({ directory: path, files });
    expect(await liveOf(log)).toStrictEqual(liveAfter(allTexts.length));
    expect(log.recovery).toMatchObject({ cuts: [], firstReadable: Number(newest.slice(9, 25)) });
    await log.close();
  });

  it('says when a segment is missing, and numbers on above what it may have held', async () => {
    const files = await written(1);
    const names = (await files.list(path)).toSorted();
    const newest = names.findLast((name) => name.endsWith('.snap')) ?? '';
    const base = Number(newest.slice(9, 25));
    await files.remove(join(path, segment(base)));
    const log = await createEmbeddedLog({ directory: path, files });
    expect(log.recovery.cuts.map(({ cause }) => cause)).toContain('missing');
    expect(log.recovery.head).toBeGreaterThan(1_000_000);
    expect(await liveOf(log)).toStrictEqual(liveAfter(base));
    await log.close();
  });
});

describe('power loss', () => {
  it('keeps every acknowledged append, wherever among the disk operations it strikes', async () => {
    for (let survived = 0; ; survived++) {
      const { files, acknowledged, isOver } = await runUntilPowerLoss(survived);
      for (const choose of choices) {
        let rolls = 0;
        const disk = files.afterPowerLoss((max) => choose(max, rolls++));
        const log = await createEmbeddedLog({ directory: path, files: disk, snapshotAfterBytes: 60 });
        expect(await liveOf(log)).toStrictEqual(stateAfter(await log.head()));
        expect(await log.head()).toBeGreaterThanOrEqual(acknowledged);
        expect(log.recovery.cuts.filter(({ cause }) => cause !== 'torn')).toStrictEqual([]);
        await log.close();
      }
      if (isOver) break;
    }
  });

  it('keeps acknowledged appends and drops rejected ones under random faults', async () => {
    const faults = fc.array(
      fc.record({
        at: fc.nat({ max: 60 }),
        fault: fc.oneof(
          fc.record({ kind: fc.constant('error' as const), code: fc.constantFrom('ENOSPC', 'EIO') }),
          fc.record({ kind: fc.constant('short' as const), bytes: fc.integer({ min: 1, max: 60 }) }),
          fc.record({
            kind: fc.constant('partial' as const),
            bytes: fc.nat({ max: 60 }),
            code: fc.constantFrom('ENOSPC', 'EIO'),
          }),
        ),
      }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(faults, fc.array(fc.nat({ max: 100 }), { minLength: 8, maxLength: 8 }), async (plan, dice) => {
        const files = new SimulatedDisk();
        const log = await createEmbeddedLog({ directory: path, files, snapshotAfterBytes: 200 });
        files.operations = 0;
        files.fault = ({ kind }) => {
          const planned = plan.find(({ at }) => at === files.operations)?.fault;
          return planned?.kind === 'short' && kind !== 'write' ? undefined : planned;
        };
        const stored: string[] = [];
        for (let index = 0; index < 12; index++) {
          const pair = await Promise.allSettled([
            log.append([{ subject: `s${index}`, value: Buffer.from(`${index}`) }]),
            log.append([{ subject: `t${index}`, value: Buffer.from(`${index}`) }]),
          ]);
          if (pair[0].status === 'fulfilled') stored.push(`s${index}+${index}`);
          if (pair[1].status === 'fulfilled') stored.push(`t${index}+${index}`);
        }
        expect(await liveOf(log)).toStrictEqual(stored);
        files.fault = () => undefined;
        await log.append([{ subject: 'last', value: Buffer.from('') }]);
        await log.close();
        let rolls = 0;
        const disk = files.afterPowerLoss((max) => (dice[rolls++ % dice.length] ?? 0) % (max + 1));
        const again = await createEmbeddedLog({ directory: path, files: disk });
        expect(await liveOf(again)).toStrictEqual([...stored, 'last+']);
        expect(again.recovery.cuts).toStrictEqual([]);
        await again.close();
      }),
      { numRuns: 100 },
    );
  });
});

/** Nothing, everything, half, and every other thing of what wasn't synced. */
const choices: readonly ((max: number, roll: number) => number)[] = [
  () => 0,
  (max) => max,
  (max) => Math.ceil(max / 2),
  (max, roll) => (roll % 2) * max,
  (max, roll) => ((roll + 1) % 2) * max,
];
const stepCount = 9;

/** Revision n of the power loss test writes subject n mod 3. */
function stateAfter(head: number): readonly string[] {
  return Array.from({ length: head }, (_, index) => index + 1)
    .filter((revision) => revision > head - 3)
    .map((revision) => `k${revision % 3}+${'v'.repeat(revision)}`)
    .map((text) => text.replace(/^k(\d)/, (_, digit: string) => 'klm'[Number(digit)] ?? ''));
}

async function runUntilPowerLoss(
  survived: number,
): Promise<{ readonly files: SimulatedDisk; readonly acknowledged: number; readonly isOver: boolean }> {
  const files = new SimulatedDisk();
  let acknowledged = 0;
  files.fault = () => (files.operations > survived ? { kind: 'error', code: 'EIO' } : undefined);
  try {
    const log = await createEmbeddedLog({ directory: path, files, snapshotAfterBytes: 60 });
    try {
      for (let revision = 1; revision <= stepCount; revision++) {
        const subject = 'klm'[revision % 3] ?? '';
        await log.append([{ subject, value: Buffer.from('v'.repeat(revision)) }]);
        acknowledged = revision;
      }
    } finally {
      await log.close();
    }
  } catch (error) {
    if (!isDiskError(error)) throw error;
  }
  return { files, acknowledged, isOver: files.operations <= survived };
}

function isDiskError(error: unknown): boolean {
  return error instanceof LogUnavailable || (error instanceof Error && 'code' in error && error.code === 'EIO');
}
