import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { MemoryMember } from '@flotilla/member/testing/memory-member';

import type { Binding } from './binding-state.ts';
import { clusterOverridePolicies, clusters, namespaces, resourceBindings } from './resources.ts';
import { aBinding, aDeployment, aWorld as newWorld, deployments, webPath } from './testing/world.ts';
import type { World } from './testing/world.ts';

const idLabel = 'resourcebinding.karmada.io/permanent-id';
const shopPath = '/api/v1/namespaces/shop';
const running: World[] = [];

async function aWorld(memberNames: readonly string[]): Promise<World> {
  const world = await newWorld(memberNames);
  running.push(world);
  return world;
}

function memberOf(world: World, name: string): MemoryMember {
  return world.members.get(name) as MemoryMember;
}

function bindingOf(world: World): Binding {
  return world.store.get(resourceBindings, 'default', 'web-deployment')?.object as Binding;
}

function conditionsOf(world: World): unknown {
  return bindingOf(world).status?.conditions?.map(({ type, status }) => `${type}=${status}`);
}

async function aPlacedWorld(memberNames: readonly string[], targets: Readonly<Record<string, number>>): Promise<World> {
  const world = await aWorld(memberNames);
  const replicas = Object.values(targets).reduce((sum, count) => sum + count, 0);
  await world.put(deployments, aDeployment(replicas));
  await world.put(resourceBindings, aBinding(targets));
  await vi.waitFor(() => expect(conditionsOf(world)).toEqual(['FullyApplied=True']));
  return world;
}

async function place(world: World, targets: Readonly<Record<string, number>>, extra = {}): Promise<void> {
  await world.edit(resourceBindings, 'web-deployment', (object) => ({
    ...object,
    spec: aBinding(targets, extra)['spec'],
  }));
}

async function erase(world: World, resource: typeof namespaces, name: string): Promise<void> {
  const { namespace, object } = world.store.get(resource, '', name) ?? { namespace: '', object: {} as KubeObject };
  await world.store.commit([{ resource, namespace, name, object, isDelete: true }]);
}

function aNamespace(uid: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid } };
}

describe('propagation over the life of things', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });

  it('puts a permanent id that changes on the objects', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    await world.edit(resourceBindings, 'web-deployment', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { [idLabel]: 'id-2' } },
    }));
    await vi.waitFor(() => expect(memberOf(world, 'member1').get(webPath)?.metadata.labels?.[idLabel]).toBe('id-2'));
  });

  it('takes a template that was made anew for what it is, though it has the generation of the former', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    const anew = aDeployment(2, 'nginx:2');
    await world.put(deployments, { ...anew, metadata: { ...anew.metadata, uid: 'u2' } });
    await vi.waitFor(() => expect(JSON.stringify(memberOf(world, 'member1').get(webPath))).toContain('nginx:2'));
  });

  it('does not call a binding fully applied when a cluster joins its targets and has not got it yet', async () => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 2 });
    const suspension = { dispatchingOnClusters: { clusterNames: ['member2'] } };
    await place(world, { member1: 1, member2: 1 }, { suspension });
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual([]));
    await place(world, { member1: 1, member2: 1 });
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual(['FullyApplied=True']));
  });

  it('does not call a binding fully applied that has no targets any more', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    await place(world, {}, { replicas: 2 });
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual([]));
    expect(bindingOf(world).status?.aggregatedStatus).toEqual([]);
  });

  it('forgets a cluster that left while its binding waits for the scheduler', async () => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 1, member2: 1 });
    const scaled = aDeployment(7);
    await world.put(deployments, scaled);
    await erase(world, clusters, 'member2');
    await vi.waitFor(() =>
      expect(bindingOf(world).status?.aggregatedStatus?.map(({ clusterName }) => clusterName)).toEqual(['member1']),
    );
  });

  it('writes no more to a cluster that is pulled by an agent from now on', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    await world.edit(clusters, 'member1', (object) => ({
      ...object,
      spec: { ...(object as Cluster).spec, syncMode: 'Pull' },
    }));
    const member = memberOf(world, 'member1');
    member.requests.length = 0;
    member.remove(webPath);
    await world.put(deployments, aDeployment(2, 'nginx:2'));
    await vi.waitFor(() => expect(world.store.get(deployments, 'default', 'web')).toBeDefined());
    await place(world, { member1: 2 }, { conflictResolution: 'Overwrite' });
    expect(member.requests).toEqual([]);
  });

  it('starts a workload in its next cluster only when it is gone from the one that it leaves directly', async () => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 2 });
    memberOf(world, 'member1').answers.push({
      match: /^DELETE/,
      response: { status: 500, body: '{"message":"not now"}' },
    });
    const task = {
      fromCluster: 'member1',
      purgeMode: 'Directly',
      producer: 'TaintManager',
      reason: 'TaintUntolerated',
    };
    const present: (boolean | undefined)[] = [];
    const post = memberOf(world, 'member2').request.bind(memberOf(world, 'member2'));
    vi.spyOn(memberOf(world, 'member2'), 'request').mockImplementation((request) => {
      if (request.method === 'POST') present.push(memberOf(world, 'member1').get(webPath) !== undefined);
      return post(request);
    });
    await place(world, { member2: 2 }, { gracefulEvictionTasks: [task] });
    await vi.waitFor(() => expect(memberOf(world, 'member2').get(webPath)).toBeDefined());
    expect(present).toEqual([false]);
  });

  it('takes a copy that carries our marks under another name for nothing of ours', async () => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 2 });
    const object = memberOf(world, 'member1').get(webPath) as KubeObject;
    const member = memberOf(world, 'member2');
    member.put(webPath.replace('/web', '/copy'), { ...object, metadata: { ...object.metadata, name: 'copy' } });
    member.requests.length = 0;
    await world.restart();
    await vi.waitFor(() => expect(member.requests).toContain('GET /apis/apps/v1/deployments'));
    await place(world, { member1: 1, member2: 1 });
    await vi.waitFor(() => expect(member.get(webPath)).toBeDefined());
    expect(member.requests).not.toContain(`GET ${webPath}`);
  });

  it('renders a namespace anew when its cluster begins to match an override', async () => {
    const world = await aWorld(['member1']);
    await world.put(clusterOverridePolicies, {
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: 'ClusterOverridePolicy',
      metadata: { name: 'edge' },
      spec: {
        resourceSelectors: [{ apiVersion: 'v1', kind: 'Namespace', name: 'shop' }],
        overrideRules: [
          {
            targetCluster: { labelSelector: { matchLabels: { tier: 'edge' } } },
            overriders: { labelsOverrider: [{ operator: 'add', value: { tier: 'edge' } }] },
          },
        ],
      },
    });
    await world.put(namespaces, aNamespace('ns-1'));
    const member = memberOf(world, 'member1');
    await vi.waitFor(() => expect(member.get(shopPath)).toBeDefined());
    await world.edit(clusters, 'member1', (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { tier: 'edge' } },
    }));
    await vi.waitFor(() => expect(member.get(shopPath)?.metadata.labels?.['tier']).toBe('edge'));
  });

  it('removes a namespace from a member that was away when it was deleted, also after a restart', async () => {
    const world = await aWorld(['member1', 'member2']);
    await world.put(namespaces, aNamespace('ns-1'));
    const [away, other] = [memberOf(world, 'member1'), memberOf(world, 'member2')];
    await vi.waitFor(() =>
      expect([away, other].map((member) => member.get(shopPath) !== undefined)).toEqual([true, true]),
    );
    const foreign = away.put('/api/v1/namespaces/foreign', {
      ...(away.get(shopPath) as KubeObject),
      metadata: { name: 'foreign', labels: { 'karmada.io/managed': 'true' } },
    });
    away.isDown = true;
    await erase(world, namespaces, 'shop');
    await vi.waitFor(() => expect(other.get(shopPath)).toBeUndefined());
    away.isDown = false;
    expect(away.get(shopPath)).toBeDefined();
    await world.restart();
    await vi.waitFor(() => expect(away.get(shopPath)).toBeUndefined());
    expect(away.get('/api/v1/namespaces/foreign')).toEqual(foreign);
  });

  it('does not wait for a member that cannot be reached when its cluster leaves', async () => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 1, member2: 1 });
    memberOf(world, 'member2').isDown = true;
    await place(world, { member1: 2 });
    const leaving = (ready: string) => (object: KubeObject) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    });
    const clustersTold = (): unknown =>
      bindingOf(world).status?.aggregatedStatus?.map(({ clusterName }) => clusterName);
    await world.edit(clusters, 'member2', leaving('True'));
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual(['FullyApplied=True']));
    expect(clustersTold()).toEqual(['member1', 'member2']);
    await world.edit(clusters, 'member2', leaving('False'));
    await vi.waitFor(() => expect(clustersTold()).toEqual(['member1']));
  });

  it('reports nothing of a cluster about the one that replaces it under its name', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    const former = memberOf(world, 'member1');
    former.put(webPath, { ...(former.get(webPath) as KubeObject), status: { readyReplicas: 2 } });
    const status = (): unknown => bindingOf(world).status?.aggregatedStatus?.[0]?.status;
    await vi.waitFor(() => expect(status()).toMatchObject({ readyReplicas: 2 }));
    const { object, revision } = world.store.get(clusters, '', 'member1') ?? { object: aDeployment(0), revision: 0 };
    const members = world.members as Map<string, MemoryMember>;
    const next = new MemoryMember();
    next.isDown = true;
    members.set('member1', next);
    const key = { resource: clusters, namespace: '', name: 'member1' };
    // One after the other, and both seen at once by who is a little behind.
    await Promise.all([
      world.store.commit([{ ...key, object, isDelete: true, expect: revision }]),
      world.store.commit([{ ...key, object: { ...object, metadata: { name: 'member1', uid: 'c2' } }, expect: 0 }]),
    ]);
    await vi.waitFor(() => expect(status()).toBeUndefined());
    next.isDown = false;
    await vi.waitFor(() => expect(next.get(webPath)).toBeDefined(), 5_000);
  });
});
