import { describe, expect, it } from 'vitest';

import { SlicedWork } from './sliced-work.ts';

const sliceMax = 10;

function aWork(handle: (item: number) => void = () => undefined) {
  const turns: (() => void)[] = [];
  const handled: number[] = [];
  const errors: unknown[] = [];
  const work = new SlicedWork<number>(
    {
      handle(item) {
        handled.push(item);
        handle(item);
      },
      yieldTurn(resume) {
        turns.push(resume);
        return () => turns.splice(turns.indexOf(resume), 1);
      },
      onError: (error) => errors.push(error),
    },
    { sliceMax },
  );
  return { work, turns, handled, errors };
}

const many = Array.from({ length: 2.5 * sliceMax }, (_, index) => index);

describe('SlicedWork', () => {
  it('does a little at once', () => {
    const { work, turns, handled } = aWork();
    work.add([1, 2]);
    expect(handled).toEqual([1, 2]);
    expect(turns).toEqual([]);
  });

  it('does much a slice at a time, in order, and lets others have their turn in between', () => {
    const { work, turns, handled } = aWork();
    work.add(many);
    const counts = [handled.length];
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      turn();
      counts.push(handled.length);
    }
    expect(counts).toEqual([sliceMax, 2 * sliceMax, 2.5 * sliceMax]);
    expect(handled).toEqual(many);
  });

  it('keeps what is added several times once', () => {
    const { work, turns, handled } = aWork();
    work.add(many);
    work.add(many);
    work.add(many);
    expect(work.size).toBe(many.length);
    while (turns.length > 0) turns.shift()?.();
    expect(handled).toHaveLength(many.length + sliceMax);
  });

  it('passes over what fails its test when its turn comes, unless it is due for another reason, too', () => {
    const { work, turns, handled } = aWork();
    work.add(many.slice(0, sliceMax + 1));
    handled.length = 0;
    work.add([-1, -2, -3], (item) => item === -3);
    work.add([-2]);
    turns.shift()?.();
    expect(handled).toEqual([sliceMax, -2, -3]);
  });

  it('goes on after an item that cannot be dealt with', () => {
    const { work, handled, errors } = aWork((item) => {
      if (item === 1) throw new Error('no');
    });
    work.add([1, 2]);
    expect(handled).toEqual([1, 2]);
    expect(errors).toEqual([new Error('no')]);
  });

  it('does nothing more once it is stopped', () => {
    const { work, turns, handled } = aWork();
    work.add(many);
    work.stop();
    expect(turns).toEqual([]);
    expect(handled).toHaveLength(sliceMax);
  });
});
