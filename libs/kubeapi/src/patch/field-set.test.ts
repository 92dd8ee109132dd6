import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  differenceOf,
  EMPTY_SET,
  equalSets,
  intersectionOf,
  isEmptySet,
  isSubset,
  membersOf,
  recursiveDifferenceOf,
  setOfPaths,
  unionOf,
  type FieldSet,
} from './field-set.ts';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"1"');
const fieldSet = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 }).map(setOfPaths);
const paths = (set: FieldSet): ReadonlySet<string> => new Set([...membersOf(set)].map((path) => path.join('/')));

describe('field sets', () => {
  it('hold exactly the paths they are made of', () => {
    fc.assert(
      fc.property(fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (list) => {
        expect(paths(setOfPaths(list))).toEqual(new Set(list.map((path) => path.join('/'))));
      }),
    );
  });

  it('unite, subtract and intersect like sets of paths', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (left, right) => {
        const [a, b] = [paths(left), paths(right)];
        expect(paths(unionOf(left, right))).toEqual(a.union(b));
        expect(paths(differenceOf(left, right))).toEqual(a.difference(b));
        expect(paths(intersectionOf(left, right))).toEqual(a.intersection(b));
        expect(isSubset(left, right)).toBe(a.isSubsetOf(b));
        expect(equalSets(left, right)).toBe(a.size === b.size && a.isSubsetOf(b));
      }),
    );
  });

  it('answer the same value for the same set, whichever way it came about', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (left, right) => {
        const rebuilt = unionOf(differenceOf(left, right), intersectionOf(left, right));
        expect(equalSets(rebuilt, left)).toBe(true);
        expect(isEmptySet(differenceOf(left, left))).toBe(true);
        expect(unionOf(left, EMPTY_SET)).toBe(left);
        expect(unionOf(left, left)).toBe(left);
      }),
    );
  });

  it('subtract recursively: what lies below a member goes with it', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (left, right) => {
        const gone = [...paths(right)];
        const expected = [...paths(left)].filter(
          (path) => !gone.some((top) => path === top || path.startsWith(`${top}/`)),
        );
        expect(paths(recursiveDifferenceOf(left, right))).toEqual(new Set(expected));
      }),
    );
  });
});
