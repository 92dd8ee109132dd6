import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch, valueAtPointer } from './json-patch.ts';
import { formatPointer, parsePointer } from './json-pointer.ts';
import { OverrideFailure } from './override-failure.ts';

const document = { a: { b: [1, 2], 'x/y': 'z', 't~': 1 }, n: null };

describe('applyPatch', () => {
  it.each([
    ['add', '/a/c', 1, { ...document, a: { ...document.a, c: 1 } }],
    ['add', '/a/b/1', 9, { ...document, a: { ...document.a, b: [1, 9, 2] } }],
    ['add', '/a/b/-', 9, { ...document, a: { ...document.a, b: [1, 2, 9] } }],
    ['replace', '/a/x~1y', 'w', { ...document, a: { ...document.a, 'x/y': 'w' } }],
    ['replace', '/a/t~0', 2, { ...document, a: { ...document.a, 't~': 2 } }],
    ['remove', '/a/b/0', undefined, { ...document, a: { ...document.a, b: [2] } }],
    ['remove', '/n', undefined, { a: document.a }],
  ] as const)('does %s at %s', (operator, path, value, expected) => {
    expect(applyPatch(document, { operator, path, value })).toEqual(expected);
  });

  it.each([
    ['add', '/missing/child'],
    ['add', '/a/b/3'],
    ['add', '/a/b/01'],
    ['add', '/a/x~1y/deep'],
    ['replace', '/a/missing'],
    ['replace', '/a/b/-'],
    ['remove', '/missing'],
    ['remove', '/a/b/2'],
    ['remove', ''],
    ['add', 'a/b'],
    ['add', '/a~2'],
  ] as const)('refuses %s at %s', (operator, path) => {
    expect(() => applyPatch(document, { operator, path, value: 1 })).toThrow(OverrideFailure);
  });

  it('does not reach the prototype', () => {
    const patched = applyPatch({}, { operator: 'add', path: '/__proto__', value: { polluted: true } });
    expect(Object.hasOwn(patched as object, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(() => applyPatch({}, { operator: 'add', path: '/constructor/x', value: 1 })).toThrow(OverrideFailure);
  });

  it('shares what it does not change', () => {
    const patched = applyPatch(document, { operator: 'add', path: '/new', value: 1 }) as typeof document;
    expect(patched.a).toBe(document.a);
    expect(document).not.toHaveProperty('new');
  });

  it('puts values where the pointer finds them again', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (key, value) => {
        const path = formatPointer([key]);
        const patched = applyPatch({}, { operator: 'add', path, value });
        expect(valueAtPointer(patched, parsePointer(path) ?? [])).toEqual(value);
      }),
    );
  });
});
