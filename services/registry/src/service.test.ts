import { afterEach, describe, expect, it, vi } from 'vitest';

import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { MemoryMember } from '@flotilla/member/testing/memory-member';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';

import { defaultThresholds } from './health.ts';
import { clusterFinalizer, createRegistry } from './service.ts';
import type { Registry } from './service.ts';

const clusters = { group: 'cluster.karmada.io', resource: 'clusters' };
const secrets = { group: '', resource: 'secrets' };
const stops: (() => Promise<void>)[] = [];

interface World {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly connected: string[];
}

async function aWorld(): Promise<World> {
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const connected: string[] = [];
  const registry = createRegistry(
    {
      store,
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

  it('observes a cluster no longer that is pulled by an agent from now on', async () => {
    const world = await aWorld();
    await put(world, secrets, aSecret);
    await put(world, clusters, aCluster({}));
    await vi.waitFor(() => expect(world.connected).toEqual(['https://member1']));
    await put(world, clusters, aCluster({ finalizers: [clusterFinalizer] }, 'Pull'));
    await put(world, clusters, aCluster({ finalizers: [clusterFinalizer] }));
    await vi.waitFor(() => expect(world.connected).toHaveLength(2));
  });
});
