/** Metrics as text for Prometheus, counted by prom-client. For processes that are scraped: loading it takes 60 ms and 18 MiB, so whoever isn't scraped uses `noMetrics`. */
import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client';

import type { Counter, Gauge, Histogram, HistogramOptions, Labels, MetricOptions, Metrics } from './metrics.ts';

/** Series of one metric. More would mean that a label isn't from a closed set: further ones are counted together as `other`. */
const seriesMax = 1_000;

export interface MetricsRegistry extends Metrics {
  /** The text that a scrape answers with. */
  expose(): Promise<string>;
}

interface Registered<T> {
  readonly type: string;
  readonly labels: string;
  readonly instrument: T;
}

const namePattern = /^flotilla_[a-z0-9]+(_[a-z0-9]+)+$/;

export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  const known = new Map<string, Registered<unknown>>();

  /** The instrument of that name, made when there is none. Throws when the name stands for something else. */
  function instrument<T>(type: string, { name, labels = [] }: MetricOptions<string>, make: () => T): T {
    const wanted = labels.join();
    const found = known.get(name);
    if (found !== undefined) {
      if (found.type !== type || found.labels !== wanted) throw new Error(`${name} is something else already`);
      // The map holds under this name what the same call made before.
      return found.instrument as T;
    }
    if (!namePattern.test(name)) throw new Error(`${name}: metrics are named flotilla_<area>_<what>_<unit>`);
    const made = make();
    known.set(name, { type, labels: wanted, instrument: made });
    return made;
  }

  return {
    counter<L extends string>(options: MetricOptions<L>): Counter<L> {
      return instrument('counter', options, () => {
        const counter = new PromCounter(configuration(options, registry));
        const bounded = boundedSeries(options.labels ?? []);
        return {
          add(labels: Labels<L>, amount = 1) {
            if (amount > 0) counter.inc(bounded(labels), amount);
          },
        };
      });
    },
    gauge<L extends string>(options: MetricOptions<L>): Gauge<L> {
      return instrument('gauge', options, () => {
        const gauge = new PromGauge(configuration(options, registry));
        const bounded = boundedSeries(options.labels ?? []);
        return { set: (labels: Labels<L>, value: number) => gauge.set(bounded(labels), value) };
      });
    },
    observedGauge(options, read) {
      instrument('gauge', options, () => {
        const gauge: PromGauge = new PromGauge({
          ...configuration(options, registry),
          collect: () => gauge.set(read()),
        });
        return gauge;
      });
    },
    histogram<L extends string>(options: HistogramOptions<L>): Histogram<L> {
      return instrument('histogram', options, () => {
        const histogram = new PromHistogram({ ...configuration(options, registry), buckets: [...options.buckets] });
        const bounded = boundedSeries(options.labels ?? []);
        return { observe: (labels: Labels<L>, value: number) => histogram.observe(bounded(labels), value) };
      });
    },
    expose: () => registry.metrics(),
  };
}

function configuration<L extends string>(
  { name, help, labels = [] }: MetricOptions<L>,
  registry: Registry,
): { name: string; help: string; labelNames: L[]; registers: Registry[] } {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

/** Hands labels through until there are too many series; then everything new is `other`. */
function boundedSeries<L extends string>(names: readonly L[]): (labels: Labels<L>) => Record<L, string> {
  const seen = new Set<string>();
  // The name of every label is a key here: the record is whole.
  const other = Object.fromEntries(names.map((name) => [name, 'other'])) as Record<L, string>;
  return (labels) => {
    if (names.length === 0) return labels;
    const key = names.map((name) => labels[name]).join('\u0000');
    if (seen.has(key)) return labels;
    if (seen.size >= seriesMax) return other;
    seen.add(key);
    return labels;
  };
}
