/** Kubernetes' `metav1.Time`: RFC 3339 in UTC, whole seconds. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Absent and unreadable times are left out. */
export function earliestOf(times: readonly (string | undefined)[]): string | undefined {
  return pick(times, (candidateMs, bestMs) => candidateMs < bestMs);
}

export function latestOf(times: readonly (string | undefined)[]): string | undefined {
  return pick(times, (candidateMs, bestMs) => candidateMs > bestMs);
}

function pick(
  times: readonly (string | undefined)[],
  isBetter: (candidateMs: number, bestMs: number) => boolean,
): string | undefined {
  let best: string | undefined;
  let bestMs = Number.NaN;
  for (const time of times) {
    const ms = time === undefined ? Number.NaN : Date.parse(time);
    if (Number.isNaN(ms) || (best !== undefined && !isBetter(ms, bestMs))) continue;
    best = time;
    bestMs = ms;
  }
  return best;
}
