/** The archive against the simplest thing that could answer the same questions: all entries in one array. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Append } from '@flotilla/log/event-log';

import { createArchive, keptMsDefault } from './archive.ts';
import { sweepArchive } from './retention.ts';
import { createArchiveWorld, type ArchiveWorld } from './testing/archive-world.ts';
import { append, put, subjectOf } from './testing/state-entries.ts';

interface Step {
  readonly name: string;
  readonly deleted: boolean;
  /** Time that passed before; clocks may also go back. */
  readonly afterMs: number;
}

interface Written extends Step {
  readonly revision: number;
  readonly timeMs: number;
}

const names = ['a', 'b', 'a-b', 'c.d'];
const steps = fc.array(
  fc.record({
    name: fc.constantFrom(...names),
    deleted: fc.boolean(),
    afterMs: fc.integer({ min: -5, max: 50 }),
  }),
  { minLength: 1, maxLength: 40 },
);

async function write(world: ArchiveWorld, history: readonly Step[]): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const step of history) {
    world.clock.nowMs += step.afterMs;
    const item: Append = put(step.name, { deleted: step.deleted });
    written.push({ ...step, revision: await append(world.log, item), timeMs: world.clock.nowMs });
  }
  await world.catchUp();
  return written;
}

const stateAt = (written: readonly Written[], name: string, isBy: (entry: Written) => boolean): number =>
  written.findLast((entry) => entry.name === name && isBy(entry))?.revision ?? 0;

it('lists what existed at any revision, whatever the size of a page', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (history, limit) => {
      await using world = await createArchiveWorld();
      const written = await write(world, history);
      const scope = { group: 'apps', resource: 'deployments' };
      for (let revision = 0; revision <= written.length; revision += 3) {
        const listed: number[] = [];
        for (let after: string | undefined; ;) {
          const options = { revision, limit, ...(after !== undefined && { after }) };
          const page = await world.archive.objects.listAt(scope, options);
          listed.push(...page.items.map((item) => item.revision));
          if (page.next === undefined) break;
          after = page.next;
        }
        const expected = names
          .map((name) => stateAt(written, name, (entry) => entry.revision <= revision))
          .filter((found) => found > 0 && written[found - 1]?.deleted === false);
        expect(listed.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 15 },
  );
});

it('tells the same about any moment since the cut, before and after sweeping', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 800 }), async (history, keptForMs) => {
      await using world = await createArchiveWorld();
      const written = await write(world, history);
      const keptMs = { ...keptMsDefault, revisions: keptForMs };
      const archive = createArchive({ store: world.store, now: () => world.clock.nowMs }, keptMs);
      await sweepArchive(archive, world.clock.nowMs, new AbortController().signal);
      for (const name of names) {
        for (let revision = written.length; revision > 0; revision--) {
          const entry = written[revision - 1];
          // Clocks may go back: the cut goes through the newest entry that is older than it.
          const cut = stateAt(written, name, ({ timeMs }) => timeMs < world.clock.nowMs - keptForMs);
          if (entry === undefined || revision < cut) break;
          const found = stateAt(written, name, (other) => other.revision <= revision);
          const { record } = await archive.objects.at(subjectOf(name), { revision });
          const isThere = found > 0 && written[found - 1]?.deleted === false;
          expect(record === undefined || record.deleted ? 0 : record.revision).toBe(isThere ? found : 0);
        }
      }
    }),
    { numRuns: 20 },
  );
});
