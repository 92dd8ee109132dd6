import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelRequirement } from './label-selector.ts';
import { formatLabelSelector, LabelSelectorSyntaxError, parseLabelSelector } from './label-selector-syntax.ts';

describe('text selectors', () => {
  it.each<[string, readonly LabelRequirement[]]>([
    ['', []],
    ['  ', []],
    ['a=b', [{ key: 'a', operator: 'In', values: ['b'] }]],
    [' a == b ', [{ key: 'a', operator: 'In', values: ['b'] }]],
    ['a=', [{ key: 'a', operator: 'In', values: [''] }]],
    ['a!=b', [{ key: 'a', operator: 'NotIn', values: ['b'] }]],
    ['x/a', [{ key: 'x/a', operator: 'Exists', values: [] }]],
    ['!a', [{ key: 'a', operator: 'DoesNotExist', values: [] }]],
    ['a in (x, y)', [{ key: 'a', operator: 'In', values: ['x', 'y'] }]],
    ['a in (x,)', [{ key: 'a', operator: 'In', values: ['x', ''] }]],
    ['a notin (x)', [{ key: 'a', operator: 'NotIn', values: ['x'] }]],
    ['a>1', [{ key: 'a', operator: 'Gt', values: ['1'] }]],
    ['a < 2', [{ key: 'a', operator: 'Lt', values: ['2'] }]],
    ['in', [{ key: 'in', operator: 'Exists', values: [] }]],
    [
      'c,b=1,!a',
      [
        { key: 'a', operator: 'DoesNotExist', values: [] },
        { key: 'b', operator: 'In', values: ['1'] },
        { key: 'c', operator: 'Exists', values: [] },
      ],
    ],
  ])('reads %j', (text, expected) => {
    expect(parseLabelSelector(text)).toEqual(expected);
  });

  it.each([
    ['=', "found '=', expected: identifier"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in x', "found 'x', expected: '('"],
    ['a in (x', "found '', expected: ',' or ')'"],
    ['a b', "found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a>b', "for 'Gt', 'Lt' operators, the value must be an integer"],
    ['-a', 'name part must consist of'],
    ['a=$', 'a valid label must be an empty string'],
    ['a/b/c', 'a qualified name must consist of'],
  ])('refuses %j', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(LabelSelectorSyntaxError);
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  it('never fails with anything but its own error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '!', '=', ',', '(', ')', ' ', 'in', '>', '1') }), (text) => {
        const error = failureOf(text);
        expect(error === undefined || error instanceof LabelSelectorSyntaxError).toBe(true);
      }),
    );
  });

  it('reads back what it prints', () => {
    const key = fc.constantFrom('a', 'b', 'example.com/c', 'in', 'notin');
    const value = fc.constantFrom('x', 'y', 'z-1');
    const requirement = fc.oneof(
      fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values: fc.uniqueArray(value, { minLength: 1 }) }),
      fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist'), values: fc.constant([]) }),
    );
    fc.assert(
      fc.property(fc.array(requirement), (requirements) => {
        const sorted = requirements
          .map((one): LabelRequirement => ({ ...one, values: sortedTexts(one.values) }))
          .toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
        expect(parseLabelSelector(formatLabelSelector(sorted))).toEqual(sorted);
      }),
    );
  });
});

function failureOf(text: string): unknown {
  try {
    parseLabelSelector(text);
    return undefined;
  } catch (error) {
    return error;
  }
}

function sortedTexts(texts: readonly string[]): readonly string[] {
  return texts.toSorted();
}
