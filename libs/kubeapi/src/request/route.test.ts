import { describe, expect, it } from 'vitest';
import { parseRoute } from './route.ts';

describe('parseRoute', () => {
  it.each([
    ['/api', { type: 'discovery', isLegacy: true, group: '', version: '' }],
    ['/api/v1/', { type: 'discovery', isLegacy: true, group: '', version: 'v1' }],
    ['/apis', { type: 'discovery', isLegacy: false, group: '', version: '' }],
    ['/apis/apps', { type: 'discovery', isLegacy: false, group: 'apps', version: '' }],
    ['/apis/apps/v1', { type: 'discovery', isLegacy: false, group: 'apps', version: 'v1' }],
    ['/version', { type: 'plain', path: '/version' }],
    ['/apiserver', { type: 'plain', path: '/apiserver' }],
  ])('%s', (path, expected) => {
    expect(parseRoute(path)).toEqual(expected);
  });

  const base = {
    type: 'resource',
    group: '',
    version: 'v1',
    namespace: '',
    name: '',
    subresource: '',
    tail: '',
    isWatchPath: false,
  };
  it.each([
    ['/api/v1/namespaces', { resource: 'namespaces' }],
    ['/api/v1/namespaces/a', { resource: 'namespaces', name: 'a' }],
    ['/api/v1/namespaces/a/status', { resource: 'namespaces', name: 'a', subresource: 'status' }],
    ['/api/v1/namespaces/a/pods', { resource: 'pods', namespace: 'a' }],
    ['/api/v1/namespaces/a/pods/b/log', { resource: 'pods', namespace: 'a', name: 'b', subresource: 'log' }],
    ['/api/v1/pods', { resource: 'pods' }],
    ['/api/v1/watch/namespaces/a/pods', { resource: 'pods', namespace: 'a', isWatchPath: true }],
    [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Abasic-user',
      { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', name: 'system:basic-user' },
    ],
    [
      '/apis/cluster.karmada.io/v1alpha1/clusters/m1/proxy/api/v1/pods',
      {
        group: 'cluster.karmada.io',
        version: 'v1alpha1',
        resource: 'clusters',
        name: 'm1',
        subresource: 'proxy',
        tail: 'api/v1/pods',
      },
    ],
  ])('%s', (path, expected) => {
    expect(parseRoute(path)).toEqual({ ...base, ...expected });
  });

  it('refuses broken percent-encoding', () => {
    expect(parseRoute('/api/v1/pods/%zz')).toBeUndefined();
  });
});
