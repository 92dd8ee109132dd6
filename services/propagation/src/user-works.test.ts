import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Work } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { MemoryMember } from '@flotilla/member/testing/memory-member';

import { clusters, resourceBindings, works } from '@flotilla/works/resources';
import { aBinding, aCluster, aDeployment, deployments } from '@flotilla/works/testing/objects';
import { aWorld as newWorld, webPath } from './testing/world.ts';
import type { World } from './testing/world.ts';

const running: World[] = [];
const space = 'karmada-es-member1';

async function aWorld(): Promise<World & { readonly member: MemoryMember }> {
  const world = await newWorld(['member1', 'member2']);
  running.push(world);
  return { ...world, member: world.members.get('member1') as MemoryMember };
}

function aConfigMap(name: string, value = 'v1'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value } };
}

function pathOf(name: string): string {
  return `/api/v1/namespaces/default/configmaps/${name}`;
}

function aWork(name: string, manifests: readonly unknown[], extra: object = {}): KubeObject {
  return {
    apiVersion: 'work.karmada.io/v1alpha1',
    kind: 'Work',
    metadata: { name, namespace: space, uid: `uid-${name}`, labels: { 'work.karmada.io/permanent-id': `id-${name}` } },
    spec: { workload: { manifests }, ...extra },
  };
}

function workIn(world: World, name: string): Work | undefined {
  return world.store.get(works, space, name)?.object as Work | undefined;
}

async function change(world: World, name: string, edit: (work: Work) => object): Promise<void> {
  const stored = world.store.get(works, space, name);
  if (stored === undefined) throw new Error(`no Work ${name}`);
  const object = edit(stored.object as Work) as KubeObject;
  const result = await world.store.commit([
    { resource: works, namespace: space, name, object, expect: stored.revision },
  ]);
  if (result.kind === 'conflict') await change(world, name, edit);
}

function deleteWork(world: World, name: string): Promise<void> {
  return change(world, name, (work) => ({
    ...work,
    metadata: { ...work.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
  }));
}

function withManifests(work: Work, manifests: readonly unknown[]): object {
  return { ...work, spec: { ...work.spec, workload: { manifests } } };
}

function applied(world: World, name: string): unknown {
  return workIn(world, name)?.status?.conditions?.find(({ type }) => type === 'Applied');
}

describe('Works that users create', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  it('bring all their objects into their cluster, and report', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one'), aConfigMap('two')]));
    await vi.waitFor(() =>
      expect(applied(world, 'mine')).toMatchObject({ status: 'True', reason: 'AppliedSuccessful' }),
    );
    expect(world.member.get(pathOf('two'))).toMatchObject({
      data: { value: 'v1' },
      metadata: {
        labels: { 'karmada.io/managed': 'true', 'work.karmada.io/permanent-id': 'id-mine' },
        annotations: { 'work.karmada.io/name': 'mine', 'work.karmada.io/namespace': space },
      },
    });
    expect(world.members.get('member2')?.get(pathOf('one'))).toBeUndefined();
    const status = workIn(world, 'mine')?.status;
    expect(status?.conditions).toMatchObject([{ type: 'Applied' }, { type: 'Dispatching', status: 'True' }]);
    expect(status?.manifestStatuses).toMatchObject([
      { identifier: { ordinal: 0, kind: 'ConfigMap', resource: 'configmaps', name: 'one' } },
      { identifier: { ordinal: 1, kind: 'ConfigMap', resource: 'configmaps', name: 'two' } },
    ]);
    expect(workIn(world, 'mine')?.metadata.finalizers).toEqual(['flotilla.io/propagation']);
  });

  it('follow edits: change, add and remove', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one'), aConfigMap('two')]));
    await vi.waitFor(() => expect(world.member.get(pathOf('two'))).toBeDefined());
    await change(world, 'mine', (work) => withManifests(work, [aConfigMap('one', 'v2'), aConfigMap('three')]));
    await vi.waitFor(() => {
      expect(world.member.get(pathOf('one'))?.['data']).toEqual({ value: 'v2' });
      expect(world.member.get(pathOf('three'))).toBeDefined();
      expect(world.member.get(pathOf('two'))).toBeUndefined();
    });
    await vi.waitFor(() =>
      expect(workIn(world, 'mine')?.status?.manifestStatuses?.map(({ identifier }) => identifier.name)).toEqual([
        'one',
        'three',
      ]),
    );
  });

  it('correct what is changed behind their back, and report the status of the object', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aDeployment(2)]));
    await vi.waitFor(() => expect(world.member.get(webPath)).toBeDefined());
    const object = world.member.get(webPath) as KubeObject;
    world.member.put(webPath, { ...object, spec: { ...(object['spec'] as object), replicas: 9 } });
    await vi.waitFor(() => expect(world.member.get(webPath)?.['spec']).toMatchObject({ replicas: 2 }));
    const status = { replicas: 2, readyReplicas: 2 };
    world.member.put(webPath, { ...(world.member.get(webPath) as KubeObject), status });
    await vi.waitFor(() =>
      expect(workIn(world, 'mine')?.status?.manifestStatuses?.[0]?.status).toMatchObject({ readyReplicas: 2 }),
    );
  });

  it('go only when their objects are gone', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one')]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    world.member.isDown = true;
    await deleteWork(world, 'mine');
    await vi.waitFor(() => expect(world.member.requests.at(-1)).toBe(`GET ${pathOf('one')}`));
    expect(workIn(world, 'mine')).toBeDefined();
    world.member.isDown = false;
    await vi.waitFor(() => expect(workIn(world, 'mine')).toBeUndefined(), 5_000);
    expect(world.member.get(pathOf('one'))).toBeUndefined();
  });

  it('leave their objects, without our marks, when they preserve them', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one')], { preserveResourcesOnDeletion: true }));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    await deleteWork(world, 'mine');
    await vi.waitFor(() => expect(workIn(world, 'mine')).toBeUndefined());
    expect(world.member.get(pathOf('one'))?.metadata.labels).toEqual({});
    expect(world.member.get(pathOf('one'))?.['data']).toEqual({ value: 'v1' });
  });

  it('delete nothing that carries another id', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one')]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    world.member.isDown = true;
    await deleteWork(world, 'mine');
    const object = world.member.get(pathOf('one')) as KubeObject;
    const labels = { ...object.metadata.labels, 'work.karmada.io/permanent-id': 'another' };
    world.member.put(pathOf('one'), { ...object, metadata: { ...object.metadata, labels } });
    world.member.isDown = false;
    await vi.waitFor(() => expect(workIn(world, 'mine')).toBeUndefined(), 5_000);
    expect(world.member.get(pathOf('one'))).toBeDefined();
  });

  it('send nothing while suspended', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one')], { suspendDispatching: true }));
    await vi.waitFor(() =>
      expect(workIn(world, 'mine')?.status?.conditions).toMatchObject([
        { type: 'Dispatching', status: 'False', reason: 'SuspendDispatching' },
      ]),
    );
    expect(world.member.get(pathOf('one'))).toBeUndefined();
    await change(world, 'mine', (work) => ({ ...work, spec: { ...work.spec, suspendDispatching: false } }));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    expect(world.member.get(pathOf('one'))).toBeDefined();
  });

  it.each([
    ['an unknown kind', { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }, 'not known to serve'],
    ['no namespace', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, 'needs metadata.namespace'],
    ['no name', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }, 'needs apiVersion, kind and metadata.name'],
    ['the same object twice', aConfigMap('one'), 'is listed before'],
  ])('say what is wrong with a manifest (%s) and apply the others', async (_case, manifest, message) => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one'), manifest]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'False', reason: 'AppliedFailed' }));
    await vi.waitFor(() =>
      expect((applied(world, 'mine') as { message: string }).message).toContain(
        'Failed to apply all manifests (1/2): ',
      ),
    );
    expect((applied(world, 'mine') as { message: string }).message).toContain(message);
    expect(world.member.get(pathOf('one'))).toBeDefined();
  });

  it('find kinds that only the cluster knows, once it reports them', async () => {
    const world = await aWorld();
    const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'default' } };
    await world.put(works, aWork('mine', [thing]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'False' }));
    const resources = [
      { name: 'things/status', kind: 'Thing' },
      { name: 'things', kind: 'Thing' },
    ];
    await world.put(clusters, {
      ...aCluster('member1'),
      status: { apiEnablements: [{ groupVersion: 'example.com/v1', resources }] },
    });
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    expect(world.member.get('/apis/example.com/v1/namespaces/default/things/x')).toBeDefined();
  });

  it('do not fight over an object: the second says so and has it when the first goes', async () => {
    const world = await aWorld();
    await world.put(works, aWork('first', [aConfigMap('one', 'first')]));
    await vi.waitFor(() => expect(applied(world, 'first')).toMatchObject({ status: 'True' }));
    await world.put(works, aWork('second', [aConfigMap('one', 'second')]));
    await vi.waitFor(() => expect(applied(world, 'second')).toMatchObject({ status: 'False' }));
    expect(world.member.get(pathOf('one'))?.['data']).toEqual({ value: 'first' });
    await deleteWork(world, 'first');
    await vi.waitFor(() => expect(applied(world, 'second')).toMatchObject({ status: 'True' }));
    expect(world.member.get(pathOf('one'))?.['data']).toEqual({ value: 'second' });
  });

  it('yield to a binding and leave its object alone', async () => {
    const world = await aWorld();
    await world.put(deployments, aDeployment(2));
    await world.put(resourceBindings, aBinding({ member1: 2 }));
    await vi.waitFor(() => expect(world.member.get(webPath)).toBeDefined());
    await world.put(works, aWork('mine', [aDeployment(7)]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'False' }));
    await deleteWork(world, 'mine');
    await vi.waitFor(() => expect(workIn(world, 'mine')).toBeUndefined());
    expect(world.member.get(webPath)?.['spec']).toMatchObject({ replicas: 2 });
  });

  it('remove after a restart what was dropped meanwhile, and write nothing when all is as declared', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one'), aConfigMap('two')]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    const { revision } = world.store;
    world.member.requests.length = 0;
    await world.restart();
    await vi.waitFor(() => expect(world.member.requests).toContain('GET /api/v1/configmaps'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.member.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
    expect(world.store.revision).toBe(revision);
    const left = world.member.get(pathOf('two')) as KubeObject;
    await change(world, 'mine', (work) => withManifests(work, [aConfigMap('one')]));
    await vi.waitFor(() => expect(world.member.get(pathOf('two'))).toBeUndefined());
    // Left over all the same, and forgotten: the marks on it tell.
    await vi.waitFor(() => expect(workIn(world, 'mine')?.status?.manifestStatuses).toHaveLength(1));
    world.member.put(pathOf('two'), left);
    await world.restart();
    await vi.waitFor(() => expect(world.member.get(pathOf('two'))).toBeUndefined());
  });

  it('end with their cluster', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one')]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    const cluster = aCluster('member1');
    await world.put(clusters, {
      ...cluster,
      metadata: { ...cluster.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await vi.waitFor(() => expect(workIn(world, 'mine')).toBeUndefined());
    expect(world.member.get(pathOf('one'))).toBeUndefined();
  });

  it('do not outlive a cluster that leaves and does not answer', async () => {
    const world = await aWorld();
    await world.put(works, aWork('mine', [aConfigMap('one')]));
    await vi.waitFor(() => expect(applied(world, 'mine')).toMatchObject({ status: 'True' }));
    world.member.isDown = true;
    const cluster = aCluster('member1');
    await world.put(clusters, {
      ...cluster,
      metadata: { ...cluster.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    });
    await vi.waitFor(() => expect(workIn(world, 'mine')).toBeUndefined());
  });
});
