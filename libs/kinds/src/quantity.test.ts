import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliUnits,
  parseMilliUnits,
  parseQuantity,
  parseWholeUnits,
  QuantitySyntaxError,
  subtractQuantities,
  tryParseQuantity,
  wholeUnits,
} from './quantity.ts';

describe('canonical text', () => {
  it.each([
    ['0', '0'],
    ['0.0Mi', '0'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['1500', '1500'],
    ['1000', '1k'],
    ['100', '100'],
    ['12345', '12345'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['1023Mi', '1023Mi'],
    ['1Ki', '1Ki'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['0.0001Ki', '102400u'],
    ['0.1Ki', '102400m'],
    ['1e3', '1e3'],
    ['12E4', '120e3'],
    ['1E', '1E'],
    ['1000E', '1000E'],
    ['1e-3', '1e-3'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1.2345678901', '1234567891n'],
    ['-250m', '-250m'],
    ['-1.5Gi', '-1536Mi'],
    ['+7', '7'],
    ['007', '7'],
    ['16Ei', '9223372036854775807'],
    [2, '2'],
    [0.25, '250m'],
    [1e21, '1e21'],
  ])('%s is printed as %s', (input, expected) => {
    expect(canonicalQuantity(input)).toBe(expected);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1.1.M',
    '1+1.0M',
    '0.1mi',
    '.5i',
    '-3.01e-',
    '1K',
    'aoeu',
    '.',
    '+',
    '1e',
    'm',
    '1e999999',
  ])('refuses %j', (text) => {
    expect(() => parseQuantity(text)).toThrow(QuantitySyntaxError);
    expect(tryParseQuantity(text)).toBeUndefined();
  });

  it('refuses a text long enough to be an attack', () => {
    expect(() => parseQuantity('1'.repeat(10_000))).toThrow(QuantitySyntaxError);
  });
});

describe('whole and milli units', () => {
  it.each([
    ['1m', 1n, 1n],
    ['1.5', 2n, 1500n],
    ['-1.5', -2n, -1500n],
    ['1u', 1n, 1n],
    ['-1u', -1n, -1n],
    ['2Gi', 2147483648n, 2147483648000n],
    ['9007199254740993', 9007199254740993n, 9007199254740993000n],
    ['110', 110n, 110000n],
    ['1k', 1000n, 1000000n],
    ['1e3', 1000n, 1000000n],
    [4, 4n, 4000n],
    [0.1, 1n, 100n],
  ])('%s rounds away from zero', (input, whole, milli) => {
    expect([parseWholeUnits(input), parseMilliUnits(input)]).toEqual([whole, milli]);
  });
});

const suffix = fc.constantFrom(
  '',
  'n',
  'u',
  'm',
  'k',
  'M',
  'G',
  'T',
  'P',
  'E',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
  'e2',
  'E3',
  'e-2',
);
const quantityText = fc
  .tuple(fc.constantFrom('', '-', '+'), fc.nat(999_999_999), fc.option(fc.nat(99_999)), suffix)
  .map(([sign, whole, fraction, unit]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${unit}`);

describe('laws', () => {
  it('printing and parsing again keeps the value, and printing is a fixed point', () => {
    fc.assert(
      fc.property(quantityText, (text) => {
        const parsed = parseQuantity(text);
        const printed = formatQuantity(parsed);
        expect(parseQuantity(printed).nanos).toBe(parsed.nanos);
        expect(formatQuantity(parseQuantity(printed))).toBe(printed);
        expect(canonicalQuantity(text)).toBe(printed);
      }),
    );
  });

  it('the fast path agrees with the exact one', () => {
    fc.assert(
      fc.property(quantityText, (text) => {
        expect(parseWholeUnits(text)).toBe(wholeUnits(parseQuantity(text)));
        expect(parseMilliUnits(text)).toBe(milliUnits(parseQuantity(text)));
      }),
    );
  });

  it('subtraction undoes addition, and comparison follows the value', () => {
    fc.assert(
      fc.property(quantityText, quantityText, (leftText, rightText) => {
        const left = parseQuantity(leftText);
        const right = parseQuantity(rightText);
        expect(subtractQuantities(addQuantities(left, right), right).nanos).toBe(left.nanos);
        const difference = subtractQuantities(left, right).nanos;
        expect(compareQuantities(left, right)).toBe(difference === 0n ? 0 : difference < 0n ? -1 : 1);
      }),
    );
  });

  it('no rounding is lossy downwards', () => {
    fc.assert(
      fc.property(quantityText, (text) => {
        const { nanos } = parseQuantity(text);
        const whole = wholeUnits({ nanos, format: 'decimal-si' }) * 1_000_000_000n;
        const excess = nanos < 0n ? nanos - whole : whole - nanos;
        expect(excess >= 0n && excess < 1_000_000_000n).toBe(true);
      }),
    );
  });
});

it('a sum keeps the family of suffixes of its left side, unless that is zero', () => {
  expect(sum('1Gi', '1G')).toBe('2073741824');
  expect(sum('1Gi', '1024Mi')).toBe('2Gi');
  expect(sum('0', '1Gi')).toBe('1Gi');
  expect(sum('1500m', '500m')).toBe('2');
});

function sum(left: string, right: string): string {
  return formatQuantity(addQuantities(parseQuantity(left), parseQuantity(right)));
}
