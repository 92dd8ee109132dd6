import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, type Assignment } from './assignment.ts';
import type { LeaseView, PartitionLease, Session } from './lease-view.ts';

const partitionCount = 24;

/** Replicas with what they own; epochs and times play no part. */
function viewOf(
  holdings: ReadonlyMap<string, readonly number[]>,
  counts: ReadonlyMap<string, number> = new Map(),
): LeaseView {
  const sessions = new Map<string, Session>();
  const partitions = new Map<number, PartitionLease>();
  let revision = 0;
  for (const [replica, owned] of holdings) {
    revision += 1;
    const partitionCountOf = counts.get(replica) ?? partitionCount;
    const session = `${replica}.1`;
    sessions.set(replica, {
      replica,
      session,
      beat: 0,
      enteredAt: revision,
      partitionCount: partitionCountOf,
      revision,
      seenAtMs: 0,
    });
    for (const partition of owned) partitions.set(partition, { holder: replica, session, epoch: 1, revision });
  }
  return { sessions, partitions };
}

function moved(before: Assignment, after: Assignment): number {
  let count = 0;
  for (const [replica, partitions] of after) {
    const had = new Set(before.get(replica) ?? []);
    count += partitions.filter((partition) => !had.has(partition)).length;
  }
  return count;
}

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 9 });

function balanced(replicas: readonly string[]): Assignment {
  return assign(viewOf(new Map(replicas.map((replica) => [replica, []]))), partitionCount);
}

describe('sharing out partitions', () => {
  it('gives each partition to one replica, and each replica its fair share', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        const assignment = balanced(replicas);
        expect([...assignment.values()].flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: partitionCount }, (_, partition) => partition),
        );
        const shares = [...assignment.values()].map(({ length }) => length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('comes to the same result in whatever order replicas are looked at', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        const entries = (assignment: Assignment) => [...assignment].toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(entries(balanced(replicas.toReversed()))).toEqual(entries(balanced(replicas)));
      }),
    );
  });

  it('leaves everything as it is where it is fair', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        const before = balanced(replicas);
        expect(moved(before, assign(viewOf(before), partitionCount))).toBe(0);
      }),
    );
  });

  it('moves to a newcomer just its share, and nothing else', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        const before = balanced(replicas);
        const after = assign(viewOf(new Map([...before, ['newcomer!', []]])), partitionCount);
        expect(moved(before, after)).toBe(after.get('newcomer!')?.length);
      }),
    );
  });

  it('moves just what the one who went had', () => {
    fc.assert(
      fc.property(names, (replicas) => {
        fc.pre(replicas.length > 1);
        const before = balanced(replicas);
        const [gone = ''] = replicas;
        const left = new Map([...before].filter(([replica]) => replica !== gone));
        expect(moved(left, assign(viewOf(left), partitionCount))).toBe(before.get(gone)?.length);
      }),
    );
  });

  it('gives nothing to who divides the work differently than who came before', () => {
    const view = viewOf(
      new Map([
        ['a', []],
        ['b', []],
        ['c', []],
      ]),
      new Map([['b', 7]]),
    );
    expect([...assign(view, partitionCount).keys()]).toEqual(['a']);
  });

  it('gives nothing away while nobody is there', () => {
    expect(assign(viewOf(new Map()), partitionCount).size).toBe(0);
  });
});
