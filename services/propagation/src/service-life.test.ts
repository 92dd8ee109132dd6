import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { MemoryMember } from '@flotilla/member/testing/memory-member';

import type { Binding } from '@flotilla/works/binding';
import {
  clusterOverridePolicies,
  clusters,
  namespaces,
  overridePolicies,
  resourceBindings,
} from '@flotilla/works/resources';
import { aBinding, aDeployment, deployments } from '@flotilla/works/testing/objects';
import { aWorld as newWorld, webPath } from './testing/world.ts';
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

  it('puts the status of a template back that somebody else wrote, and once only', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    const member = memberOf(world, 'member1');
    member.put(webPath, {
      ...(member.get(webPath) as KubeObject),
      status: { readyReplicas: 2, observedGeneration: 1 },
    });
    const status = (): unknown => world.store.get(deployments, 'default', 'web')?.object['status'];
    await vi.waitFor(() => expect(status()).toMatchObject({ readyReplicas: 2 }));
    const before = status();
    const { revision } = world.store;
    await world.edit(deployments, 'web', (object) => ({
      ...object,
      status: { readyReplicas: 9, observedGeneration: 9 },
    }));
    await vi.waitFor(() => expect(status()).toEqual(before));
    expect(world.store.revision).toBe(revision + 2);
  });

  it('gives a template that is made anew the status of what its members have', async () => {
    const world = await aPlacedWorld(['member1'], { member1: 2 });
    const member = memberOf(world, 'member1');
    member.put(webPath, { ...(member.get(webPath) as KubeObject), status: { readyReplicas: 2 } });
    const status = (): unknown => world.store.get(deployments, 'default', 'web')?.object['status'];
    await vi.waitFor(() => expect(status()).toMatchObject({ readyReplicas: 2 }));
    await world.edit(deployments, 'web', ({ status: _status, ...object }) => ({ ...object }) as KubeObject);
    await vi.waitFor(() => expect(status()).toMatchObject({ readyReplicas: 2 }));
  });

  it('leaves the status of kinds alone that it does not aggregate', async () => {
    const world = await aWorld(['member1']);
    const controllers = { group: '', resource: 'replicationcontrollers' };
    const metadata = { name: 'web', namespace: 'default', uid: 'rc', generation: 1 };
    const template = { apiVersion: 'v1', kind: 'ReplicationController', metadata, spec: { replicas: 1 } };
    await world.put(controllers, template);
    const resource = { apiVersion: 'v1', kind: 'ReplicationController', namespace: 'default', name: 'web' };
    const binding = aBinding({ member1: 1 }, { resource });
    await world.put(resourceBindings, binding);
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual(['FullyApplied=True']));
    const { revision } = world.store;
    await world.edit(controllers, 'web', (object) => ({ ...object, status: { replicas: 7 } }));
    await place(world, { member1: 1 }, { resource, conflictResolution: 'Overwrite' });
    await vi.waitFor(() =>
      expect(
        memberOf(world, 'member1').get('/api/v1/namespaces/default/replicationcontrollers/web')?.metadata.annotations,
      ).toMatchObject({ 'work.karmada.io/conflict-resolution': 'overwrite' }),
    );
    expect(world.store.get(controllers, 'default', 'web')?.object['status']).toEqual({ replicas: 7 });
    expect(world.store.revision).toBe(revision + 2);
  });

  it('says in Events on the binding and on the template that an override does not fit, once', async () => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 1, member2: 1 });
    const policy = (value: string): KubeObject => ({
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: 'OverridePolicy',
      metadata: { name: 'wrong', namespace: 'default' },
      spec: {
        overrideRules: [
          {
            targetCluster: { clusterNames: ['member2'] },
            overriders: { plaintext: [{ path: '/spec/nothing/here', operator: 'replace', value }] },
          },
        ],
      },
    });
    await world.put(overridePolicies, policy('a'));
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual(['FullyApplied=False']));
    const events = (): readonly KubeObject[] =>
      world.store.list({ group: '', resource: 'events' }).map(({ object }) => object);
    await vi.waitFor(() => expect(events()).toHaveLength(2));
    expect(
      events()
        .map((event) => (event['involvedObject'] as { kind: string }).kind)
        .toSorted(),
    ).toEqual(['Deployment', 'ResourceBinding']);
    for (const event of events()) {
      expect(event).toMatchObject({ type: 'Warning', reason: 'ApplyOverridePolicyFailed', count: 1 });
      expect(event['message']).toMatch(/^Cluster member2: OverridePolicy default\/wrong, rule 1, \/spec\/nothing/);
    }
    // Failing again in the same way is no news.
    await world.put(overridePolicies, policy('b'));
    await world.edit(overridePolicies, 'wrong', (object) => ({ ...object, spec: {} }));
    await vi.waitFor(() => expect(conditionsOf(world)).toEqual(['FullyApplied=True']));
    expect(events().map((event) => event['count'])).toEqual([1, 1]);
  });

  it('says in an Event that an override does not fit a namespace', async () => {
    const world = await aWorld(['member1']);
    await world.put(clusterOverridePolicies, {
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: 'ClusterOverridePolicy',
      metadata: { name: 'wrong' },
      spec: {
        resourceSelectors: [{ apiVersion: 'v1', kind: 'Namespace' }],
        overrideRules: [{ overriders: { plaintext: [{ path: '/metadata/name', operator: 'replace', value: 'x' }] } }],
      },
    });
    await world.put(namespaces, aNamespace('ns-1'));
    await vi.waitFor(() =>
      expect(world.store.list({ group: '', resource: 'events' })[0]?.object).toMatchObject({
        involvedObject: { kind: 'Namespace', name: 'shop' },
        reason: 'ApplyOverridePolicyFailed',
      }),
    );
    expect(memberOf(world, 'member1').get(shopPath)).toBeUndefined();
  });

  it('releases the namespaces of a cluster that leaves, with all that is in them, and lets it go', async () => {
    const world = await aWorld(['member1', 'member2']);
    const member = memberOf(world, 'member1');
    const own = member.put('/api/v1/namespaces/own', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'own', labels: { team: 'a' } },
    });
    await world.put(namespaces, aNamespace('ns-1'));
    await world.put(namespaces, { ...aNamespace('ns-2'), metadata: { name: 'own', uid: 'ns-2' } });
    await vi.waitFor(() => expect(member.get(shopPath)).toBeDefined());
    await world.edit(clusters, 'member1', (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        deletionTimestamp: '2026-01-01T00:00:00Z',
      },
    }));
    const finalizers = (): unknown => world.store.get(clusters, '', 'member1')?.object.metadata.finalizers;
    await vi.waitFor(() => expect(finalizers()).toEqual(['flotilla.io/cluster']));
    expect(member.get(shopPath)?.metadata).toMatchObject({ labels: {}, annotations: {} });
    expect(member.get('/api/v1/namespaces/own')).toEqual(own);
    await world.put(namespaces, { ...aNamespace('ns-3'), metadata: { name: 'late', uid: 'ns-3' } });
    await vi.waitFor(() => expect(memberOf(world, 'member2').get('/api/v1/namespaces/late')).toBeDefined());
    expect(member.get('/api/v1/namespaces/late')).toBeUndefined();
    expect(memberOf(world, 'member2').get(shopPath)?.metadata.labels).toMatchObject({ 'karmada.io/managed': 'true' });
  });

  it('does not wait for the namespaces of a cluster that leaves and does not answer', async () => {
    const world = await aWorld(['member1']);
    await world.put(namespaces, aNamespace('ns-1'));
    await vi.waitFor(() => expect(memberOf(world, 'member1').get(shopPath)).toBeDefined());
    memberOf(world, 'member1').isDown = true;
    await world.edit(clusters, 'member1', (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    }));
    await vi.waitFor(() =>
      expect(world.store.get(clusters, '', 'member1')?.object.metadata.finalizers).toEqual(['flotilla.io/cluster']),
    );
  });

  it('holds the Clusters of push members, and those alone', async () => {
    const world = await aWorld([]);
    const cluster = (name: string, syncMode: string): KubeObject => ({
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name },
      spec: { syncMode },
    });
    await world.put(clusters, cluster('pulled', 'Pull'));
    await world.put(clusters, cluster('pushed', 'Push'));
    const finalizers = (name: string): unknown => world.store.get(clusters, '', name)?.object.metadata.finalizers;
    await vi.waitFor(() => expect(finalizers('pushed')).toEqual(['flotilla.io/propagation']));
    expect(finalizers('pulled')).toBeUndefined();
  });

  it.each([
    ['leaves what is to be preserved in a cluster that leaves the fleet, without our marks', true, {}],
    ['takes what is not to be preserved out of a cluster that leaves the fleet', false, undefined],
  ])('%s', async (_case, preserveResourcesOnDeletion, labelsLeft) => {
    const world = await aPlacedWorld(['member1', 'member2'], { member1: 1, member2: 1 });
    await place(world, { member1: 1, member2: 1 }, { preserveResourcesOnDeletion });
    await world.edit(clusters, 'member2', (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    }));
    await place(world, { member1: 2 }, { preserveResourcesOnDeletion });
    await vi.waitFor(() =>
      expect(bindingOf(world).status?.aggregatedStatus?.map(({ clusterName }) => clusterName)).toEqual(['member1']),
    );
    expect(memberOf(world, 'member2').get(webPath)?.metadata.labels).toEqual(labelsLeft);
  });
});
