/**
 * What code counts through. Names are Prometheus style with the unit as suffix, `flotilla_<area>_<what>_<unit>`; counters end in `_total`. Label values come from small,
 * closed sets: never a name that a user chose. Instruments are made once, at start; asking again for a name gives the same one.
 */
export interface Metrics {
  counter<L extends string = never>(options: MetricOptions<L>): Counter<L>;
  gauge<L extends string = never>(options: MetricOptions<L>): Gauge<L>;
  /** A gauge that is asked when somebody looks. */
  observedGauge(options: MetricOptions<never>, read: () => number): void;
  histogram<L extends string = never>(options: HistogramOptions<L>): Histogram<L>;
}

export interface MetricOptions<L extends string> {
  readonly name: string;
  /** One sentence: what it counts. */
  readonly help: string;
  readonly labels?: readonly L[];
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets: readonly number[];
}

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface Counter<L extends string = never> {
  /** Adds 1, or as much as is said: never less than 0. */
  add(labels: Labels<L>, amount?: number): void;
}

export interface Gauge<L extends string = never> {
  set(labels: Labels<L>, value: number): void;
}

export interface Histogram<L extends string = never> {
  observe(labels: Labels<L>, value: number): void;
}

/** Seconds, from a local call to one that nobody waits for any more. */
export const latencyBucketsSeconds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Counts nothing. */
export const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  observedGauge: () => undefined,
  histogram: () => ({ observe: () => undefined }),
};
