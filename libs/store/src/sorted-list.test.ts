import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { CachedObject } from './cached-object.ts';
import { compareKeys, SortedList } from './sorted-list.ts';

const anObject = (namespace: string, name: string, revision: number): CachedObject =>
  new CachedObject({ group: '', resource: 'things' }, namespace, name, revision, Buffer.from(''), 0, undefined);

it('always equals the sorted set, however reads and changes alternate', () => {
  const change = fc.record({
    namespace: fc.constantFrom('a', 'b'),
    name: fc.nat({ max: 120 }).map(String),
    isGone: fc.boolean(),
    reads: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300, size: 'max' }), (changes) => {
      const objects = new Map<string, CachedObject>();
      const list = new SortedList(() => objects.values());
      changes.forEach(({ namespace, name, isGone, reads }, index) => {
        const object = anObject(namespace, name, index + 1);
        if (isGone) objects.delete(`${namespace}/${name}`);
        else objects.set(`${namespace}/${name}`, object);
        list.note(object, isGone);
        const sorted = [...objects.values()].toSorted(compareKeys);
        expect(reads ? list.read() : sorted).toStrictEqual(sorted);
      });
      expect(list.read()).toStrictEqual([...objects.values()].toSorted(compareKeys));
    }),
    { numRuns: 50 },
  );
});
