import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFieldSelector, exactFieldValue, FieldSelectorError } from './field-selector.ts';
import { formatFieldSelector, parseFieldSelector, type FieldRequirement } from './field-selector.ts';

interface Named {
  readonly name: string;
  readonly phase: string;
}
const getters = { 'metadata.name': (object: Named) => object.name, 'status.phase': (object: Named) => object.phase };

describe('field selectors', () => {
  it.each([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==a,status.phase!=Failed', true],
    ['metadata.name!=a', false],
    ['status.phase=', false],
  ])('%j matches: %s', (text, expected) => {
    expect(compileFieldSelector(parseFieldSelector(text), getters)({ name: 'a', phase: 'Running' })).toBe(expected);
  });

  it.each(['metadata.name', 'a=b=c', 'a=\\x'])('refuses %j', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(FieldSelectorError);
  });

  it('refuses a field that the kind does not offer, inherited names included', () => {
    expect(() => compileFieldSelector(parseFieldSelector('spec.x=1'), getters)).toThrow(
      'field label not supported: spec.x',
    );
    expect(() => compileFieldSelector(parseFieldSelector('constructor=1'), getters)).toThrow(FieldSelectorError);
  });

  it('finds the value that a selector fixes', () => {
    expect(exactFieldValue(parseFieldSelector('a!=1,metadata.name=x'), 'metadata.name')).toBe('x');
    expect(exactFieldValue(parseFieldSelector('metadata.name!=x'), 'metadata.name')).toBeUndefined();
  });

  it('reads back what it prints, whatever the value', () => {
    const requirement: fc.Arbitrary<FieldRequirement> = fc.record({
      field: fc.constantFrom('metadata.name', 'spec.nodeName'),
      operator: fc.constantFrom<'=' | '!='>('=', '!='),
      value: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(requirement), (requirements) => {
        expect(parseFieldSelector(formatFieldSelector(requirements))).toEqual(requirements);
      }),
    );
  });
});
