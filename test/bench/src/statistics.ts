export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Of at least one sample. */
export function summarise(samples: readonly number[]): Summary {
  return { min: quantile(samples, 0), median: quantile(samples, 0.5), max: quantile(samples, 1) };
}

/** The quantile (0 … 1) of at least one sample, interpolated linearly between neighbours. */
export function quantile(samples: readonly number[], fraction: number): number {
  if (samples.length === 0) throw new Error('no samples');
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const lower = sorted[Math.floor(position)] ?? Number.NaN;
  const upper = sorted[Math.ceil(position)] ?? Number.NaN;
  return lower + (upper - lower) * (position - Math.floor(position));
}
