import { describe, expect, it } from 'vitest';

import { createDiscovery, pathOf } from './discovery.ts';
import type { ServedKind } from './discovery.ts';

const kind = (
  group: string,
  version: string,
  name: string,
  plural: string,
  extra: Partial<ServedKind> = {},
): ServedKind => ({
  group,
  version,
  kind: name,
  plural,
  singular: name.toLowerCase(),
  shortNames: [],
  categories: [],
  isNamespaced: true,
  verbs: ['get', 'list'],
  isPreferred: true,
  ...extra,
});

const discovery = createDiscovery([
  kind('', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  kind('', 'v1', 'Service', 'services', { shortNames: ['svc'], categories: ['all'] }),
  kind('apps', 'v1', 'Deployment', 'deployments', { shortNames: ['deploy'], categories: ['all'] }),
  kind('events.k8s.io', 'v1', 'Event', 'events'),
  kind('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  kind('autoscaling', 'v1', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', { isPreferred: false }),
]);

describe('names of kinds', () => {
  it.each([
    ['deployments', 'apps/v1'],
    ['Deployment', 'apps/v1'],
    ['deploy', 'apps/v1'],
    ['deployments.apps', 'apps/v1'],
    ['deployments.v1.apps', 'apps/v1'],
    ['events', '/v1'],
    ['events.events.k8s.io', 'events.k8s.io/v1'],
    ['horizontalpodautoscalers', 'autoscaling/v2'],
    ['horizontalpodautoscalers.v1.autoscaling', 'autoscaling/v1'],
  ])('%s is of %s', (text, expected) => {
    const { group, version } = discovery.resolve(text);
    expect(`${group}/${version}`).toBe(expected);
  });

  it('suggests what was likely meant', () => {
    expect(() => discovery.resolve('servcies')).toThrow('serves no kind "servcies"');
    expect(() => discovery.resolve('deployments.foo')).toThrow('serves no kind "deployments.foo"');
  });

  it('knows categories', () => {
    expect(discovery.resolveAll('all').map(({ plural }) => plural)).toEqual(['services', 'deployments']);
  });

  it('makes paths', () => {
    const deployment = discovery.resolve('deploy');
    expect(pathOf(deployment, 'shop', 'web')).toBe('/apis/apps/v1/namespaces/shop/deployments/web');
    expect(pathOf(deployment, undefined)).toBe('/apis/apps/v1/deployments');
    expect(pathOf(discovery.resolve('svc'), 'shop')).toBe('/api/v1/namespaces/shop/services');
  });
});
