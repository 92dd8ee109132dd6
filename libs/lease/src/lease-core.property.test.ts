import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLeaseWorld, type LeaseWorld, type WorldReplica } from './testing/lease-world.ts';

const partitionCount = 5;
const names = ['a', 'b', 'c'];

type Command = { readonly verb: string; readonly who: number; readonly amount: number };

const verbs: Readonly<Record<string, (world: LeaseWorld, replica: WorldReplica, amount: number) => void>> = {
  pass: (world, _, amount) => void (world.nowMs += amount * 100),
  'pass long': (world, _, amount) => void (world.nowMs += amount * 1_000),
  'read some': (world, replica, amount) => world.read(replica, amount),
  'read all': (world, replica) => world.read(replica),
  'read anew': (world, replica) => world.reread(replica),
  step: (world, replica) => world.step(replica),
  store: (world, replica, amount) => world.store(replica, amount),
  settle: (world, replica, amount) => world.settle(replica, amount),
  drain: (world, replica) => world.drain(replica),
  turn: (world, replica) => turn(world, replica),
  'turn of all': (world) => world.replicas.forEach((each) => turn(world, each)),
  'work for a while': (world, _, amount) => world.work(amount * 100),
  'work while frozen': (world, of, amount) => world.work(amount * 500, { of, as: 'frozen' }),
  'work while mute': (world, of, amount) => world.work(amount * 500, { of, as: 'mute' }),
  'work while deaf': (world, of, amount) => world.work(amount * 500, { of, as: 'deaf' }),
  leave: (_, replica) => replica.core.leave(),
  kill: (world, replica) => kill(world, replica),
  'join as another': (world, _, amount) => join(world, `late-${amount}`),
};
const weights: Readonly<Record<string, number>> = {
  pass: 6,
  'pass long': 1,
  turn: 6,
  'turn of all': 4,
  step: 4,
  store: 4,
  settle: 4,
  'read some': 4,
  'read all': 4,
};

function turn(world: LeaseWorld, replica: WorldReplica): void {
  world.read(replica);
  world.step(replica);
  for (let index = replica.sent.length - 1; index >= 0; index--) world.store(replica, index);
  for (let index = replica.sent.length - 1; index >= 0; index--) world.settle(replica, index);
  world.drain(replica);
}

/** The dead come back under their name, as pods of a StatefulSet do. */
function kill(world: LeaseWorld, replica: WorldReplica): void {
  if (!replica.isAlive) return;
  replica.isAlive = false;
  join(world, replica.name);
}

function join(world: LeaseWorld, name: string): void {
  if (world.replicas.length < 8) world.add({ name, offsetMs: world.replicas.length * 1e6, rate: 1.1 });
}

const command: fc.Arbitrary<Command> = fc.record({
  verb: fc.oneof(...Object.keys(verbs).map((verb) => ({ weight: weights[verb] ?? 1, arbitrary: fc.constant(verb) }))),
  who: fc.nat({ max: 7 }),
  amount: fc.integer({ min: 1, max: 12 }),
});
const rates = fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 3, maxLength: 3 });

function makeWorld(speeds: readonly number[], options?: Parameters<typeof createLeaseWorld>[1]): LeaseWorld {
  const world = createLeaseWorld(partitionCount, options);
  names.forEach((name, index) => world.add({ name, offsetMs: index * -5e5, rate: speeds[index] ?? 1 }));
  world.work(1_500);
  return world;
}

function run(world: LeaseWorld, { verb, who, amount }: Command): void {
  const replica = world.replicas[who % world.replicas.length];
  if (replica !== undefined) verbs[verb]?.(world, replica, amount);
}

function doubleOwned(world: LeaseWorld): readonly number[] {
  return Array.from({ length: partitionCount }, (_, partition) => partition).filter(
    (partition) => world.owners(partition).length > 1,
  );
}

describe('dividing work', { timeout: 60_000 }, () => {
  it('never lets two replicas believe that they own a partition, whatever is late, lost, repeated or standing still', () => {
    fc.assert(
      fc.property(rates, fc.array(command, { maxLength: 250, size: 'max' }), (speeds, commands) => {
        const world = makeWorld(speeds);
        for (const each of commands) {
          run(world, each);
          expect(doubleOwned(world)).toEqual([]);
        }
        expect(world.sharedEpochs).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('has every partition owned, in fair shares, soon after trouble ends', () => {
    fc.assert(
      fc.property(rates, fc.array(command, { maxLength: 120, size: 'max' }), (speeds, commands) => {
        const world = makeWorld(speeds);
        for (const each of commands) run(world, each);
        world.work(12_000);
        const working = world.replicas.filter(
          ({ isAlive, core }) => isAlive && !core.isGone && core.problem() === undefined,
        );
        fc.pre(working.length > 0);
        const owners = Array.from({ length: partitionCount }, (_, partition) => world.owners(partition));
        expect(owners.map(({ length }) => length)).toEqual(owners.map(() => 1));
        const shares = working.map(({ core, clock }) => core.owned(clock(world.nowMs)).size);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it('would be unsafe if a renewal were valid for longer than others wait: the property finds that', () => {
    const property = fc.property(rates, fc.array(command, { maxLength: 250, size: 'max' }), (speeds, commands) => {
      const world = makeWorld(speeds, { validForMs: 6_000 });
      return commands.every((each) => {
        run(world, each);
        return doubleOwned(world).length === 0;
      });
    });
    expect(fc.check(property, { numRuns: 2_000, endOnFailure: true }).failed).toBe(true);
  });
});
