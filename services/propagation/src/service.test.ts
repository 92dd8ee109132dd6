import { afterEach, describe, expect, it, vi } from 'vitest';

import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { MemoryMember } from '@flotilla/member/testing/memory-member';

import type { Binding } from '@flotilla/works/binding';
import { clusterOverridePolicies, namespaces, overridePolicies, resourceBindings } from '@flotilla/works/resources';
import { aBinding, aDeployment, anOverride, deployments } from '@flotilla/works/testing/objects';
import { aWorld as newWorld, webPath } from './testing/world.ts';
import type { World } from './testing/world.ts';

const running: World[] = [];

async function aWorld(memberNames: readonly string[]): Promise<World> {
  const world = await newWorld(memberNames);
  running.push(world);
  return world;
}

function replicasIn(world: World, member: string): unknown {
  return (world.members.get(member)?.get(webPath)?.['spec'] as { replicas?: unknown } | undefined)?.replicas;
}

function bindingOf(world: World): Binding {
  return world.store.get(resourceBindings, 'default', 'web-deployment')?.object as Binding;
}

describe('propagation', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  it('brings each cluster its share and says so in the binding', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(deployments, aDeployment(5));
    await world.put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    await vi.waitFor(() => expect([replicasIn(world, 'member1'), replicasIn(world, 'member2')]).toEqual([2, 3]));
    await vi.waitFor(() => {
      const { status } = bindingOf(world);
      expect(status?.conditions).toMatchObject([{ type: 'FullyApplied', status: 'True' }]);
      expect(status?.aggregatedStatus).toMatchObject([
        { clusterName: 'member1', applied: true },
        { clusterName: 'member2', applied: true },
      ]);
    });
  });

  it('folds what members report into the status of the template', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(deployments, aDeployment(5));
    await world.put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBe(3));
    for (const member of world.members.values()) {
      const object = member.get(webPath) as KubeObject;
      const { replicas } = object['spec'] as { replicas: number };
      member.put(webPath, { ...object, status: { replicas, readyReplicas: replicas, observedGeneration: 1 } });
    }
    await vi.waitFor(() => {
      expect(world.store.get(deployments, 'default', 'web')?.object['status']).toMatchObject({ readyReplicas: 5 });
    });
  });

  it('counts a template that is scaled to zero as observed', async () => {
    const world = await aWorld(['member1']);
    await world.put(deployments, aDeployment(2));
    await world.put(resourceBindings, aBinding({ member1: 2 }));
    await vi.waitFor(() => expect(replicasIn(world, 'member1')).toBe(2));
    const scaled = aDeployment(0);
    await world.put(deployments, { ...scaled, metadata: { ...scaled.metadata, generation: 2 } });
    await world.put(resourceBindings, aBinding({}));
    await vi.waitFor(() => {
      expect(replicasIn(world, 'member1')).toBeUndefined();
      expect(world.store.get(deployments, 'default', 'web')?.object['status']).toEqual({ observedGeneration: 2 });
    });
  });

  it('lets a new image follow, and an override change one cluster only', async () => {
    const world = await aWorld(['member1', 'member2']);
    const imageIn = (member: string): string | undefined =>
      (
        world.members.get(member)?.get(webPath)?.['spec'] as {
          template?: { spec: { containers: readonly { image: string }[] } };
        }
      )?.template?.spec.containers[0]?.image;
    await world.put(deployments, aDeployment(2));
    await world.put(resourceBindings, aBinding({ member1: 1, member2: 1 }));
    await vi.waitFor(() => expect(imageIn('member2')).toBe('nginx'));
    await world.edit(deployments, 'web', (object) => ({
      ...aDeployment(2, 'nginx:2'),
      metadata: { ...object.metadata, generation: 9 },
    }));
    await vi.waitFor(() => expect([imageIn('member1'), imageIn('member2')]).toEqual(['nginx:2', 'nginx:2']));
    await world.put(overridePolicies, anOverride('OverridePolicy', 'member2', 'registry.example.com'));
    await vi.waitFor(() => expect(imageIn('member2')).toBe('registry.example.com/nginx:2'));
    expect(imageIn('member1')).toBe('nginx:2');
    await world.put(clusterOverridePolicies, anOverride('ClusterOverridePolicy', 'member1', 'other.example.com'));
    await vi.waitFor(() => expect(imageIn('member1')).toBe('other.example.com/nginx:2'));
  });

  it('removes the object from a cluster that the binding no longer names', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(deployments, aDeployment(5));
    await world.put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBe(3));
    await world.edit(resourceBindings, 'web-deployment', (object) => ({
      ...object,
      spec: aBinding({ member1: 5 })['spec'],
    }));
    await vi.waitFor(() =>
      expect([replicasIn(world, 'member1'), replicasIn(world, 'member2')]).toEqual([5, undefined]),
    );
  });

  it('removes what a placement left behind while nobody was here', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(deployments, aDeployment(5));
    await world.put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBe(3));
    const left = world.members.get('member2')?.get(webPath) as KubeObject;
    await world.edit(resourceBindings, 'web-deployment', (object) => ({
      ...object,
      spec: aBinding({ member1: 5 })['spec'],
      status: {},
    }));
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBeUndefined());
    world.members.get('member2')?.put(webPath, left);
    world.members.get('member1')?.put(webPath.replace('/web', '/foreign'), {
      ...left,
      metadata: { ...left.metadata, name: 'foreign', labels: { 'karmada.io/managed': 'true' } },
    });
    await world.restart();
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBeUndefined());
    expect(world.members.get('member1')?.get(webPath.replace('/web', '/foreign'))).toBeDefined();
  });

  it('lets a deleted binding go only when its objects are gone everywhere', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(deployments, aDeployment(5));
    await world.put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBe(3));
    const down = world.members.get('member2') as MemoryMember;
    down.isDown = true;
    await world.edit(resourceBindings, 'web-deployment', (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    }));
    await vi.waitFor(() => expect(replicasIn(world, 'member1')).toBeUndefined());
    expect(world.store.get(resourceBindings, 'default', 'web-deployment')).toBeDefined();
    down.isDown = false;
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBeUndefined(), 5_000);
    await vi.waitFor(() => expect(world.store.get(resourceBindings, 'default', 'web-deployment')).toBeUndefined());
  });

  it('sends nothing while dispatching is suspended', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(deployments, aDeployment(5));
    const suspension = { dispatchingOnClusters: { clusterNames: ['member2'] } };
    await world.put(resourceBindings, aBinding({ member1: 2, member2: 3 }, { suspension }));
    await vi.waitFor(() => expect(replicasIn(world, 'member1')).toBe(2));
    expect(world.members.get('member2')?.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
    await world.edit(resourceBindings, 'web-deployment', (object) => ({
      ...object,
      spec: aBinding({ member1: 2, member2: 3 })['spec'],
    }));
    await vi.waitFor(() => expect(replicasIn(world, 'member2')).toBe(3));
  });

  it('makes namespaces in every member, and removes only its own', async () => {
    const world = await aWorld(['member1', 'member2']);
    const own = world.members.get('member2') as MemoryMember;
    own.put('/api/v1/namespaces/shop', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: {} } });
    const shop: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'ns-1' } };
    await world.put(namespaces, shop);
    await vi.waitFor(() => expect(world.members.get('member1')?.get('/api/v1/namespaces/shop')).toBeDefined());
    const stored = world.store.get(namespaces, '', 'shop');
    await world.store.commit([
      { resource: namespaces, namespace: '', name: 'shop', object: stored?.object ?? shop, isDelete: true },
    ]);
    await vi.waitFor(() => expect(world.members.get('member1')?.get('/api/v1/namespaces/shop')).toBeUndefined());
    expect(own.get('/api/v1/namespaces/shop')).toBeDefined();
  });

  it('writes nothing after a restart when everything is as declared', async () => {
    const world = await aWorld(['member1']);
    await world.put(deployments, aDeployment(2));
    await world.put(resourceBindings, aBinding({ member1: 2 }));
    await vi.waitFor(() => {
      const { status } = bindingOf(world);
      expect(status?.conditions?.length).toBe(1);
    });
    const member = world.members.get('member1') as MemoryMember;
    const before = world.store.revision;
    member.requests.length = 0;
    await world.restart();
    await vi.waitFor(() => expect(member.requests).toContain('GET /apis/apps/v1/deployments'));
    await vi.waitFor(() => expect(member.requests.length).toBeGreaterThan(1));
    expect(member.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
    expect(world.store.revision).toBe(before);
  });
});
