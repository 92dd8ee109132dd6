import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileLabelRequirements,
  compileLabelSelector,
  labelRequirements,
  matchesLabelSelector,
} from './label-selector.ts';
import { validateLabelSelector, type LabelSelector, type LabelSelectorRequirement } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', empty: '', size: '10' };

describe('LabelSelector objects', () => {
  it.each<[string, LabelSelector, boolean]>([
    ['an empty selector matches', {}, true],
    ['equal labels match', { matchLabels: { app: 'web', tier: 'front' } }, true],
    ['a different value does not', { matchLabels: { app: 'db' } }, false],
    ['a missing label does not', { matchLabels: { zone: '' } }, false],
    ['In with a listed value', { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'web'] }] }, true],
    ['In without the label', { matchExpressions: [{ key: 'x', operator: 'In', values: ['', 'y'] }] }, false],
    ['NotIn with a listed value', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
    ['NotIn without the label', { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['web'] }] }, true],
    ['Exists with an empty value', { matchExpressions: [{ key: 'empty', operator: 'Exists' }] }, true],
    ['Exists with an inherited property', { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
    ['DoesNotExist', { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] }, true],
    [
      'all conditions must hold',
      { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
      false,
    ],
  ])('%s', (_name, selector, expected) => {
    expect(matchesLabelSelector(selector, labels)).toBe(expected);
  });

  it('treats absent labels as none', () => {
    expect(compileLabelSelector({ matchLabels: { a: 'b' } })(undefined)).toBe(false);
    expect(compileLabelSelector({ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] })(undefined)).toBe(true);
  });

  it('In and NotIn are opposites for every object', () => {
    const value = fc.constantFrom('a', 'b', 'c', '');
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.option(value), (values, actual) => {
        const tested = actual === null ? {} : { key: actual };
        const isIn = matchesLabelSelector({ matchExpressions: [{ key: 'key', operator: 'In', values }] }, tested);
        const isNotIn = matchesLabelSelector({ matchExpressions: [{ key: 'key', operator: 'NotIn', values }] }, tested);
        expect(isIn).toBe(!isNotIn);
      }),
    );
  });
});

it('compares integers with Gt and Lt', () => {
  expect([compares('Gt', 'size', '9'), compares('Gt', 'size', '10'), compares('Lt', 'size', '11')]).toEqual([
    true,
    false,
    true,
  ]);
  expect([compares('Gt', 'app', '1'), compares('Lt', 'missing', '1')]).toEqual([false, false]);
});

it('turns matchLabels into requirements before the expressions', () => {
  const expression: LabelSelectorRequirement = { key: 'b', operator: 'Exists' };
  expect(labelRequirements({ matchLabels: { a: '1' }, matchExpressions: [expression] })).toEqual([
    { key: 'a', operator: 'In', values: ['1'] },
    { key: 'b', operator: 'Exists', values: [] },
  ]);
});

describe('validation', () => {
  it.each<[string, unknown, string, string]>([
    [
      'an unknown operator',
      { key: 'a', operator: 'Is' },
      'operator',
      'Invalid value: "Is": not a valid selector operator',
    ],
    [
      'In without values',
      { key: 'a', operator: 'In' },
      'values',
      "Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [
      'Exists with values',
      { key: 'a', operator: 'Exists', values: ['x'] },
      'values',
      "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
    ['a bad key', { key: '-a', operator: 'Exists' }, 'key', 'Invalid value: "-a": name part must consist of'],
    [
      'a bad value',
      { key: 'a', operator: 'In', values: ['ok', 'b c'] },
      'values[1]',
      'Invalid value: "b c": a valid label',
    ],
  ])('refuses %s', (_name, expression, field, message) => {
    const errors = validateLabelSelector(
      { matchExpressions: [expression as LabelSelectorRequirement] },
      'spec.selector',
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]!.field).toBe(`spec.selector.matchExpressions[0].${field}`);
    expect(errors[0]!.message).toContain(message);
  });

  it('accepts what is right', () => {
    const selector: LabelSelector = {
      matchLabels: { 'example.com/app': 'web' },
      matchExpressions: [{ key: 'a', operator: 'NotIn', values: [''] }],
    };
    expect(validateLabelSelector(selector, 'spec')).toEqual([]);
  });
});

function compares(operator: 'Gt' | 'Lt', key: string, bound: string): boolean {
  return compileLabelRequirements([{ key, operator, values: [bound] }])(labels);
}
