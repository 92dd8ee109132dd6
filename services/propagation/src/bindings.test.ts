import { createInterpreter } from '@flotilla/interpreter/interpreter';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { AnyOverridePolicy } from '@flotilla/rendering/compiled-policy';
import { createOverrideIndex } from '@flotilla/rendering/override-index';
import { createObjectStore } from '@flotilla/store/create-object-store';
import { afterEach, describe, expect, it } from 'vitest';

import { Bindings, sliceMax } from './bindings.ts';
import { clusters, resourceBindings } from '@flotilla/works/resources';
import { aCluster } from '@flotilla/works/testing/objects';

const stops: (() => void)[] = [];

/** Bindings of ConfigMaps over clusters `m0` to `m9`, without members; a look at a binding is seen by what is asked about overrides. */
async function aWorld() {
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const turns: (() => void)[] = [];
  const looked: string[] = [];
  const bindings = new Bindings({
    store,
    kinds: createKindRegistry(createBuiltinKinds({ readDocument: readOpenApiDocument })),
    interpreter: createInterpreter(),
    renderer: {
      render: () => expect.unreachable('nobody renders without a member'),
      overridesVersion(template, cluster) {
        looked.push(`${template.metadata.namespace}/${template.metadata.name} in ${cluster.metadata.name}`);
        return '';
      },
    },
    memberOf: () => undefined,
    memberNames: () => [],
    owns: () => true,
    onStatusChanged: () => undefined,
    onRemovedEverywhere: () => undefined,
    onRenderFailed: () => undefined,
    yieldTurn(resume) {
      turns.push(resume);
      return () => turns.splice(turns.indexOf(resume), 1);
    },
    onError: (error) => expect.unreachable(String(error)),
  });
  stops.push(() => {
    bindings.stop();
    end.abort();
  });
  for (let index = 0; index < 10; index++) await put(clusters, aCluster(`m${index}`));

  async function put(resource: typeof clusters, object: KubeObject): Promise<void> {
    const { name = '', namespace = '' } = object.metadata;
    await store.commit([{ resource, namespace, name, object }]);
  }

  return {
    bindings,
    turns,
    /** What was looked at since the last time. */
    seen: (): readonly string[] => looked.splice(0),
    place: async (
      kind: 'ConfigMap' | 'Secret',
      namespace: string,
      name: string,
      spec: Partial<ResourceBindingSpec>,
    ): Promise<void> => {
      const labels = { tier: name.startsWith('a') ? 'edge' : 'core' };
      const resource = { group: '', resource: `${kind.toLowerCase()}s` };
      await put(resource, {
        apiVersion: 'v1',
        kind,
        metadata: { name, namespace, uid: `${namespace}-${name}`, labels },
      });
      await put(resourceBindings, {
        apiVersion: 'work.karmada.io/v1alpha2',
        kind: 'ResourceBinding',
        metadata: { name: `${name}-${kind}`, namespace, uid: `${namespace}-${name}-b` },
        spec: { resource: { apiVersion: 'v1', kind, namespace, name }, ...spec },
      });
      const stored = store.get(resourceBindings, namespace, `${name}-${kind}`);
      if (stored !== undefined) bindings.take(stored);
    },
  };
}

function inClusters(...names: readonly string[]): Partial<ResourceBindingSpec> {
  return { clusters: names.map((name) => ({ name })) };
}

function scopeOf(kind: 'OverridePolicy' | 'ClusterOverridePolicy', namespace: string, resourceSelectors: unknown) {
  const policy = {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind,
    metadata: { name: 'o', namespace },
    spec: { resourceSelectors, overrideRules: [] },
  };
  return createOverrideIndex().set(policy as unknown as AnyOverridePolicy);
}

describe('bindings', () => {
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  it('are looked at when a cluster changes only if they have to do with it', async () => {
    const { bindings, seen, place } = await aWorld();
    await place('ConfigMap', 'shop', 'here', inClusters('m1'));
    await place('ConfigMap', 'shop', 'elsewhere', inClusters('m2', 'm3'));
    await place('ConfigMap', 'shop', 'required', { requiredBy: [{ name: 'web', ...inClusters('m1') }] });
    await place('ConfigMap', 'shop', 'moved', inClusters('m1'));
    await place('ConfigMap', 'shop', 'moved', inClusters('m4'));
    seen();
    bindings.syncCluster('m4', 'changed');
    expect(seen()).toEqual(['shop/moved in m4']);
    bindings.syncCluster('m5', 'changed');
    expect(seen()).toEqual([]);
    bindings.syncCluster('m3', 'changed');
    expect(seen()).toEqual(['shop/elsewhere in m2', 'shop/elsewhere in m3']);
    // What moved away may still have something in m1: no member has said otherwise.
    bindings.syncCluster('m1', 'changed');
    expect(seen()).toEqual(['shop/here in m1', 'shop/required in m1', 'shop/moved in m4']);
  });

  it('forget a cluster that left', async () => {
    const { bindings, seen, place } = await aWorld();
    await place('ConfigMap', 'shop', 'moved', inClusters('m1'));
    await place('ConfigMap', 'shop', 'moved', inClusters('m4'));
    bindings.syncCluster('m1', 'left');
    seen();
    bindings.syncCluster('m1', 'changed');
    expect(seen()).toEqual([]);
  });

  it('are not found any more once they are gone', async () => {
    const { bindings, seen, place } = await aWorld();
    await place('ConfigMap', 'shop', 'a', inClusters('m1'));
    bindings.drop('work.karmada.io/resourcebindings/shop/a-ConfigMap');
    seen();
    bindings.syncCluster('m1', 'changed');
    bindings.syncOverridden(scopeOf('ClusterOverridePolicy', '', undefined));
    expect(seen()).toEqual([]);
    expect(bindings.ofTemplate('/configmaps/shop/a')).toBeUndefined();
  });

  it.each<[string, Parameters<typeof scopeOf>, readonly string[]]>([
    ['by name', ['OverridePolicy', 'shop', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }]], ['shop/a']],
    ['by kind', ['OverridePolicy', 'shop', [{ apiVersion: 'v1', kind: 'ConfigMap' }]], ['shop/a', 'shop/b']],
    [
      'by labels',
      [
        'ClusterOverridePolicy',
        '',
        [{ apiVersion: 'v1', kind: 'ConfigMap', labelSelector: { matchLabels: { tier: 'edge' } } }],
      ],
      ['shop/a', 'bank/a'],
    ],
    [
      'by name, whatever the namespace',
      ['ClusterOverridePolicy', '', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }]],
      ['shop/a', 'bank/a'],
    ],
    ['without a selector', ['OverridePolicy', 'bank', undefined], ['bank/a', 'bank/s']],
    ['of a kind that nothing has', ['ClusterOverridePolicy', '', [{ apiVersion: 'apps/v1', kind: 'Deployment' }]], []],
    ['of a kind that is not served', ['ClusterOverridePolicy', '', [{ apiVersion: 'x/v1', kind: 'Thing' }]], []],
  ])('are looked at when an override policy selects their template %s', async (_case, scope, expected) => {
    const { bindings, seen, place } = await aWorld();
    await place('ConfigMap', 'shop', 'a', inClusters('m1'));
    await place('ConfigMap', 'shop', 'b', inClusters('m1'));
    await place('ConfigMap', 'bank', 'a', inClusters('m1'));
    await place('Secret', 'bank', 's', inClusters('m1'));
    seen();
    bindings.syncOverridden(scopeOf(...scope));
    expect(seen().toSorted()).toEqual(expected.map((name) => `${name} in m1`).toSorted());
  });

  it('have their turn a slice at a time when a policy concerns them all, and each but once', async () => {
    const { bindings, turns, seen, place } = await aWorld();
    const count = 2 * sliceMax + 1;
    for (let index = 0; index < count; index++) await place('ConfigMap', 'shop', `c${index}`, inClusters('m1'));
    seen();
    const everything = scopeOf('ClusterOverridePolicy', '', undefined);
    bindings.syncOverridden(everything);
    expect(seen()).toHaveLength(sliceMax);
    expect(bindings.depth).toBe(count - sliceMax);
    bindings.syncCluster('m1', 'changed');
    bindings.syncOverridden(everything);
    expect(seen()).toEqual([]);
    const slices: number[] = [];
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      turn();
      slices.push(seen().length);
    }
    expect(slices).toEqual([sliceMax, sliceMax, 1]);
    expect(bindings.depth).toBe(0);
  });
});
