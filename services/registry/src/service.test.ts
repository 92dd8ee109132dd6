import { afterEach, describe, expect, it, vi } from 'vitest';

import { propagationFinalizer } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { ownEverything } from '@flotilla/lease/own-everything';
import type { Partitions } from '@flotilla/lease/partitions';
import { givenPartitions } from '@flotilla/lease/testing/given-partitions';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { MemoryMember } from '@flotilla/member/testing/memory-member';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { isInUse } from './cluster-usage.ts';
import { defaultThresholds } from './health.ts';
import { clusterFinalizer, createRegistry } from './service.ts';
import type { Registry } from './service.ts';

const clusters = { group: 'cluster.karmada.io', resource: 'clusters' };
const namespaces = { group: '', resource: 'namespaces' };
const bindings = { group: 'work.karmada.io', resource: 'resourcebindings' };
const secrets = { group: '', resource: 'secrets' };
const stops: (() => Promise<void>)[] = [];

interface World {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly connected: string[];
}

async function aWorld(partitions: Partitions = ownEverything()): Promise<World> {
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const connected: string[] = [];
  partitions.start();
  const registry = createRegistry(
    {
      store,
      partitions,
      connect({ url }) {
        connected.push(url);
        return new MemoryMember();
      },
      now: () => 0,
      random: () => 0,
      newUid: () => 'uid',
      report: () => undefined,
    },
    { probeIntervalMs: 3_600_000, thresholds: defaultThresholds },
  );
  registry.start();
  stops.push(async () => {
    await registry.stop();
    end.abort();
  });
  return { store, registry, connected };
}

async function put({ store }: World, resource: typeof clusters, object: KubeObject): Promise<void> {
  const { name = '', namespace = '' } = object.metadata;
  await store.commit([{ resource, namespace, name, object }]);
}

function aCluster(metadata: Partial<KubeObject['metadata']>, syncMode = 'Push'): KubeObject {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'member1', ...metadata },
    spec: {
      syncMode,
      apiEndpoint: 'https://member1',
      secretRef: { namespace: 'karmada-cluster', name: 'member1' },
    },
  };
}

const aSecret: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'member1', namespace: 'karmada-cluster' },
  data: { token: Buffer.from('t').toString('base64') },
};

describe('registry', () => {
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  it('lets go of a leaving cluster once, whoever else still holds it', async () => {
    const world = await aWorld();
    await put(world, clusters, aCluster({ finalizers: ['example.com/backup'] }));
    const finalizers = (): unknown => world.store.get(clusters, '', 'member1')?.object.metadata.finalizers;
    await vi.waitFor(() => expect(finalizers()).toEqual(['example.com/backup', clusterFinalizer]));
    const stored = world.store.get(clusters, '', 'member1')?.object as KubeObject;
    await put(world, clusters, {
      ...stored,
      metadata: { ...stored.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await vi.waitFor(() => expect(finalizers()).toEqual(['example.com/backup']));
    const before = world.store.revision;
    await put(world, secrets, aSecret);
    await put(world, secrets, { ...aSecret, data: {} });
    expect(world.store.revision).toBe(before + 2);
  });

  it('observes only clusters that are its own', async () => {
    const partitions = givenPartitions();
    const world = await aWorld(partitions);
    await put(world, secrets, aSecret);
    await put(world, clusters, aCluster({}));
    await new Promise((resolve) => setImmediate(resolve));
    expect([world.connected, world.store.get(clusters, '', 'member1')?.object.metadata.finalizers]).toEqual([
      [],
      undefined,
    ]);
    await partitions.give();
    await vi.waitFor(() => expect(world.connected).toEqual(['https://member1']));
    await vi.waitFor(() =>
      expect(world.store.get(clusters, '', 'member1')?.object.metadata.finalizers).toEqual([clusterFinalizer]),
    );
    await partitions.take();
    const before = world.store.revision;
    await put(world, clusters, aCluster({}));
    await new Promise((resolve) => setImmediate(resolve));
    expect([world.connected, world.store.revision]).toEqual([['https://member1'], before + 1]);
    await partitions.give();
    await vi.waitFor(() => expect(world.connected).toHaveLength(2));
  });

  it('observes a cluster no longer that is pulled by an agent from now on', async () => {
    const world = await aWorld();
    await put(world, secrets, aSecret);
    await put(world, clusters, aCluster({}));
    await vi.waitFor(() => expect(world.connected).toEqual(['https://member1']));
    await put(world, clusters, aCluster({ finalizers: [clusterFinalizer] }, 'Pull'));
    await put(world, clusters, aCluster({ finalizers: [clusterFinalizer] }));
    await vi.waitFor(() => expect(world.connected).toHaveLength(2));
  });

  it('gives a cluster its execution space back when somebody deleted it, and not to one that is gone', async () => {
    const world = await aWorld();
    await put(world, clusters, aCluster({}));
    const space = (): StoredObject | undefined => world.store.get(namespaces, '', 'karmada-es-member1');
    await vi.waitFor(() => expect(space()).toBeDefined());
    const first = space() as StoredObject;
    await world.store.commit([{ ...first, object: first.object, isDelete: true, expect: first.revision }]);
    await vi.waitFor(() => expect(space()?.revision).toBeGreaterThan(first.revision));
    const stored = world.store.get(clusters, '', 'member1')?.object as KubeObject;
    await put(world, clusters, {
      ...stored,
      metadata: { ...stored.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await vi.waitFor(() => expect(world.store.get(clusters, '', 'member1')).toBeUndefined());
    expect(space()).toBeUndefined();
  });

  it.each([
    ['for itself', { clusters: [{ name: 'member1' }] }],
    ['for what requires it', { requiredBy: [{ name: 'web', clusters: [{ name: 'member1' }] }] }],
  ])('keeps a leaving cluster while a binding places something there %s', async (_case, spec) => {
    const world = await aWorld();
    const binding = { apiVersion: 'work.karmada.io/v1alpha2', kind: 'ResourceBinding', metadata: { name: 'b' } };
    await put(world, bindings, { ...binding, spec });
    await put(world, clusters, aCluster({ finalizers: [clusterFinalizer], deletionTimestamp: '2026-01-01T00:00:00Z' }));
    expect(isInUse(world.store, 'member1')).toBe(true);
    expect(world.store.get(clusters, '', 'member1')).toBeDefined();
    await put(world, bindings, { ...binding, spec: {} });
    await vi.waitFor(() => expect(world.store.get(clusters, '', 'member1')).toBeUndefined());
  });

  it('keeps a leaving cluster and its credentials until propagation has let go of it', async () => {
    const world = await aWorld();
    const leaving = (finalizers: string[]): KubeObject =>
      aCluster({ finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' });
    await put(world, secrets, aSecret);
    await put(world, clusters, leaving([clusterFinalizer, propagationFinalizer]));
    await put(world, secrets, aSecret);
    expect(world.store.get(clusters, '', 'member1')).toBeDefined();
    expect(world.store.get(secrets, 'karmada-cluster', 'member1')).toBeDefined();
    await put(world, clusters, leaving([clusterFinalizer]));
    await vi.waitFor(() => expect(world.store.get(clusters, '', 'member1')).toBeUndefined());
    expect(world.store.get(secrets, 'karmada-cluster', 'member1')).toBeUndefined();
  });
});
