/**
 * Checks five-field cron schedules (`minute hour day-of-month month day-of-week`), their shortcuts (`@daily`, `@every 1h30m`) and names of months and
 * days. Only the syntax: when a schedule is due is computed by what runs it.
 */
interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59, words: [] },
  { name: 'hour', min: 0, max: 23, words: [] },
  { name: 'day of month', min: 1, max: 31, words: [] },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day of week', min: 0, max: 6, words: days },
];

const shortcuts = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const everyPattern = /^@every\s+([0-9]+(\.[0-9]+)?(h|m|s))+$/;

/** What is wrong with the schedule; `undefined` when it is valid. */
export function cronScheduleComplaint(schedule: string): string | undefined {
  const text = schedule.trim();
  if (text.startsWith('@')) {
    const isKnown = shortcuts.includes(text) || everyPattern.test(text);
    return isKnown ? undefined : `unknown shortcut; use one of ${shortcuts.join(', ')} or @every 1h30m`;
  }
  const parts = text.split(/\s+/);
  if (text === '' || parts.length !== fields.length) {
    return `must have 5 fields (minute, hour, day of month, month, day of week), found ${text === '' ? 0 : parts.length}`;
  }
  for (const [index, field] of fields.entries()) {
    const complaint = fieldComplaint(parts[index] ?? '', field);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function fieldComplaint(text: string, field: CronField): string | undefined {
  for (const item of text.split(',')) {
    const complaint = itemComplaint(item, field);
    if (complaint !== undefined) return `${field.name}: ${complaint}`;
  }
  return undefined;
}

/** `*`, `?`, `5`, `1-5`, each possibly with `/step`. */
function itemComplaint(item: string, field: CronField): string | undefined {
  const [range = '', step, ...rest] = item.split('/');
  if (rest.length > 0 || (step !== undefined && !/^[1-9][0-9]*$/.test(step))) {
    return `"${item}" has a step that is no positive number`;
  }
  if (range === '*' || range === '?') return undefined;
  const [first = '', last, ...more] = range.split('-');
  const low = numberOf(first, field);
  const high = last === undefined ? low : numberOf(last, field);
  if (more.length > 0 || low === undefined || high === undefined) {
    return `"${item}" must be *, a number from ${field.min} to ${field.max}, or a range of such numbers`;
  }
  return low > high ? `"${item}" is a range that ends before it starts` : undefined;
}

function numberOf(text: string, { min, max, words }: CronField): number | undefined {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return word + min;
  if (!/^[0-9]{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
