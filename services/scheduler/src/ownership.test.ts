import { givenPartitions } from '@flotilla/lease/testing/given-partitions';
import { epochHeader } from '@flotilla/store/owned-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aCluster, aDeployment, aPolicy, staticWeights } from './testing/objects.ts';
import { createWorld, type World } from './testing/world.ts';

async function aWorld(): Promise<World & { readonly partitions: ReturnType<typeof givenPartitions> }> {
  const partitions = givenPartitions();
  const world = await createWorld({ partitions });
  onTestFinished(() => world.close());
  for (const name of ['m1', 'm2', 'm3']) await world.apply(aCluster(name, {}));
  world.scheduler().start();
  return { ...world, partitions };
}

describe('a scheduler among others', () => {
  it('leaves templates alone that are not its own', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 10));
    await world.settle();
    expect(world.binding('shop', 'web-deployment')).toBeUndefined();
  });

  it('does what was left when it takes over, and writes its term of ownership beside it', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 10));
    await world.partitions.give();
    await world.settle();
    expect(world.binding('shop', 'web-deployment')?.spec.clusters).toHaveLength(3);
    const epochs: unknown[] = [];
    for await (const { entries } of world.log.latest(['state.work.>', 'state.work%2Ekarmada%2Eio.>'])) {
      epochs.push(...entries.map(({ headers }) => headers[epochHeader]));
    }
    expect(epochs).toEqual(['1']);
  });

  it('writes nothing when it takes over what is as it should be', async () => {
    const world = await aWorld();
    await world.partitions.give();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 10));
    await world.settle();
    const { revision } = world.store;
    await world.partitions.take();
    await world.partitions.give();
    await world.settle();
    expect(world.store.revision).toBe(revision);
  });

  it('drops what was waiting when it loses it', async () => {
    const world = await aWorld();
    await world.partitions.give();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 10));
    await world.partitions.take();
    await world.settle();
    const { revision } = world.store;
    await world.apply(aDeployment('web', 20));
    await world.settle();
    expect(world.store.revision).toBe(revision + 1);
    expect(world.reports).toEqual([]);
  });
});
