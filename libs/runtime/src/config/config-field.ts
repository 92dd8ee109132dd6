/** One setting: where it comes from, what it means, how its text becomes a value. */
export interface ConfigField<T> {
  /** Environment variable. */
  readonly variable: string;
  /** One sentence. */
  readonly help: string;
  /** What may be written, for people: `a duration, as 30s`. */
  readonly format: string;
  /** Text that stands in when the variable isn't set. */
  readonly defaultText: string | undefined;
  readonly isRequired: boolean;
  /** Never printed; may come from a file named by `<variable>_FILE`. */
  readonly isSecret: boolean;
  /** The value, or what is wrong with the text. */
  readonly parse: (text: string) => { readonly value: T } | { readonly problem: string };
  /** The value when there's neither text nor default. */
  readonly absent: T | undefined;
}

export interface FieldOptions {
  readonly variable: string;
  readonly help: string;
  /** Without one, the setting must be given. */
  readonly default?: string;
}

export interface RangeOptions extends FieldOptions {
  /** Smallest value allowed, written like the value itself. */
  readonly min?: string;
  readonly max?: string;
}

type Parse<T> = ConfigField<T>['parse'];

function field<T>(
  { variable, help, default: defaultText }: FieldOptions,
  format: string,
  parse: Parse<T>,
): ConfigField<T> {
  return {
    variable,
    help,
    format,
    parse,
    defaultText,
    isRequired: defaultText === undefined,
    isSecret: false,
    absent: undefined,
  };
}

export function text(options: FieldOptions): ConfigField<string> {
  return field(options, 'text', (value) => ({ value }));
}

export function flag(options: FieldOptions): ConfigField<boolean> {
  return field(options, 'true or false', (value) =>
    value === 'true' || value === 'false' ? { value: value === 'true' } : { problem: 'must be true or false' },
  );
}

export function oneOf<const V extends string>(values: readonly V[], options: FieldOptions): ConfigField<V> {
  return field(options, values.join(', '), (given) => {
    const value = values.find((each) => each === given);
    return value === undefined ? { problem: `must be one of ${values.join(', ')}` } : { value };
  });
}

/** Comma-separated; empty parts are left out. */
export function textList(options: FieldOptions): ConfigField<readonly string[]> {
  return field(options, 'texts, separated by commas', (given) => ({
    value: given
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  }));
}

/** A number with or without fraction. */
export function number(options: RangeOptions): ConfigField<number> {
  return ranged(options, 'a number', (given) => (/^-?\d+(\.\d+)?$/.test(given) ? Number(given) : undefined));
}

export function integer(options: RangeOptions): ConfigField<number> {
  return ranged(options, 'a whole number', (given) => (/^-?\d{1,15}$/.test(given) ? Number(given) : undefined));
}

/** Milliseconds. */
export function duration(options: RangeOptions): ConfigField<number> {
  return ranged(options, 'a duration, as 250ms, 30s or 1h30m', parseDurationMs);
}

/** Bytes. */
export function size(options: RangeOptions): ConfigField<number> {
  return ranged(options, 'a size, as 512Ki, 64Mi or 2Gi', parseSizeBytes);
}

/** A value that is never printed. `<variable>_FILE` may name a file that holds it; the line's end is cut off. */
export function secret(options: FieldOptions): ConfigField<string> {
  return { ...text(options), format: 'text, or a file named by the variable with _FILE at its end', isSecret: true };
}

/** Need not be given: the value is undefined then. */
export function optional<T>(inner: ConfigField<T>): ConfigField<T | undefined> {
  return { ...inner, isRequired: false };
}

function ranged(
  options: RangeOptions,
  format: string,
  read: (given: string) => number | undefined,
): ConfigField<number> {
  const bound = (given: string | undefined): number | undefined => (given === undefined ? undefined : read(given));
  const [min = -Infinity, max = Infinity] = [bound(options.min), bound(options.max)];
  return field(options, `${format}${rangeText(options)}`, (given) => {
    const value = read(given);
    if (value === undefined) return { problem: `must be ${format}` };
    return value < min || value > max ? { problem: `must be ${rangeText(options).trim()}` } : { value };
  });
}

function rangeText({ min, max }: RangeOptions): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` at least ${min}`;
  return max === undefined ? '' : ` at most ${max}`;
}

const durationUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizeUnits: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

function parseDurationMs(given: string): number | undefined {
  if (!/^(\d{1,9}(ms|s|m|h|d))+$/.test(given)) return undefined;
  return given
    .matchAll(/(\d+)([a-z]+)/g)
    .reduce((sum, [, count, unit = '']) => sum + Number(count) * (durationUnitsMs[unit] ?? NaN), 0);
}

function parseSizeBytes(given: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,12})(Ki|Mi|Gi|Ti)?$/.exec(given) ?? [];
  const bytes = Number(count) * (sizeUnits[unit] ?? NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
