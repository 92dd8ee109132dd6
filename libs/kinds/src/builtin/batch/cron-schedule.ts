/** Syntax of cron schedules as Kubernetes accepts them: five fields, names of months and days, `@` words. */

interface FieldBounds {
  readonly minimum: number;
  readonly maximum: number;
  readonly names?: Readonly<Record<string, number>>;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly FieldBounds[] = [
  { minimum: 0, maximum: 59 },
  { minimum: 0, maximum: 23 },
  { minimum: 1, maximum: 31 },
  { minimum: 1, maximum: 12, names: Object.fromEntries(months.map((name, index) => [name, index + 1])) },
  { minimum: 0, maximum: 6, names: Object.fromEntries(days.map((name, index) => [name, index])) },
];

const words = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const durationPattern = /^@every (?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

/** What is wrong with a schedule; `undefined` when it is fine. */
export function cronComplaint(schedule: string): string | undefined {
  if (schedule.startsWith('@')) {
    const isKnown = words.has(schedule) || durationPattern.test(schedule);
    return isKnown ? undefined : `unrecognized descriptor: ${schedule}`;
  }
  const parts = schedule.split(/\s+/).filter((part) => part !== '');
  if (parts.length === 0) return 'empty spec string';
  if (parts.length !== fields.length) {
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  for (const [index, bounds] of fields.entries()) {
    const complaint = fieldComplaint(parts[index] ?? '', bounds);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function fieldComplaint(text: string, bounds: FieldBounds): string | undefined {
  for (const part of text.split(',')) {
    const complaint = rangeComplaint(part, bounds);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function rangeComplaint(text: string, bounds: FieldBounds): string | undefined {
  const [range = '', step, ...tooMany] = text.split('/');
  if (tooMany.length > 0) return `too many slashes: ${text}`;
  if (step !== undefined) {
    const size = numberOf(step);
    if (size === undefined) return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
    if (size === 0) return `step of range should be a positive number: ${text}`;
  }
  if (range === '*' || range === '?') return undefined;
  const [low = '', high = low, ...tooManyEnds] = range.split('-');
  if (tooManyEnds.length > 0) return `too many hyphens: ${text}`;
  const start = valueOf(low, bounds);
  const end = valueOf(high, bounds);
  if (start === undefined) return `failed to parse int from ${low}: strconv.Atoi: parsing "${low}": invalid syntax`;
  if (end === undefined) return `failed to parse int from ${high}: strconv.Atoi: parsing "${high}": invalid syntax`;
  if (start < bounds.minimum) return `beginning of range (${start}) below minimum (${bounds.minimum}): ${text}`;
  if (end > bounds.maximum) return `end of range (${end}) above maximum (${bounds.maximum}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return undefined;
}

function valueOf(text: string, bounds: FieldBounds): number | undefined {
  return bounds.names?.[text.toLowerCase()] ?? numberOf(text);
}

function numberOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
