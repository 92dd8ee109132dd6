import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { MemoryMember } from '@flotilla/member/testing/memory-member';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';

import { clusters, secrets } from '../resources.ts';
import { createPropagation } from '../service.ts';
import type { Propagation } from '../service.ts';

export const deployments: ResourceId = { group: 'apps', resource: 'deployments' };
export const webPath = '/apis/apps/v1/namespaces/default/deployments/web';

/** The service on a store in memory, with members in memory. */
export interface World {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly members: ReadonlyMap<string, MemoryMember>;
  readonly put: (resource: ResourceId, object: KubeObject) => Promise<void>;
  readonly edit: (resource: ResourceId, name: string, change: (object: KubeObject) => KubeObject) => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function aWorld(memberNames: readonly string[]): Promise<World> {
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
    kinds,
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
    async stop() {
      await propagation.stop();
      end.abort();
    },
  };
}

export function aCluster(name: string): KubeObject {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: { syncMode: 'Push', apiEndpoint: `https://${name}`, secretRef: { namespace: 'karmada-cluster', name } },
  };
}

export function aSecret(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'karmada-cluster' },
    data: { token: Buffer.from('t').toString('base64') },
  };
}

export function aDeployment(replicas: number, image = 'nginx'): KubeObject {
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

export function aBinding(
  targets: Readonly<Record<string, number>>,
  extra: Partial<ResourceBindingSpec> = {},
): KubeObject {
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

export function anOverride(
  kind: 'OverridePolicy' | 'ClusterOverridePolicy',
  cluster: string,
  registry: string,
): KubeObject {
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
