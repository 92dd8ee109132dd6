import { afterEach, describe, expect, it, vi } from 'vitest';

import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { MemoryMember } from '@flotilla/member/testing/memory-member';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';

import type { Binding } from './binding-state.ts';
import {
  clusterOverridePolicies,
  clusters,
  namespaces,
  overridePolicies,
  resourceBindings,
  secrets,
} from './resources.ts';
import { createPropagation } from './service.ts';
import type { Propagation } from './service.ts';

const deployments: ResourceId = { group: 'apps', resource: 'deployments' };
const webPath = '/apis/apps/v1/namespaces/default/deployments/web';

interface World {
  readonly store: ObjectStore;
  readonly members: ReadonlyMap<string, MemoryMember>;
  readonly put: (resource: ResourceId, object: KubeObject) => Promise<void>;
  readonly edit: (resource: ResourceId, name: string, change: (object: KubeObject) => KubeObject) => Promise<void>;
  readonly restart: () => Promise<void>;
}

const running: { stop(): Promise<void> }[] = [];

async function aWorld(memberNames: readonly string[]): Promise<World> {
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const members = new Map(memberNames.map((name) => [name, new MemoryMember()]));
  const kinds = createKindRegistry([
    ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
    ...createKarmadaKinds(),
  ]);
  const begin = (): Propagation => {
    const propagation = createPropagation({
      store,
      kinds,
      interpreter: createInterpreter(),
      connect: ({ cluster }) => members.get(cluster) ?? new MemoryMember(),
      now: () => 0,
      random: () => 0,
      report: () => undefined,
    });
    propagation.start();
    return propagation;
  };
  let propagation = begin();
  running.push({
    async stop() {
      await propagation.stop();
      end.abort();
    },
  });
  const put: World['put'] = async (resource, object) => {
    const { namespace = '', name = '' } = object.metadata;
    const expectRevision = store.get(resource, namespace, name)?.revision ?? 0;
    await store.commit([{ resource, namespace, name, object, expect: expectRevision }]);
  };
  for (const name of memberNames) {
    await put(secrets, aSecret(name));
    await put(clusters, aCluster(name));
  }
  return {
    store,
    members,
    put,
    async edit(resource, name, change) {
      const stored = store.get(resource, 'default', name) ?? store.get(resource, '', name);
      if (stored === undefined) throw new Error(`no ${resource.resource} ${name}`);
      await put(resource, change(stored.object));
    },
    async restart() {
      await propagation.stop();
      propagation = begin();
    },
  };
}

function aCluster(name: string): KubeObject {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: { syncMode: 'Push', apiEndpoint: `https://${name}`, secretRef: { namespace: 'karmada-cluster', name } },
  };
}

function aSecret(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'karmada-cluster' },
    data: { token: Buffer.from('t').toString('base64') },
  };
}

function aDeployment(replicas: number, image = 'nginx'): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: replicas },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'web', image }] } },
    },
  };
}

function aBinding(targets: Readonly<Record<string, number>>, extra: Partial<ResourceBindingSpec> = {}): KubeObject {
  const replicas = Object.values(targets).reduce((sum, count) => sum + count, 0);
  return {
    apiVersion: 'work.karmada.io/v1alpha2',
    kind: 'ResourceBinding',
    metadata: {
      name: 'web-deployment',
      namespace: 'default',
      uid: 'b1',
      generation: 1,
      labels: { 'resourcebinding.karmada.io/permanent-id': 'id-1' },
      finalizers: ['flotilla.io/propagation'],
    },
    spec: {
      resource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
      replicas,
      clusters: Object.entries(targets).map(([name, count]) => ({ name, replicas: count })),
      ...extra,
    },
  };
}

function bindingOf(world: World): Binding {
  return world.store.get(resourceBindings, 'default', 'web-deployment')?.object as Binding;
}

function replicasIn(world: World, member: string): unknown {
  return (world.members.get(member)?.get(webPath)?.['spec'] as { replicas?: unknown } | undefined)?.replicas;
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

function anOverride(kind: 'OverridePolicy' | 'ClusterOverridePolicy', cluster: string, registry: string): KubeObject {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind,
    metadata: { name: `to-${cluster}`, ...(kind === 'OverridePolicy' ? { namespace: 'default' } : {}) },
    spec: {
      resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }],
      overrideRules: [
        {
          targetCluster: { clusterNames: [cluster] },
          overriders: { imageOverrider: [{ component: 'Registry', operator: 'add', value: registry }] },
        },
      ],
    },
  };
}
