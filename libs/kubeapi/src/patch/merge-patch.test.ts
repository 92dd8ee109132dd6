import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyMergePatch } from './merge-patch.ts';

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A, whose document and patch are objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('merges %j with %j', (document, patch, object) => {
    expect(applyMergePatch(document, patch)).toEqual({ kind: 'patched', object });
  });

  it.each([[null], [[1]], ['x'], [1]])('refuses %j', (patch) => {
    expect(applyMergePatch({}, patch)).toMatchObject({ kind: 'failed', code: 'malformed' });
  });

  it('keeps a member called __proto__ a member', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}') as unknown;
    const outcome = applyMergePatch({}, patch);
    expect(JSON.stringify(outcome)).toContain('"__proto__":{"polluted":true}');
    expect({}).not.toHaveProperty('polluted');
  });

  it('gives the same when applied twice', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(object, object, (document, patch) => {
        const once = applyMergePatch(document, patch);
        if (once.kind !== 'patched') throw new Error(once.message);
        expect(applyMergePatch(once.object, patch)).toEqual(once);
      }),
    );
  });
});
