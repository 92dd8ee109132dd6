const minuteSeconds = 60;
const hourMinutes = 60;
const dayHours = 24;
const yearDays = 365;

/** A span as kubectl shows ages: two units at most, fewer the longer it is (`95s`, `3m10s`, `25m`, `5h3m`, `30h`, `3d4h`, `250d`, `3y40d`). */
export function humanDuration(spanMs: number): string {
  const seconds = Math.trunc(spanMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < minuteSeconds * 2) return `${seconds}s`;
  const minutes = Math.trunc(seconds / minuteSeconds);
  if (minutes < 10) return pair(minutes, 'm', seconds % minuteSeconds, 's');
  if (minutes < hourMinutes * 3) return `${minutes}m`;
  const hours = Math.trunc(minutes / hourMinutes);
  if (hours < 8) return pair(hours, 'h', minutes % hourMinutes, 'm');
  if (hours < dayHours * 2) return `${hours}h`;
  const days = Math.trunc(hours / dayHours);
  if (days < 8) return pair(days, 'd', hours % dayHours, 'h');
  if (days < yearDays * 2) return `${days}d`;
  const years = Math.trunc(days / yearDays);
  return years < 8 ? pair(years, 'y', days % yearDays, 'd') : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** Time since an RFC 3339 moment; `<unknown>` without one. */
export function ageOf(timestamp: string | null | undefined, nowMs: number): string {
  const epochMs = timestamp === undefined || timestamp === null ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(epochMs) ? '<unknown>' : humanDuration(nowMs - epochMs);
}
