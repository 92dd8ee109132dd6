import * as fc from 'fast-check';
import { expect } from 'vitest';

import type { Append, EventLog } from './event-log.ts';

/** One step of a random history. `guess` chooses what a compare-and-set expects: the truth, none, or something stale. */
export type LogCommand =
  | { readonly kind: 'append'; readonly writes: readonly ModelWrite[] }
  | { readonly kind: 'burst'; readonly writes: readonly ModelWrite[] }
  | { readonly kind: 'check' }
  | { readonly kind: 'reopen' };

interface ModelWrite {
  readonly subject: string;
  readonly text: string;
  readonly deleted: boolean;
  readonly guess: 'unconditional' | 'right' | 'none' | 'stale';
}

const modelWrite: fc.Arbitrary<ModelWrite> = fc.record({
  subject: fc.constantFrom('s.a', 's.b', 's.c', 't.a', 't.b'),
  text: fc.string({ maxLength: 40 }),
  deleted: fc.boolean(),
  guess: fc.constantFrom('unconditional', 'right', 'right', 'none', 'stale'),
});
const writes = fc.uniqueArray(modelWrite, { selector: ({ subject }) => subject, minLength: 1, maxLength: 4 });

export const logCommands: fc.Arbitrary<readonly LogCommand[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), writes }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('burst' as const), writes }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'check' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  ),
  { maxLength: 30 },
);

interface ModelEntry {
  readonly revision: number;
  readonly subject: string;
  readonly text: string;
  readonly deleted: boolean;
}

/** The log as it should be: a list, and what is live. */
class Model {
  readonly entries: ModelEntry[] = [];
  readonly live = new Map<string, ModelEntry>();

  revisionOf(subject: string): number {
    return this.live.get(subject)?.revision ?? 0;
  }

  /** Undefined: unconditional. */
  expectation({ subject, guess }: ModelWrite): number | undefined {
    const revision = this.revisionOf(subject);
    return { unconditional: undefined, right: revision, none: 0, stale: revision + 1 }[guess];
  }

  take(write: ModelWrite, revision: number): void {
    const entry = { revision, subject: write.subject, text: write.text, deleted: write.deleted };
    this.entries.push(entry);
    if (write.deleted) this.live.delete(write.subject);
    else this.live.set(write.subject, entry);
  }
}

/** Runs the commands on the log and on a model, and compares every answer. */
export async function checkAgainstModel(
  fixture: { readonly log: EventLog; readonly reopen?: () => Promise<EventLog> },
  commands: readonly LogCommand[],
): Promise<void> {
  const model = new Model();
  let { log } = fixture;
  for (const command of commands) {
    switch (command.kind) {
      case 'append':
        await runAppends(log, model, [command.writes]);
        break;
      case 'burst':
        await runAppends(
          log,
          model,
          command.writes.map((one) => [one]),
        );
        break;
      case 'reopen':
        log = (await fixture.reopen?.()) ?? log;
        break;
      case 'check':
        await compare(log, model);
        break;
    }
  }
  await compare(log, model);
}

/** Appends that are all under way at the same time, each of another subject: in whichever order the log takes them, they don't meet. */
async function runAppends(log: EventLog, model: Model, groups: readonly (readonly ModelWrite[])[]): Promise<void> {
  const expected = groups.map((group) => group.map((one) => model.expectation(one)));
  const results = await Promise.all(groups.map((group, index) => log.append(appendsOf(group, expected[index] ?? []))));
  groups.forEach((group, index) => {
    const result = results[index];
    const lost = group.find((one, at) => {
      const wanted = expected[index]?.[at];
      return wanted !== undefined && wanted !== model.revisionOf(one.subject);
    });
    if (lost !== undefined) {
      expect(result).toStrictEqual({ kind: 'conflict', subject: lost.subject, actual: model.revisionOf(lost.subject) });
      return;
    }
    if (result?.kind !== 'appended') throw new Error(`expected an append to win, got ${JSON.stringify(result)}`);
    group.forEach((one, at) => model.take(one, result.revisions[at] ?? -1));
  });
}

function appendsOf(group: readonly ModelWrite[], expected: readonly (number | undefined)[]): readonly Append[] {
  return group.map(({ subject, text, deleted }, at) => {
    const wanted = expected[at];
    return { subject, value: Buffer.from(text), deleted, ...(wanted !== undefined && { expect: wanted }) };
  });
}

async function compare(log: EventLog, model: Model): Promise<void> {
  const head = Math.max(0, ...model.entries.map(({ revision }) => revision));
  expect(await log.head()).toBe(head);
  const live: ModelEntry[] = [];
  for await (const batch of log.latest(['>'])) live.push(...batch.entries.map(toModel));
  expect(live).toStrictEqual([...model.live.values()].toSorted((a, b) => a.revision - b.revision));
  const read: ModelEntry[] = [];
  const stop = new AbortController();
  for await (const batch of log.read({ subjects: ['>'], from: 0, signal: stop.signal })) {
    read.push(...batch.entries.map(toModel));
    if (batch.isCaughtUp) stop.abort();
  }
  expect(read).toStrictEqual(model.entries.toSorted((a, b) => a.revision - b.revision));
}

function toModel(entry: { revision: number; subject: string; value: Uint8Array; deleted: boolean }): ModelEntry {
  const { revision, subject, deleted } = entry;
  return { revision, subject, text: Buffer.from(entry.value).toString(), deleted };
}
