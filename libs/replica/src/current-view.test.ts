import { describe, expect, it } from 'vitest';
import { createCurrentView } from './current-view.ts';

function aWorld() {
  const questions: PromiseWithResolvers<number>[] = [];
  const waited: number[] = [];
  const untilCurrent = createCurrentView({
    log: {
      head() {
        const question = Promise.withResolvers<number>();
        questions.push(question);
        return question.promise;
      },
    },
    store: {
      async waitFor(revision) {
        waited.push(revision);
      },
    },
  });
  const { signal } = new AbortController();
  return { questions, waited, read: () => untilCurrent(signal), untilCurrent };
}

describe('a current view', () => {
  it('waits for what the log had', async () => {
    const { questions, waited, read } = aWorld();
    const reading = read();
    questions[0]?.resolve(7);
    await reading;
    expect(waited).toEqual([7]);
  });

  it('never answers from a question that was put before the call, and puts one for all who wait', async () => {
    const { questions, waited, read } = aWorld();
    const first = read();
    const others = [read(), read(), read()];
    expect(questions).toHaveLength(1);
    questions[0]?.resolve(7);
    await first;
    await Promise.resolve();
    expect([questions.length, waited]).toEqual([2, [7]]);
    questions[1]?.resolve(9);
    await Promise.all(others);
    expect([questions.length, waited]).toEqual([2, [7, 9, 9, 9]]);
  });

  it('asks again when the question before failed', async () => {
    const { questions, read } = aWorld();
    const first = read();
    const second = read();
    questions[0]?.reject(new Error('no answer'));
    await expect(first).rejects.toThrow('no answer');
    await Promise.resolve();
    questions[1]?.resolve(1);
    await second;
  });

  it('gives up with its caller', async () => {
    const { untilCurrent } = aWorld();
    const end = new AbortController();
    const reading = untilCurrent(end.signal);
    end.abort(new Error('too late'));
    await expect(reading).rejects.toThrow('too late');
  });
});
