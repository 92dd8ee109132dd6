import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { describe, expect, it } from 'vitest';

import { TemplateIndex } from './template-index.ts';

const kinds = createKindRegistry(createBuiltinKinds({ readDocument: readOpenApiDocument }));
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };

function anIndex(): TemplateIndex<string> {
  const index = new TemplateIndex<string>(kinds);
  for (const key of [
    '/configmaps/shop/a',
    '/configmaps/shop/b',
    '/configmaps/bank/a',
    'apps/deployments/shop/a',
    'rbac.authorization.k8s.io/clusterroles//system:a',
  ]) {
    index.set(key, key);
  }
  return index;
}

describe('TemplateIndex', () => {
  it.each([
    ['everything', { selectors: undefined }, 5],
    ['everything in a namespace', { selectors: undefined, namespace: 'shop' }, 3],
    ['a kind', { selectors: [configMap] }, 3],
    ['a kind in the namespace of the policy', { selectors: [configMap], namespace: 'shop' }, 2],
    ['a kind in a namespace that the selector names', { selectors: [{ ...configMap, namespace: 'bank' }] }, 1],
    ['a name', { selectors: [{ ...configMap, name: 'a' }] }, 2],
    ['a name in a namespace', { selectors: [{ ...configMap, name: 'a' }], namespace: 'shop' }, 1],
    ['a name that nothing has', { selectors: [{ ...configMap, name: 'z' }] }, 0],
    ['a cluster-scoped kind', { selectors: [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }] }, 1],
    ['the same several times, once', { selectors: [configMap, { ...configMap, name: 'a' }] }, 3],
    ['a kind that is not served', { selectors: [{ apiVersion: 'example.com/v1', kind: 'Thing' }] }, 0],
    ['nothing', { selectors: [] }, 0],
  ])('finds %s', (_case, scope, count) => {
    expect(anIndex().selectedBy(scope)).toHaveLength(count);
  });

  it('knows one of each resource', () => {
    expect([...anIndex().samples()]).toEqual([
      '/configmaps/shop/a',
      'apps/deployments/shop/a',
      'rbac.authorization.k8s.io/clusterroles//system:a',
    ]);
  });

  it('forgets what is removed, and not what has taken its place', () => {
    const index = anIndex();
    index.set('/configmaps/shop/a', 'another');
    index.remove('/configmaps/shop/a', '/configmaps/shop/a');
    expect(index.selectedBy({ selectors: [configMap], namespace: 'shop' })).toEqual(['another', '/configmaps/shop/b']);
    index.remove('/configmaps/shop/a', 'another');
    index.remove('/configmaps/shop/b', '/configmaps/shop/b');
    expect(index.selectedBy({ selectors: undefined, namespace: 'shop' })).toEqual(['apps/deployments/shop/a']);
  });
});
