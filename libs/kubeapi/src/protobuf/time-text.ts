const NANOS_PER_MICRO = 1000;
const NANOS_PER_SECOND = 1_000_000_000;

/** RFC 3339 in UTC, with whole seconds (`…:05Z`) or microseconds (`…:05.000001Z`). */
export function formatTime(seconds: number, nanos: number, fractionDigits: 0 | 6): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (fractionDigits === 0) return `${whole}Z`;
  return `${whole}.${String(Math.floor(nanos / NANOS_PER_MICRO)).padStart(6, '0')}Z`;
}

/** Seconds and nanoseconds of an RFC 3339 time; empty when it is none. */
export function parseTime(text: string, fractionDigits: 0 | 6): { readonly seconds?: number; readonly nanos?: number } {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return {};
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const nanos = fractionDigits === 0 ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0')) * NANOS_PER_MICRO;
  return { seconds: Math.floor(ms / 1000), nanos };
}

/** Nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`, `0s`. Whole milliseconds and above only; finer spans are printed in seconds. */
export function formatGoDuration(nanos: number): string {
  if (nanos === 0) return '0s';
  const sign = nanos < 0 ? '-' : '';
  const seconds = Math.abs(nanos) / NANOS_PER_SECOND;
  if (seconds < 1) return `${sign}${Math.abs(nanos) / 1_000_000}ms`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${sign}${minutes}m${rest}` : sign + rest;
}

const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1000,
  µs: 1000,
  ms: 1_000_000,
  s: NANOS_PER_SECOND,
  m: 60 * NANOS_PER_SECOND,
  h: 3600 * NANOS_PER_SECOND,
};

/** Nanoseconds of a Go duration; unknown text counts as zero. */
export function parseGoDuration(text: string): number {
  let nanos = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|h|m|s)/g)) {
    nanos += Number(amount) * (UNIT_NANOS[unit] ?? 0);
  }
  return Math.round(text.startsWith('-') ? -nanos : nanos);
}
