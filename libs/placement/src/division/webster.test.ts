import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv32a, tieOrderOf } from './tie-order.ts';
import { divideByWebster, type Party, type TieOrder } from './webster.ts';

const parties = fc
  .uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 4 }), votes: fc.nat(1_000) }), {
    selector: ({ name }) => name,
    maxLength: 12,
  })
  .map((list) => list.toSorted((left, right) => (left.name < right.name ? -1 : 1)));
const tie = fc.constantFrom<TieOrder>('ascending', 'descending');

/** One seat after the other, as the method is defined. */
function plainly(list: readonly Party[], seats: number, order: TieOrder): readonly number[] {
  const given = list.map(() => 0);
  const quotient = (index: number): number => (list[index]?.votes ?? 0) / (2 * (given[index] ?? 0) + 1);
  const beats = (left: number, right: number): boolean => {
    if (quotient(left) !== quotient(right)) return quotient(left) > quotient(right);
    if (given[left] !== given[right]) return (given[left] ?? 0) < (given[right] ?? 0);
    return order === 'ascending' ? left < right : left > right;
  };
  const voters = list.map((_, index) => index).filter((index) => (list[index]?.votes ?? 0) > 0);
  for (let seat = 0; seat < seats && voters.length > 0; seat += 1) {
    const winner = voters.reduce((best, index) => (beats(index, best) ? index : best));
    given[winner] = (given[winner] ?? 0) + 1;
  }
  return given;
}

describe('divideByWebster', () => {
  it.each([
    { name: 'weights 1:2:1', votes: [1, 2, 1], seats: 4, want: [1, 2, 1] },
    { name: 'odd seats go to the first names', votes: [1, 1, 1], seats: 4, want: [2, 1, 1] },
    { name: 'no seats', votes: [5, 5], seats: 0, want: [0, 0] },
    { name: 'no votes', votes: [0, 0], seats: 3, want: [0, 0] },
    { name: 'votes beyond what products of doubles hold', votes: [2 ** 52, 2 ** 52 - 1], seats: 3, want: [2, 1] },
  ])('$name', ({ votes, seats, want }) => {
    const list = votes.map((count, index) => ({ name: `m${index}`, votes: count }));
    expect(divideByWebster(list, seats, 'ascending')).toEqual(want);
  });

  it('gives the odd seat to the last name when descending', () => {
    const list = ['a', 'b', 'c'].map((name) => ({ name, votes: 1 }));
    expect(divideByWebster(list, 4, 'descending')).toEqual([1, 1, 2]);
  });

  it('agrees with giving one seat after the other', () => {
    fc.assert(
      fc.property(parties, fc.nat(300), tie, (list, seats, order) => {
        expect(divideByWebster(list, seats, order)).toEqual(plainly(list, seats, order));
      }),
    );
  });

  it('gives out exactly the seats, and none without votes', () => {
    fc.assert(
      fc.property(parties, fc.nat(100_000), tie, (list, seats, order) => {
        const given = divideByWebster(list, seats, order);
        const hasVotes = list.some(({ votes }) => votes > 0);
        expect(given.reduce((sum, count) => sum + count, 0)).toBe(hasVotes ? seats : 0);
        expect(given.filter((count, index) => count > 0 && list[index]?.votes === 0)).toEqual([]);
      }),
    );
  });

  it('is monotone: one more seat takes none from anybody, and more votes never mean fewer seats', () => {
    fc.assert(
      fc.property(parties, fc.nat(500), tie, (list, seats, order) => {
        const before = divideByWebster(list, seats, order);
        const after = divideByWebster(list, seats + 1, order);
        expect(before.filter((count, index) => (after[index] ?? 0) < count)).toEqual([]);
        const byVotes = list
          .map(({ votes }, index) => ({ votes, count: before[index] ?? 0 }))
          .toSorted((left, right) => left.votes - right.votes || left.count - right.count);
        const counts = byVotes.map(({ count }) => count);
        expect(counts).toEqual(counts.toSorted((left, right) => left - right));
      }),
    );
  });
});

describe('tieOrderOf', () => {
  it('hashes as FNV-1a does', () => {
    expect(fnv32a('')).toBe(0x811c9dc5);
    expect(fnv32a('a')).toBe(0xe40c292c);
    expect(fnv32a('foobar')).toBe(0xbf9cf968);
  });

  it('is ascending without a UID and differs between workloads', () => {
    expect(tieOrderOf('')).toBe('ascending');
    expect(new Set(['a', 'b', 'c', 'd'].map(tieOrderOf)).size).toBe(2);
  });
});
