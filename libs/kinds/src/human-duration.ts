/** Ages as kubectl shows them: at most two units, coarser the older. */

/** `undefined` or an unreadable time gives `<unknown>`. */
export function formatAge(timestamp: string | undefined, nowMs: number): string {
  const startMs = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(startMs) ? '<unknown>' : formatHumanDuration(nowMs - startMs);
}

export function formatHumanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  const years = Math.trunc(days / 365);
  if (years < 2) return `${days}d`;
  if (years < 8) return twoUnits(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
