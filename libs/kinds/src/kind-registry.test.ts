import { describe, expect, it } from 'vitest';
import { createBuiltinKinds } from './builtin/all.ts';
import { compareKubeVersions, createKindRegistry } from './kind-registry.ts';

const kinds = createBuiltinKinds({ readDocument: () => undefined });

describe('the kind registry', () => {
  it('finds kinds by resource and by kind', () => {
    const registry = createKindRegistry(kinds);
    expect(registry.byResource('apps', 'v1', 'deployments')?.kind).toBe('Deployment');
    expect(registry.byKind('', 'v1', 'Endpoints')?.singular).toBe('endpoints');
    expect(registry.byKind('apps', 'v1', 'Nothing')).toBeUndefined();
  });

  it('tells listeners of changes, and forgets what is unregistered', () => {
    const registry = createKindRegistry(kinds);
    const [first] = kinds;
    let changes = 0;
    const stop = registry.onChange(() => {
      changes += 1;
    });
    const size = registry.all().length;
    registry.register({ ...first!, group: 'example.com', version: 'v1beta1', plural: 'things', kind: 'Thing' });
    registry.register({ ...first!, group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing' });
    expect(registry.versions('example.com', 'things').map((kind) => kind.version)).toEqual(['v1', 'v1beta1']);
    registry.unregister('example.com', 'v1', 'things');
    registry.unregister('example.com', 'v1', 'things');
    stop();
    registry.unregister('example.com', 'v1beta1', 'things');
    expect(changes).toBe(3);
    expect(registry.all()).toHaveLength(size);
  });

  it('prefers stable versions, then beta, then alpha, newest first', () => {
    const versions = ['v1alpha1', 'foo', 'v1', 'v2beta1', 'v10', 'v1beta2', 'v2'];
    expect(versions.toSorted(compareKubeVersions)).toEqual([
      'v10',
      'v2',
      'v1',
      'v2beta1',
      'v1beta2',
      'v1alpha1',
      'foo',
    ]);
  });
});
