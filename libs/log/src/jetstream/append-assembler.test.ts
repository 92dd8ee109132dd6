import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { noHeaders } from '../log-entry.ts';
import { AppendAssembler } from './append-assembler.ts';
import type { StoredMessage } from './stored-message.ts';

/** The messages of one append, the first at `start`. */
function messagesOf(start: number, subjects: readonly string[], tellsRest = true): readonly StoredMessage[] {
  return subjects.map((subject, index) => ({
    revision: start + index,
    subject,
    appendId: `append${start}`,
    appendStart: start,
    appendEnd: start + subjects.length - 1,
    deleted: false,
    timeMs: 0,
    headers: noHeaders,
    value: new Uint8Array(),
    rest: tellsRest ? subjects.slice(index + 1) : undefined,
    replaced: undefined,
  }));
}

const onlyA = (subject: string): boolean => subject.startsWith('a');

function taken(assembler: AppendAssembler): readonly number[] {
  return assembler.take().map(({ revision }) => revision);
}

describe('an append that a reader sees', () => {
  it('whole is ready with its last message, and not before', () => {
    const assembler = new AppendAssembler(() => true, 0);
    const [first, second] = messagesOf(1, ['a', 'b']);
    assembler.accept(first!);
    expect(taken(assembler)).toStrictEqual([]);
    expect(assembler.through).toBe(0);
    assembler.accept(second!);
    expect(taken(assembler)).toStrictEqual([1, 2]);
    expect(assembler.through).toBe(2);
  });

  it('in part is ready at once when none of the rest is for the reader', () => {
    const assembler = new AppendAssembler(onlyA, 0);
    assembler.accept(messagesOf(1, ['a', 'b', 'b'])[0]!);
    expect(taken(assembler)).toStrictEqual([1]);
    expect(assembler.through).toBe(3);
  });

  it('in part waits when one of the rest is for the reader', () => {
    const assembler = new AppendAssembler(onlyA, 0);
    const [first, , third] = messagesOf(1, ['a.1', 'b', 'a.2', 'b']);
    assembler.accept(first!);
    expect(taken(assembler)).toStrictEqual([]);
    assembler.accept(third!);
    expect(taken(assembler)).toStrictEqual([1, 3]);
    expect(assembler.through).toBe(4);
  });

  it.each([
    {
      name: 'a message of another append',
      event: (it: AppendAssembler) => it.accept(messagesOf(4, ['a'])[0]!),
      ready: [1, 4],
    },
    { name: 'the search beyond it', event: (it: AppendAssembler) => it.searched(3), ready: [1] },
    { name: 'a search that ended within it, not', event: (it: AppendAssembler) => it.searched(2), ready: [] },
  ])('in part, without knowing the rest, is ready by $name', ({ event, ready }) => {
    const assembler = new AppendAssembler(onlyA, 0);
    assembler.accept(messagesOf(1, ['a', 'b', 'b'], false)[0]!);
    expect(taken(assembler)).toStrictEqual([]);
    event(assembler);
    expect(taken(assembler)).toStrictEqual(ready);
  });

  it('comes whole whatever the filter hides and the batches it is delivered in', () => {
    const subject = fc.constantFrom('a', 'b', 'a.1', 'c');
    const appends = fc.array(fc.tuple(fc.array(subject, { minLength: 1, maxLength: 5 }), fc.boolean()), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(appends, fc.array(fc.boolean()), (all, takes) => {
        const assembler = new AppendAssembler(onlyA, 0);
        const batches: (readonly number[])[] = [];
        const expected: number[][] = [];
        let start = 1;
        let step = 0;
        for (const [subjects, tellsRest] of all) {
          const visible = messagesOf(start, subjects, tellsRest).filter((message) => onlyA(message.subject));
          expected.push(visible.map(({ revision }) => revision));
          for (const message of visible) {
            assembler.accept(message);
            if (takes[step++] === true) batches.push(taken(assembler));
          }
          start += subjects.length;
        }
        assembler.searched(start - 1);
        batches.push(taken(assembler));
        expect(batches.flat()).toStrictEqual(expected.flat());
        expect(assembler.through).toBe(start - 1);
        for (const append of expected.filter(({ length }) => length > 0)) {
          expect(batches.filter((batch) => batch.some((revision) => append.includes(revision)))).toHaveLength(1);
        }
      }),
    );
  });
});
