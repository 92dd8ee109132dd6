import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { EventLog } from '@flotilla/log/event-log';
import { afterEach, describe, expect, it } from 'vitest';
import { createPartitions, type LeaseReport } from './create-partitions.ts';
import { ownEverything } from './own-everything.ts';
import { partitionOf } from './partition-of.ts';
import type { PartitionChange, PartitionListener, Partitions } from './partitions.ts';
import { createVirtualTime, type VirtualTime } from './testing/virtual-time.ts';

const partitionCount = 12;

interface Member {
  readonly partitions: Partitions;
  readonly reports: LeaseReport[];
  readonly changes: PartitionChange[];
  /** The process is gone: nothing it does reaches the log, and it learns nothing. */
  kill(): void;
  /** Its appends are refused. */
  cutOff(isCutOff: boolean): void;
}

interface Fixture {
  readonly time: VirtualTime;
  readonly log: EventLog;
  readonly join: (
    name: string,
    options?: { readonly partitionCount?: number; readonly listener?: PartitionListener },
  ) => Member;
}

const logs: EventLog[] = [];
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close();
});

async function fixture(): Promise<Fixture> {
  const log = await createEmbeddedLog();
  logs.push(log);
  const time = createVirtualTime();
  let count = 0;
  return {
    time,
    log,
    join(name, { partitionCount: own = partitionCount, listener } = {}) {
      const { promise: never } = Promise.withResolvers<never>();
      const dead = new AbortController();
      let isCut = false;
      const cut: EventLog = {
        append(entries) {
          if (isCut) return Promise.reject(new Error('out of reach'));
          return dead.signal.aborted ? never : log.append(entries);
        },
        read: (options) => log.read({ ...options, signal: AbortSignal.any([options.signal, dead.signal]) }),
        latest: (subjects) => log.latest(subjects),
        head: () => log.head(),
        firstReadable: () => log.firstReadable(),
        close: () => log.close(),
      };
      const schedule: VirtualTime['schedule'] = (callback, delayMs) =>
        time.schedule(() => !dead.signal.aborted && callback(), delayMs);
      const reports: LeaseReport[] = [];
      const changes: PartitionChange[] = [];
      const partitions = createPartitions(
        { log: cut, monotonicNow: time.now, schedule, report: (report) => reports.push(report) },
        { service: 'scheduler', replica: name, incarnation: `${name}-${++count}`, partitionCount: own },
      );
      partitions.onChange((change) => void changes.push(change));
      if (listener !== undefined) partitions.onChange(listener);
      partitions.start();
      return { partitions, reports, changes, kill: () => dead.abort(), cutOff: (isCutOff) => void (isCut = isCutOff) };
    },
  };
}

const ownedBy = (members: readonly Member[]): readonly number[] =>
  members.flatMap(({ partitions }) => [...partitions.owned().keys()]).toSorted((a, b) => a - b);
const all = Array.from({ length: partitionCount }, (_, partition) => partition);
const sizes = (members: readonly Member[]): readonly number[] =>
  members.map(({ partitions }) => partitions.owned().size);

describe('partitions', () => {
  it('all belong to a replica that is alone, at once', async () => {
    const { time, join } = await fixture();
    const a = join('a');
    await time.pass(0);
    expect([...a.partitions.owned().keys()]).toEqual(all);
    expect(a.partitions.owns('default/nginx')).toBe(true);
    expect(a.partitions.epochOf('default/nginx')).toBe(1);
    expect(a.changes).toEqual([{ gained: all, lost: [] }]);
  });

  it('are shared fairly with replicas that join, and only what they get moves', async () => {
    const { time, join } = await fixture();
    const a = join('a');
    await time.pass(100);
    const b = join('b');
    await time.pass(100);
    expect(sizes([a, b])).toEqual([6, 6]);
    const before = new Map([...a.partitions.owned().keys(), ...b.partitions.owned().keys()].map((each) => [each, 1]));
    const c = join('c');
    await time.pass(100);
    expect(sizes([a, b, c])).toEqual([4, 4, 4]);
    expect(ownedBy([a, b, c])).toEqual(all);
    expect(before.size).toBe(partitionCount);
    expect(c.changes.flatMap(({ gained }) => gained)).toHaveLength(4);
    expect(b.changes.flatMap(({ lost }) => lost)).toHaveLength(2);
  });

  it('are handed over at once by a replica that stops', async () => {
    const { time, join } = await fixture();
    const [a, b] = [join('a'), join('b')];
    await time.pass(500);
    const stopping = a.partitions.stop();
    await time.pass(0);
    await stopping;
    expect(sizes([a, b])).toEqual([0, partitionCount]);
    expect(a.changes.at(-1)?.lost).toHaveLength(6);
  });

  it('of a replica that was killed belong to the others within five seconds, under a new epoch', async () => {
    const { time, join } = await fixture();
    const [a, b, c] = [join('a'), join('b'), join('c')];
    await time.pass(5_400);
    const taken = [...a.partitions.owned().keys()];
    const epochs = a.partitions.owned();
    a.kill();
    await time.pass(1_900);
    expect(sizes([b, c])).toEqual([4, 4]);
    await time.pass(2_000);
    expect(a.partitions.owned().size).toBe(0);
    expect(ownedBy([b, c])).toEqual(all);
    for (const partition of taken) {
      const epoch = b.partitions.owned().get(partition) ?? c.partitions.owned().get(partition) ?? 0;
      expect(epoch).toBeGreaterThan(epochs.get(partition) ?? 0);
    }
  });

  it('wait for listeners that let go of them, and for no longer than a second', async () => {
    const { time, join } = await fixture();
    const release = Promise.withResolvers<void>();
    const a = join('a', { listener: ({ lost }) => (lost.length > 0 ? release.promise : undefined) });
    await time.pass(100);
    const b = join('b');
    await time.pass(500);
    expect(sizes([a, b])).toEqual([6, 0]);
    await time.pass(600);
    expect(sizes([a, b])).toEqual([6, 6]);
    release.resolve();
  });

  it('are handed on even when a listener fails', async () => {
    const { time, join } = await fixture();
    const a = join('a', { listener: () => Promise.reject(new Error('listener')) });
    await time.pass(100);
    const b = join('b');
    await time.pass(100);
    expect(sizes([a, b])).toEqual([6, 6]);
    expect(a.reports.map(({ kind }) => kind)).toContain('lease-listener-failed');
  });

  it('come back to a replica that was cut off for less than it takes to be given up, with their epochs', async () => {
    const { time, join } = await fixture();
    const a = join('a');
    await time.pass(500);
    a.cutOff(true);
    await time.pass(2_600);
    expect(sizes([a])).toEqual([0]);
    expect(a.reports.map(({ kind }) => kind)).toContain('lease-lapsed');
    a.cutOff(false);
    await time.pass(500);
    expect(a.partitions.owned()).toEqual(new Map(all.map((partition) => [partition, 1])));
  });

  it('stay with their owners when the log was out of reach for all of them, though some find it again later', async () => {
    const { time, join } = await fixture();
    const [a, b] = [join('a'), join('b')];
    await time.pass(1_000);
    const before = [a.partitions.owned(), b.partitions.owned()];
    a.cutOff(true);
    b.cutOff(true);
    await time.pass(2_900);
    expect(sizes([a, b])).toEqual([0, 0]);
    a.cutOff(false);
    await time.pass(2_500);
    expect(a.partitions.owned()).toEqual(before[0]);
    b.cutOff(false);
    await time.pass(1_000);
    expect([a.partitions.owned(), b.partitions.owned()]).toEqual(before);
  });

  it('go to a replica that comes back under its name once the one before is given up', async () => {
    const { time, join } = await fixture();
    const a = join('a');
    await time.pass(500);
    a.kill();
    const again = join('a');
    await time.pass(1_000);
    expect(sizes([again])).toEqual([0]);
    expect(again.reports.map(({ kind }) => kind)).toEqual(['name-taken']);
    await time.pass(3_000);
    expect(sizes([again])).toEqual([partitionCount]);
    expect(again.partitions.epochOf('x')).toBe(2);
  });

  it('are not given to a replica that divides the work differently, until none of the first opinion is left', async () => {
    const { time, join } = await fixture();
    const a = join('a');
    await time.pass(500);
    const b = join('b', { partitionCount: 5 });
    await time.pass(2_000);
    expect(sizes([a, b])).toEqual([partitionCount, 0]);
    expect(b.reports.map(({ kind }) => kind)).toEqual(['partition-count-differs']);
    const stopping = a.partitions.stop();
    await time.pass(100);
    await stopping;
    expect(sizes([a, b])).toEqual([0, 5]);
  });

  it('are given up within the stop deadline when the log is gone', async () => {
    const { time, log, join } = await fixture();
    const a = join('a');
    await time.pass(500);
    await log.close();
    const stopping = a.partitions.stop();
    await time.pass(10_000);
    await stopping;
    expect(sizes([a])).toEqual([0]);
  });

  it.each([
    ['no partition', { partitionCount: 0 }],
    ['too many partitions', { partitionCount: 1_025 }],
    ['a validity that outlasts the patience of others', { partitionCount: 1, validForMs: 3_000 }],
  ])('refuse %s', async (_, options) => {
    const { log } = await fixture();
    const deps = { log, monotonicNow: () => 0, schedule: () => () => undefined, report: () => undefined };
    expect(() => createPartitions(deps, { service: 's', replica: 'r', incarnation: 'i', ...options })).toThrow(
      RangeError,
    );
  });
});

describe('ownEverything', () => {
  it('owns every key between start and stop', async () => {
    const partitions = ownEverything();
    const changes: PartitionChange[] = [];
    partitions.onChange((change) => void changes.push(change));
    expect(partitions.owns('x')).toBe(false);
    partitions.start();
    expect([partitions.owns('x'), partitions.epochOf('x')]).toEqual([true, 1]);
    await partitions.stop();
    expect(partitions.owns('x')).toBe(false);
    expect(changes).toEqual([
      { gained: [0], lost: [] },
      { gained: [], lost: [0] },
    ]);
  });
});

describe('partitionOf', () => {
  it('never changes: these values are what replicas of every version agree on', () => {
    expect(
      ['', 'a', 'default/nginx', 'apps/Deployment/default/nginx', 'größe'].map((key) => partitionOf(key, 64)),
    ).toEqual([11, 51, 55, 40, 60]);
  });

  it('spreads keys that differ only in a number', () => {
    const counts = Array.from({ length: 16 }, () => 0);
    for (let index = 0; index < 16_000; index++) counts[partitionOf(`default/web-${index}`, 16)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(900);
    expect(Math.max(...counts)).toBeLessThan(1_100);
  });
});
