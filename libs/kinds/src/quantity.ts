/**
 * Kubernetes' resource quantity: a decimal number with a suffix (`250m`, `1.5Gi`, `12e6`), exact in both directions.
 *
 * Model: a value is an integer count of nano units (10⁻⁹), held as a bigint, plus the family of suffixes it was written in, which is kept for
 * printing. Parsing rounds away from zero to whole nanos, so a request is never lost. Printing is canonical: no fraction, the largest suffix
 * that keeps the number whole, binary values that are not whole (or smaller than 1Ki) printed in the decimal family.
 * Quantities written with binary suffixes are capped at 2⁶³−1, as Kubernetes does.
 */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** `decimal-si`: n u m k M G T P E. `binary-si`: Ki Mi Gi Ti Pi Ei. `decimal-exponent`: e3, E6. */
export type QuantityFormat = 'decimal-si' | 'binary-si' | 'decimal-exponent';

/** What manifests hold: a string, or a bare JSON number. */
export type QuantityInput = string | number;

/** The text is not a quantity. The message is kube-apiserver's. */
export class QuantitySyntaxError extends Error {
  override readonly name = 'QuantitySyntaxError';
}

const nanosPerUnit = 1_000_000_000n;
const nanosPerMilli = 1_000_000n;
const binaryMax = ((1n << 63n) - 1n) * nanosPerUnit;
const textLengthMax = 512;
/** Beyond it a bigint would be a way to exhaust memory; Kubernetes' own limit for a useful value is 18. */
const exponentMax = 512;

const grammar = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$/;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

export const zeroQuantity: Quantity = { nanos: 0n, format: 'decimal-si' };

/** Throws {@link QuantitySyntaxError}. */
export function parseQuantity(input: QuantityInput): Quantity {
  const text = typeof input === 'number' ? String(input) : input;
  const match = text.length <= textLengthMax ? grammar.exec(text) : null;
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole.length + fraction.length === 0) {
    throw new QuantitySyntaxError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  const suffix = match[4] ?? '';
  const isNegative = match[1] === '-';
  const digits = BigInt(whole + fraction);
  return suffix.endsWith('i')
    ? fromBinary(digits, fraction.length, suffix, isNegative)
    : fromDecimal(digits, fraction.length, suffix, isNegative);
}

/** `undefined` where {@link parseQuantity} throws, and for anything that is neither string nor number. */
export function tryParseQuantity(input: unknown): Quantity | undefined {
  if (typeof input !== 'string' && typeof input !== 'number') return undefined;
  try {
    return parseQuantity(input);
  } catch (error) {
    if (error instanceof QuantitySyntaxError) return undefined;
    throw error;
  }
}

function fromBinary(digits: bigint, fractionLength: number, suffix: string, isNegative: boolean): Quantity {
  const shift = BigInt(binarySuffixes.findIndex((candidate) => candidate === suffix) * 10);
  const exact = (digits << shift) * nanosPerUnit;
  const magnitude = ceilingDivide(exact, 10n ** BigInt(fractionLength));
  const capped = magnitude > binaryMax ? binaryMax : magnitude;
  const format = capped > 0n && capped < nanosPerUnit ? 'decimal-si' : 'binary-si';
  return { nanos: isNegative ? -capped : capped, format };
}

function fromDecimal(digits: bigint, fractionLength: number, suffix: string, isNegative: boolean): Quantity {
  const isExponent = suffix.length > 1;
  const exponent = isExponent ? Number(suffix.slice(1)) : (decimalExponents[suffix] ?? 0);
  if (Math.abs(exponent) > exponentMax) {
    throw new QuantitySyntaxError(`unable to parse quantity's suffix: exponent ${exponent} is out of range`);
  }
  const shift = exponent - fractionLength + 9;
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : ceilingDivide(digits, 10n ** BigInt(-shift));
  return { nanos: isNegative ? -magnitude : magnitude, format: isExponent ? 'decimal-exponent' : 'decimal-si' };
}

/** Of a non-negative dividend. */
function ceilingDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** Canonical text, what kube-apiserver would return. `parseQuantity(formatQuantity(q))` has the same value as `q`. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  if (format === 'binary-si' && isPrintedBinary(nanos)) return formatBinary(nanos / nanosPerUnit);
  // E is the largest suffix; a larger number is printed with more digits instead.
  const exponentLimit = format === 'decimal-exponent' ? Number.POSITIVE_INFINITY : 18;
  let mantissa = nanos;
  let exponent = -9;
  while (mantissa % 1000n === 0n && exponent < exponentLimit) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (exponent === 0) return String(mantissa);
  return format === 'decimal-exponent' ? `${mantissa}e${exponent}` : `${mantissa}${decimalSuffixes.get(exponent)}`;
}

function isPrintedBinary(nanos: bigint): boolean {
  const magnitude = nanos < 0n ? -nanos : nanos;
  return magnitude >= 1024n * nanosPerUnit && magnitude % nanosPerUnit === 0n;
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let step = 0;
  while (step < binarySuffixes.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    step += 1;
  }
  return `${mantissa}${binarySuffixes[step]}`;
}

/** `1000m` → `1`. Throws {@link QuantitySyntaxError}. */
export function canonicalQuantity(input: QuantityInput): string {
  const isPlain = typeof input === 'string' && input.length < 16 && /^(?:0|[1-9][0-9]*)$/.test(input);
  if (isPlain && !input.endsWith('000')) return input;
  return formatQuantity(parseQuantity(input));
}

export function compareQuantities(left: Quantity, right: Quantity): -1 | 0 | 1 {
  if (left.nanos === right.nanos) return 0;
  return left.nanos < right.nanos ? -1 : 1;
}

/** The sum keeps the left side's suffix family, unless the left side is zero. */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  return { nanos: left.nanos + right.nanos, format: left.nanos === 0n ? right.format : left.format };
}

export function subtractQuantities(left: Quantity, right: Quantity): Quantity {
  return { nanos: left.nanos - right.nanos, format: left.nanos === 0n ? right.format : left.format };
}

/** Whole units, rounded away from zero: Kubernetes' `Value()`. */
export function wholeUnits(quantity: Quantity): bigint {
  return awayFromZero(quantity.nanos, nanosPerUnit);
}

/** Thousandths, rounded away from zero: Kubernetes' `MilliValue()`. */
export function milliUnits(quantity: Quantity): bigint {
  return awayFromZero(quantity.nanos, nanosPerMilli);
}

function awayFromZero(nanos: bigint, divisor: bigint): bigint {
  return nanos < 0n ? -ceilingDivide(-nanos, divisor) : ceilingDivide(nanos, divisor);
}

/** `parseWholeUnits('1.5Ki')` = 1536n. The usual plain integers and binary suffixes take a path without big divisions. */
export function parseWholeUnits(input: QuantityInput): bigint {
  const fast = fastUnits(input, 1);
  return fast === undefined ? wholeUnits(parseQuantity(input)) : BigInt(fast);
}

/** `parseMilliUnits('250m')` = 250n, `parseMilliUnits('2')` = 2000n. */
export function parseMilliUnits(input: QuantityInput): bigint {
  const fast = fastUnits(input, 1000);
  return fast === undefined ? milliUnits(parseQuantity(input)) : BigInt(fast);
}

const digitZero = 48;
const digitNine = 57;

/** The value times `scale` for non-negative integers with no suffix, `m` (scale 1000 only) or Ki/Mi/Gi; otherwise undefined: ask the slow path. */
function fastUnits(input: QuantityInput, scale: 1 | 1000): number | undefined {
  if (typeof input === 'number') {
    return Number.isSafeInteger(input * scale) && Number.isInteger(input) ? input * scale : undefined;
  }
  let value = 0;
  let index = 0;
  for (; index < input.length; index += 1) {
    const code = input.charCodeAt(index);
    if (code < digitZero || code > digitNine) break;
    value = value * 10 + (code - digitZero);
  }
  if (index === 0 || index > 15) return undefined;
  const factor = fastFactor(input, index, scale);
  const result = factor === undefined ? undefined : value * factor;
  return result !== undefined && Number.isSafeInteger(result) ? result : undefined;
}

function fastFactor(text: string, suffixStart: number, scale: 1 | 1000): number | undefined {
  if (suffixStart === text.length) return scale;
  switch (text.slice(suffixStart)) {
    case 'm':
      return scale === 1000 ? 1 : undefined;
    case 'Ki':
      return 1024 * scale;
    case 'Mi':
      return 1048576 * scale;
    case 'Gi':
      return 1073741824 * scale;
    default:
      return undefined;
  }
}
