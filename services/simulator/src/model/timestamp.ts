/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds since the epoch; `fallback` for a missing or unreadable time. */
export function parseTimestamp(text: string | null | undefined, fallback = 0): number {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? fallback : time;
}
