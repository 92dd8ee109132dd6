/**
 * Usage over time in three tiers: samples as they came, then folded into periods of 5 minutes and of an hour. Folding is repeated for the last periods each time, so that late
 * samples and a fold that was interrupted do no harm.
 */
import { encodeToken } from '@flotilla/log/subject';

import { documentsMax, type Answer, type ArchiveStore, type Condition } from './archive-store.ts';
import type { UsageRecord, UsageValue } from './collections.ts';

export type UsageScope = 'cluster' | 'node' | 'workload';

/** What is measured. `name` is empty for a cluster; `namespace` is empty for clusters and nodes. */
export interface UsageTarget {
  readonly scope: UsageScope;
  readonly cluster: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface UsageSample extends UsageTarget {
  readonly timeMs: number;
  /** Numbers by name; units are part of the name (`cpuMilli`, `memoryBytes`). */
  readonly values: Readonly<Record<string, number>>;
}

export interface UsagePoint {
  /** Beginning of the step. */
  readonly timeMs: number;
  readonly metrics: Readonly<Record<string, UsageValue>>;
}

export interface UsageRange extends UsageTarget {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Length of a step; at least 1,000. */
  readonly stepMs: number;
}

export const usageTiers = [
  { collection: 'usageRaw', periodMs: 1_000 },
  { collection: 'usage5m', periodMs: 5 * 60_000 },
  { collection: 'usage1h', periodMs: 60 * 60_000 },
] as const;

type UsageCollection = (typeof usageTiers)[number]['collection'];

export const usagePointsMax = 11_000;

export interface UsageSeries {
  /** Repeating a sample replaces it. */
  add(samples: readonly UsageSample[]): Promise<void>;
  /**
   * Steps that have samples, in order; steps begin at multiples of `stepMs`. Taken from the coarsest tier that is fine enough for the step and whose samples still reach back to `fromMs`
   * by `keptMs`. Throws RangeError for more than 11,000 steps.
   */
  range(range: UsageRange, nowMs: number): Promise<readonly UsagePoint[]>;
  /** Folds whatever came in since the last time; to be called every few minutes by one process. Resolves to the number of periods written. */
  fold(nowMs: number): Promise<number>;
}

export interface UsageSeriesOptions {
  /** How long each tier is kept. */
  readonly keptMs: Readonly<Record<UsageCollection, number>>;
}

export function createUsageSeries(store: ArchiveStore, { keptMs }: UsageSeriesOptions): UsageSeries {
  async function* read(
    collection: UsageCollection,
    where: { readonly series?: string; readonly fromMs: number; readonly toMs: number },
  ): AsyncGenerator<readonly UsageRecord[], void> {
    const find = async (time: Condition, after: string): Promise<Answer<UsageCollection>> =>
      store.find(collection, {
        where: { series: where.series, timeMs: time, _id: { gt: after } },
        sort: [
          ['timeMs', 'ascending'],
          ['_id', 'ascending'],
        ],
        limit: documentsMax,
      });
    let { fromMs } = where;
    for (;;) {
      let { documents, isComplete } = await find({ gte: fromMs, lt: where.toMs }, '');
      yield documents;
      if (isComplete) return;
      // The rest of the moment at which the page ended, then what is later.
      fromMs = documents.at(-1)?.timeMs ?? fromMs;
      while (!isComplete) {
        ({ documents, isComplete } = await find(fromMs, String(documents.at(-1)?._id ?? '')));
        yield documents;
      }
      fromMs += 1;
    }
  }

  async function foldTier(tier: 1 | 2, nowMs: number): Promise<number> {
    const source = tier === 1 ? usageTiers[0] : usageTiers[1];
    const target = usageTiers[tier];
    const cursor = `usage/${target.collection}`;
    const doneMs = (await store.find('cursors', { where: { _id: cursor }, limit: 1 })).documents[0]?.timeMs ?? 0;
    const fromMs = Math.max(periodStart(doneMs, target.periodMs) - target.periodMs, nowMs - keptMs[source.collection]);
    const periods = new Map<string, UsageRecord>();
    let written = 0;
    let open = 0;
    const flush = async (): Promise<void> => {
      const documents = [...periods.values()];
      periods.clear();
      written += documents.length;
      for (let start = 0; start < documents.length; start += documentsMax) {
        await store.write([
          { kind: 'put', collection: target.collection, documents: documents.slice(start, start + documentsMax) },
        ]);
      }
    };
    for await (const records of read(source.collection, {
      fromMs: periodStart(Math.max(0, fromMs), target.periodMs),
      toMs: nowMs + 1,
    })) {
      for (const record of records) {
        const startMs = periodStart(record.timeMs, target.periodMs);
        // Samples come in order of time: when a period is over, all of its series are complete.
        if (startMs !== open) await flush();
        open = startMs;
        const before = periods.get(record.series)?.metrics ?? {};
        const metrics = mergeMetrics(before, record.metrics);
        periods.set(record.series, { ...record, _id: usageId(record.series, startMs), timeMs: startMs, metrics });
      }
    }
    await flush();
    await store.write([
      {
        kind: 'put',
        collection: 'cursors',
        documents: [{ _id: cursor, revision: 0, timeMs: nowMs }],
        newerBy: 'timeMs',
      },
    ]);
    return written;
  }

  return {
    add: async (samples) => {
      for (let start = 0; start < samples.length; start += documentsMax) {
        const documents = samples.slice(start, start + documentsMax).map(sampleRecord);
        await store.write([{ kind: 'put', collection: 'usageRaw', documents }]);
      }
    },

    range: async (range, nowMs) => {
      const { fromMs, toMs, stepMs } = range;
      if (stepMs < 1_000 || (toMs - fromMs) / stepMs > usagePointsMax) {
        throw new RangeError(`a range has steps of at least 1 s and at most ${usagePointsMax} of them`);
      }
      const tiers = usageTiers.filter(({ periodMs }) => periodMs <= stepMs);
      const collection =
        tiers.toReversed().find((tier) => fromMs >= nowMs - keptMs[tier.collection])?.collection ??
        usageTiers.find((tier) => fromMs >= nowMs - keptMs[tier.collection])?.collection ??
        'usage1h';
      const points = new Map<number, UsagePoint>();
      for await (const records of read(collection, { series: seriesOf(range), fromMs, toMs })) {
        for (const record of records) {
          const timeMs = periodStart(record.timeMs, stepMs);
          const metrics = mergeMetrics(points.get(timeMs)?.metrics ?? {}, record.metrics);
          points.set(timeMs, { timeMs, metrics });
        }
      }
      return [...points.values()];
    },

    fold: async (nowMs) => (await foldTier(1, nowMs)) + (await foldTier(2, nowMs)),
  };
}

export function seriesOf({ scope, cluster, namespace = '', name = '' }: UsageTarget): string {
  return [scope, cluster, namespace, name].map((token) => encodeToken(token).replaceAll('/', '%2F')).join('/');
}

function usageId(series: string, timeMs: number): string {
  return `${series}/${timeMs}`;
}

function sampleRecord({ scope, cluster, namespace = '', name = '', timeMs, values }: UsageSample): UsageRecord {
  const series = seriesOf({ scope, cluster, namespace, name });
  const metrics = Object.fromEntries(
    Object.entries(values).map(([metric, value]) => [metric, { count: 1, sum: value, min: value, max: value }]),
  );
  return { _id: usageId(series, timeMs), series, scope, cluster, namespace, name, timeMs, metrics };
}

function mergeMetrics(
  a: Readonly<Record<string, UsageValue>>,
  b: Readonly<Record<string, UsageValue>>,
): Readonly<Record<string, UsageValue>> {
  const merged: Record<string, UsageValue> = { ...a };
  for (const [metric, value] of Object.entries(b)) {
    const before = merged[metric];
    merged[metric] =
      before === undefined
        ? value
        : {
            count: before.count + value.count,
            sum: before.sum + value.sum,
            min: Math.min(before.min, value.min),
            max: Math.max(before.max, value.max),
          };
  }
  return merged;
}

function periodStart(timeMs: number, periodMs: number): number {
  return timeMs - (timeMs % periodMs);
}
