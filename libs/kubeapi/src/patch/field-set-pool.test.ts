import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EMPTY_SET, MEMBER, type FieldSet } from './field-set.ts';
import { FieldSetPool } from './field-set-pool.ts';

type Shape = readonly (readonly [string, Shape])[];

const names = fc.constantFrom('a', 'b', '.', '__proto__', 'k:{"a":1}');
const none: Shape = [];

function shapeOf(depth: number): fc.Arbitrary<Shape> {
  if (depth === 0) return fc.constant(none);
  return fc.uniqueArray(fc.tuple(names, shapeOf(depth - 1)), { selector: ([name]) => name });
}

const shape = shapeOf(4);

function pooled(pool: FieldSetPool, kind: 'record' | 'changed-record', elements: Shape): FieldSet {
  let step = pool.begin(kind);
  for (const [name, below] of elements) step = pool.add(step, name, pooled(pool, 'record', below));
  return pool.setOf(step);
}

function plain(elements: Shape, isMember: boolean): FieldSet {
  if (elements.length === 0) return {};
  const fields = elements.map(([name, below]) => [`f:${name}`, plain(below, true)] as const);
  return { ...(isMember && { '.': {} }), ...Object.fromEntries(fields) };
}

describe('a pool of field sets', () => {
  it('answers the set that its elements make, in their order, whatever was built before', () => {
    const pool = new FieldSetPool();
    fc.assert(
      fc.property(shape, (elements) => {
        const set = pooled(pool, 'changed-record', elements);
        expect(JSON.stringify(set)).toBe(JSON.stringify(plain(elements, false)));
        expect(pooled(pool, 'changed-record', elements)).toBe(set);
        expect(JSON.stringify(pooled(pool, 'record', elements))).toBe(JSON.stringify(plain(elements, true)));
      }),
    );
  });

  it('goes on with right answers when it has to forget, even in the middle of a node', () => {
    const pool = new FieldSetPool(1000);
    fc.assert(
      fc.property(shape, (elements) => {
        const set = pooled(pool, 'record', elements);
        expect(JSON.stringify(set)).toBe(JSON.stringify(plain(elements, true)));
      }),
    );
  });

  it('knows a node without elements: a member, or nothing at all', () => {
    const pool = new FieldSetPool();
    expect(pool.setOf(pool.begin('record'))).toBe(MEMBER);
    expect(pool.setOf(pool.begin('list'))).toBe(MEMBER);
    expect(pool.setOf(pool.begin('changed-record'))).toBe(EMPTY_SET);
    expect(pool.setOf(pool.begin('changed-list'))).toBe(EMPTY_SET);
  });

  it('makes list items that come twice one member, because they cannot be told apart', () => {
    const pool = new FieldSetPool();
    const item = pool.setOf(pool.add(pool.begin('record'), 'name', MEMBER));
    const twice = pool.add(pool.add(pool.begin('list'), 'k:{"name":"a"}', item), 'k:{"name":"a"}', item);
    expect(pool.setOf(twice)).toStrictEqual({ '.': {}, 'k:{"name":"a"}': {} });
  });
});
