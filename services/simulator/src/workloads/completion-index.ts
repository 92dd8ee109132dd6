import type { StoredObject } from '@flotilla/store/object-store';

export const completionIndexAnnotation = 'batch.kubernetes.io/job-completion-index';

export function completionIndex({ object }: StoredObject): number | undefined {
  const index = Number(object.metadata.annotations?.[completionIndexAnnotation] ?? Number.NaN);
  return Number.isSafeInteger(index) ? index : undefined;
}

/** The lowest indexes below `completions` that aren't taken. */
export function missingIndexes(completions: number, taken: ReadonlySet<number>, max: number): readonly number[] {
  const missing: number[] = [];
  for (let index = 0; index < completions && missing.length < max; index += 1) {
    if (!taken.has(index)) missing.push(index);
  }
  return missing;
}

/** `{0, 1, 2, 5}` → `0-2,5`. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].toSorted((a, b) => a - b);
  const ranges: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    ranges.push(
      at === end ? `${sorted[at]}` : end === at + 1 ? `${sorted[at]},${sorted[end]}` : `${sorted[at]}-${sorted[end]}`,
    );
    at = end + 1;
  }
  return ranges.join(',');
}
