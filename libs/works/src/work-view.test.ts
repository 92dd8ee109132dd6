import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createInterpreter } from '@flotilla/interpreter/interpreter';
import type { Work } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectChange, ObjectStore } from '@flotilla/store/object-store';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import type { ResourceId } from '@flotilla/kinds/kind-definition';

import { clusterOverridePolicies, clusters, overridePolicies, resourceBindings } from './resources.ts';
import { aBinding, aCluster, aDeployment, anOverride, deployments } from './testing/objects.ts';
import { createWorkView } from './work-view.ts';
import type { WorkView } from './work-view.ts';

const kinds = createKindRegistry([
  ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
  ...createKarmadaKinds(),
]);
const names = ['member1', 'member2', 'member3'];

describe('the Work view', () => {
  let store: ObjectStore;
  let view: WorkView;
  let end: AbortController;
  beforeEach(async () => {
    end = new AbortController();
    store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
    view = createWorkView({ store, kinds, interpreter: createInterpreter() });
    for (const name of names) await put(clusters, aCluster(name));
  });
  afterEach(() => end.abort());

  async function put(resource: ResourceId, object: KubeObject): Promise<number> {
    const { namespace = '', name = '' } = object.metadata;
    const result = await store.commit([{ resource, namespace, name, object }]);
    return result.kind === 'committed' ? (result.objects[0]?.revision ?? 0) : 0;
  }

  async function remove(resource: ResourceId, namespace: string, name: string): Promise<void> {
    const object = store.get(resource, namespace, name)?.object as KubeObject;
    await store.commit([{ resource, namespace, name, object, isDelete: true }]);
  }

  function worksIn(cluster: string): readonly Work[] {
    return view.list(`karmada-es-${cluster}`).map(({ object }) => object as Work);
  }

  function manifestIn(cluster: string): KubeObject | undefined {
    return worksIn(cluster)[0]?.spec.workload?.manifests?.[0] as KubeObject | undefined;
  }

  function watch(from = store.revision): { readonly seen: () => readonly string[]; readonly changes: ObjectChange[] } {
    const changes: ObjectChange[] = [];
    const result = view.subscribe({ from, onChanges: (batch) => void changes.push(...batch) });
    expect(result.kind).toBe('subscribed');
    return { changes, seen: () => changes.splice(0).map(({ type, object }) => `${type} ${object.namespace}`) };
  }

  it('shows what each cluster shall have, and nothing in other namespaces', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    expect([manifestIn('member1')?.['spec'], manifestIn('member2')?.['spec']]).toMatchObject([
      { replicas: 2 },
      { replicas: 3 },
    ]);
    expect(worksIn('member3')).toEqual([]);
    expect(view.list('default')).toEqual([]);
    expect(view.list().map(({ namespace }) => namespace)).toEqual(['karmada-es-member1', 'karmada-es-member2']);
    const [work] = worksIn('member1');
    expect(work?.metadata.name).toMatch(/^web-[0-9a-f]{10}$/);
    expect(work?.metadata.labels).toMatchObject({
      'work.karmada.io/permanent-id': manifestIn('member1')?.metadata.labels?.['work.karmada.io/permanent-id'],
      'resourcebinding.karmada.io/permanent-id': 'id-1',
    });
    expect(work?.metadata.annotations).toMatchObject({ 'resourcebinding.karmada.io/name': 'web-deployment' });
  });

  it('gives the same Work by name, with the newest revision among what it is made of', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 5 }));
    const revision = await put(overridePolicies, anOverride('OverridePolicy', 'member1', 'registry.example.com'));
    const [listed] = view.list('karmada-es-member1');
    const got = view.get('karmada-es-member1', listed?.name ?? '');
    expect(got?.object).toEqual(listed?.object);
    expect(got?.revision).toBe(revision);
    expect(JSON.parse(Buffer.from(got?.servedBytes() ?? []).toString())).toEqual(got?.object);
    expect(got?.object.metadata.annotations?.['policy.karmada.io/applied-overrides']).toContain('to-member1');
    expect(view.get('karmada-es-member2', listed?.name ?? '')).toBeUndefined();
    expect(view.get('default', listed?.name ?? '')).toBeUndefined();
  });

  it('tells how far the manifest is carried out', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, {
      ...aBinding({ member1: 2, member2: 3 }),
      status: {
        aggregatedStatus: [
          { clusterName: 'member1', applied: true, status: { readyReplicas: 2 }, health: 'Healthy' },
          { clusterName: 'member2', applied: false, appliedMessage: 'quota exceeded', health: 'Unknown' },
        ],
      },
    });
    expect(worksIn('member1')[0]?.status).toMatchObject({
      conditions: [
        { type: 'Applied', status: 'True', reason: 'AppliedSuccessful' },
        { type: 'Dispatching', status: 'True', reason: 'Dispatching' },
      ],
      manifestStatuses: [
        {
          identifier: { ordinal: 0, group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' },
          status: { readyReplicas: 2 },
          health: 'Healthy',
        },
      ],
    });
    expect(worksIn('member2')[0]?.status?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'AppliedFailed',
      message: 'Failed to apply all manifests (0/1): quota exceeded',
    });
  });

  it('shows a suspended Work with what would be sent', async () => {
    await put(deployments, aDeployment(5));
    const suspension = { dispatchingOnClusters: { clusterNames: ['member2'] } };
    await put(resourceBindings, aBinding({ member1: 2, member2: 3 }, { suspension }));
    expect(worksIn('member1')[0]?.spec.suspendDispatching).toBeUndefined();
    expect(worksIn('member2')[0]?.spec).toMatchObject({
      suspendDispatching: true,
      workload: { manifests: [{ spec: { replicas: 3 } }] },
    });
    expect(worksIn('member2')[0]?.status?.conditions).toMatchObject([
      { type: 'Dispatching', status: 'False', reason: 'SuspendDispatching' },
    ]);
  });

  it('keeps the Work of a cluster that is left gracefully', async () => {
    await put(deployments, aDeployment(5));
    const task = { fromCluster: 'member3', reason: 'TaintUntolerated', producer: 'TaintManager', replicas: 5 };
    const gracefulEvictionTasks = [{ ...task, purgeMode: 'Gracefully' as const }];
    await put(resourceBindings, aBinding({ member1: 5 }, { gracefulEvictionTasks }));
    expect(manifestIn('member3')?.['spec']).toMatchObject({ replicas: 5 });
    await put(
      resourceBindings,
      aBinding({ member1: 5 }, { gracefulEvictionTasks: [{ ...task, purgeMode: 'Directly' }] }),
    );
    expect(worksIn('member3')).toEqual([]);
  });

  it('says why an override does not fit', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 5 }));
    await put(overridePolicies, {
      apiVersion: 'policy.karmada.io/v1alpha1',
      kind: 'OverridePolicy',
      metadata: { name: 'broken', namespace: 'default' },
      spec: { overrideRules: [{ overriders: { plaintext: [{ path: '/spec/nothing/here', operator: 'remove' }] } }] },
    });
    expect(worksIn('member1')[0]?.spec.workload?.manifests).toEqual([]);
    expect(worksIn('member1')[0]?.status?.conditions?.[0]).toMatchObject({ type: 'Applied', status: 'False' });
    expect(worksIn('member1')[0]?.status?.conditions?.[0]?.message).toContain('OverridePolicy default/broken');
  });

  it('has a Work only while binding, template and cluster are there', async () => {
    const { seen } = watch();
    await put(resourceBindings, aBinding({ member1: 5 }));
    expect([worksIn('member1').length, seen()]).toEqual([0, []]);
    await put(deployments, aDeployment(5));
    expect([worksIn('member1').length, seen()]).toEqual([1, ['ADDED karmada-es-member1']]);
    await remove(clusters, '', 'member1');
    expect([worksIn('member1').length, seen()]).toEqual([0, ['DELETED karmada-es-member1']]);
    await put(clusters, aCluster('member1'));
    expect([worksIn('member1').length, seen()]).toEqual([1, ['ADDED karmada-es-member1']]);
    await put(resourceBindings, {
      ...aBinding({ member1: 5 }),
      metadata: { ...aBinding({}).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    expect([worksIn('member1').length, seen()]).toEqual([0, ['DELETED karmada-es-member1']]);
    await remove(resourceBindings, 'default', 'web-deployment');
    expect(seen()).toEqual([]);
  });

  it('tells a watch of the clusters that a change concerns, and of no others', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    const { seen } = watch();
    await put(resourceBindings, aBinding({ member1: 1, member2: 3, member3: 1 }));
    expect(seen()).toEqual(['MODIFIED karmada-es-member1', 'ADDED karmada-es-member3']);
    await put(deployments, { ...aDeployment(5), status: { readyReplicas: 1 } });
    expect(seen()).toEqual([]);
    await put(deployments, aDeployment(6, 'nginx:2'));
    expect(seen()).toHaveLength(3);
    await put(clusterOverridePolicies, anOverride('ClusterOverridePolicy', 'member2', 'registry.example.com'));
    expect(seen()).toEqual(['MODIFIED karmada-es-member2']);
    await remove(clusterOverridePolicies, '', 'to-member2');
    expect(seen()).toEqual(['MODIFIED karmada-es-member2']);
    expect(JSON.stringify(manifestIn('member2'))).not.toContain('registry.example.com');
    await put(clusters, { ...aCluster('member1'), status: { kubernetesVersion: 'v1.34.0' } });
    expect(seen()).toEqual([]);
    await put(clusters, { ...aCluster('member1'), metadata: { name: 'member1', labels: { zone: 'a' } } });
    expect(seen()).toEqual(['MODIFIED karmada-es-member1']);
  });

  it('raises the revision with every event, also when a policy goes', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 5 }));
    await put(overridePolicies, anOverride('OverridePolicy', 'member1', 'registry.example.com'));
    const { changes } = watch();
    await remove(overridePolicies, 'default', 'to-member1');
    expect(changes.map(({ object }) => object.revision)).toEqual([store.revision]);
    expect(changes[0]?.object.object.metadata.resourceVersion).toBe(String(store.revision));
  });

  it('makes up for what a resumed watch has missed, each Work once', async () => {
    await put(deployments, aDeployment(5));
    await put(resourceBindings, aBinding({ member1: 2, member2: 3 }));
    const from = store.revision;
    await put(resourceBindings, aBinding({ member2: 4, member3: 1 }));
    await put(deployments, aDeployment(6, 'nginx:2'));
    await put(resourceBindings, aBinding({ member2: 5, member3: 1 }));
    const { seen } = watch(from);
    await Promise.resolve();
    expect(seen().toSorted()).toEqual([
      'ADDED karmada-es-member3',
      'DELETED karmada-es-member1',
      'MODIFIED karmada-es-member2',
    ]);
    const later = watch(from);
    await remove(deployments, 'default', 'web');
    await remove(resourceBindings, 'default', 'web-deployment');
    await Promise.resolve();
    expect(later.seen().filter((event) => event.startsWith('DELETED'))).toHaveLength(3);
    const afterAll = watch(from);
    await Promise.resolve();
    expect(afterAll.seen().toSorted()).toEqual(['DELETED karmada-es-member1', 'DELETED karmada-es-member2']);
  });
});
