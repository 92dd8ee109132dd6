import { givenPartitions } from '@flotilla/lease/testing/given-partitions';
import type { Partitions } from '@flotilla/lease/partitions';
import { namespaces, resourceBindings, works } from '@flotilla/works/resources';
import { aBinding, aDeployment, deployments } from '@flotilla/works/testing/objects';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clusterKey, namespaceKey, ownerKeyOf } from './ownership.ts';
import { aWorld as newWorld, webPath } from './testing/world.ts';
import type { World } from './testing/world.ts';

const running: World[] = [];

async function aWorld() {
  const partitions = givenPartitions();
  const world = await newWorld(['member1'], partitions);
  running.push(world);
  const member = world.members.get('member1');
  if (member === undefined) throw new Error('the world has member1');
  const replicas = (): unknown => (member.get(webPath)?.['spec'] as { replicas?: unknown } | undefined)?.replicas;
  return { ...world, partitions, member, replicas };
}

const aNamespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, uid: `uid-${name}` },
});

describe('propagation among others', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  it('leaves bindings and namespaces alone that are not its own, and does them when it takes over', async () => {
    const { put, store, member, partitions, replicas } = await aWorld();
    await put(deployments, aDeployment(2));
    await put(resourceBindings, aBinding({ member1: 2 }));
    await put(namespaces, aNamespace('shop'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(member.writes).toEqual([]);
    await partitions.give();
    await vi.waitFor(() => expect(replicas()).toBe(2));
    await vi.waitFor(() => expect(member.get('/api/v1/namespaces/shop')).toBeDefined());
    await vi.waitFor(() =>
      expect(store.get(resourceBindings, 'default', 'web-deployment')?.object['status']).toMatchObject({
        aggregatedStatus: [{ clusterName: 'member1', applied: true }],
      }),
    );
  });

  it('applies nothing twice that it takes over as it should be', async () => {
    const { put, member, partitions, store } = await aWorld();
    await partitions.give();
    await put(deployments, aDeployment(2));
    await put(resourceBindings, aBinding({ member1: 2 }));
    const isApplied = (): void =>
      expect(store.get(resourceBindings, 'default', 'web-deployment')?.object['status']).toMatchObject({
        conditions: [{ type: 'FullyApplied', status: 'True' }],
      });
    await vi.waitFor(isApplied);
    const writes = member.writes.length;
    const { revision } = store;
    const lists = (): number =>
      member.requests.filter((request) => request.startsWith('GET /apis/apps/v1/deployments')).length;
    const listsBefore = lists();
    await partitions.take();
    await partitions.give();
    await vi.waitFor(() => expect(lists()).toBeGreaterThan(listsBefore));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(member.writes).toHaveLength(writes);
    expect(store.revision).toBe(revision);
  });

  it('acts no more on what it loses, and hears of what happened meanwhile when it gets it back', async () => {
    const { put, member, partitions, store, replicas } = await aWorld();
    await partitions.give();
    await put(deployments, aDeployment(2));
    await put(resourceBindings, aBinding({ member1: 2 }));
    await vi.waitFor(() => expect(replicas()).toBe(2));
    await partitions.take();
    const writes = member.writes.length;
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 5 }));
    const object = member.get(webPath);
    if (object === undefined) throw new Error('it was applied');
    member.put(webPath, { ...object, status: { replicas: 2, readyReplicas: 2 } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(member.writes).toHaveLength(writes);
    await partitions.give();
    await vi.waitFor(() => expect(replicas()).toBe(5));
    await vi.waitFor(() =>
      expect(store.get(deployments, 'default', 'web')?.object['status']).toMatchObject({ readyReplicas: 2 }),
    );
  });

  it('removes what a predecessor left in a member', async () => {
    const { put, member, partitions, store, replicas } = await aWorld();
    await partitions.give();
    await put(deployments, aDeployment(2));
    await put(resourceBindings, aBinding({ member1: 2 }));
    await vi.waitFor(() => expect(replicas()).toBe(2));
    await partitions.take();
    const { status: _, ...binding } = aBinding({}, { replicas: 2 });
    await put(resourceBindings, binding as ReturnType<typeof aBinding>);
    expect(store.get(resourceBindings, 'default', 'web-deployment')?.object['status']).toBeUndefined();
    await partitions.give();
    await vi.waitFor(() => expect(member.get(webPath)).toBeUndefined());
  });
  it('lets a Work that a user made wait for what a binding of another replica places', async () => {
    const given = givenPartitions();
    const isOurs = (key: string): boolean => !key.includes('resourcebindings');
    const partitions: Partitions = {
      ...given,
      owns: (key) => given.owns(key) && isOurs(key),
      epochOf: (key) => (isOurs(key) ? given.epochOf(key) : undefined),
    };
    const world = await newWorld(['member1'], partitions);
    running.push(world);
    await given.give();
    await world.put(deployments, aDeployment(2));
    await world.put(resourceBindings, aBinding({ member1: 2 }));
    const { status: _, ...manifest } = aDeployment(1);
    await world.put(works, {
      apiVersion: 'work.karmada.io/v1alpha1',
      kind: 'Work',
      metadata: { name: 'mine', namespace: 'karmada-es-member1', uid: 'w', finalizers: ['flotilla.io/propagation'] },
      spec: { workload: { manifests: [manifest] } },
    });
    const statusOf = (): string =>
      JSON.stringify(world.store.get(works, 'karmada-es-member1', 'mine')?.object['status']);
    await vi.waitFor(() => expect(statusOf()).toContain('placed in this cluster by a binding'));
    expect(world.members.get('member1')?.get(webPath)).toBeUndefined();
    const binding = world.store.get(resourceBindings, 'default', 'web-deployment');
    if (binding === undefined) throw new Error('it was put');
    await world.store.commit([{ ...binding, object: binding.object, isDelete: true, expect: binding.revision }]);
    await vi.waitFor(() => expect(world.members.get('member1')?.get(webPath)).toBeDefined());
  });
});

describe('the owner of a write', () => {
  const write = (resource: typeof works, namespace: string, name: string) => [
    { resource, namespace, name, object: { apiVersion: 'v1', kind: 'Any', metadata: { name } } },
  ];
  it.each([
    ['a binding is its own', resourceBindings, 'default', 'web', 'work.karmada.io/resourcebindings/default/web'],
    ['a Work is its cluster', works, 'karmada-es-paris', 'mine', clusterKey('paris')],
    ['a template is its binding', deployments, 'default', 'web', 'binding of apps/deployments/default/web'],
  ])('%s', (_, resource, namespace, name, key) => {
    expect(ownerKeyOf(write(resource, namespace, name), (template) => `binding of ${template}`)).toBe(key);
  });

  it('is a key of its own for a namespace', () => {
    expect(namespaceKey('shop')).toBe('/namespaces//shop');
  });
});
