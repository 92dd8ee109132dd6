import { createInterpreter } from '@flotilla/interpreter/interpreter';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appliedOverrideAnnotations } from './applied-override-annotations.ts';
import { createOverrideIndex, nothingSelected } from './override-index.ts';
import { createRenderer } from './renderer.ts';
import type { BindingFacts, RenderedManifest, RenderResult } from './renderer.ts';
import { aCluster, aDeployment, anOverridePolicy, appending, deepFreeze } from './testing/objects.ts';

const renderer = createRenderer({ interpreter: createInterpreter() });
const binding: BindingFacts = { kind: 'ResourceBinding', namespace: 'shop', name: 'web-deployment', permanentId: 'b1' };
const template = deepFreeze(
  aDeployment({
    uid: 'u1',
    resourceVersion: '7',
    generation: 3,
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { note: 'x', 'propagationpolicy.karmada.io/name': 'p' },
  }),
);

function succeed(result: RenderResult): RenderedManifest {
  if (result.kind === 'failed') throw new Error(result.message);
  return result;
}

describe('render', () => {
  const prepared = renderer.prepare(template, binding);

  it('revises replicas and stamps identity', () => {
    const { manifest, work, json } = succeed(
      renderer.render(prepared, { cluster: aCluster('member1'), replicas: 2 }, nothingSelected),
    );
    expect(manifest['spec']).toMatchObject({ replicas: 2 });
    expect(manifest.metadata).toEqual({
      name: 'web',
      namespace: 'shop',
      labels: {
        app: 'web',
        'karmada.io/managed': 'true',
        'resourcebinding.karmada.io/permanent-id': 'b1',
        'work.karmada.io/permanent-id': work.permanentId,
      },
      annotations: {
        note: 'x',
        'work.karmada.io/namespace': 'karmada-es-member1',
        'work.karmada.io/name': work.name,
        'resourcebinding.karmada.io/namespace': 'shop',
        'resourcebinding.karmada.io/name': 'web-deployment',
        'resourcetemplate.karmada.io/uid': 'u1',
        'resourcetemplate.karmada.io/generation': '3',
        'resourcetemplate.karmada.io/managed-labels': Object.keys(manifest.metadata.labels ?? {})
          .toSorted()
          .join(','),
        'resourcetemplate.karmada.io/managed-annotations': Object.keys(manifest.metadata.annotations ?? {})
          .toSorted()
          .join(','),
      },
    });
    expect(JSON.parse(json())).toEqual(manifest);
  });

  it('lets an override of replicas win, and keeps the marks whatever overrides do to labels', () => {
    const index = createOverrideIndex();
    index.set(
      anOverridePolicy('a', {
        overrideRules: [
          {
            overriders: {
              plaintext: [
                { path: '/spec/replicas', operator: 'replace', value: 9 },
                { path: '/metadata/labels', operator: 'remove' },
              ],
            },
          },
        ],
      }),
    );
    const result = succeed(
      renderer.render(prepared, { cluster: aCluster('member1'), replicas: 2 }, index.select(template)),
    );
    expect(result.manifest['spec']).toMatchObject({ replicas: 9 });
    expect(result.manifest.metadata.labels).toEqual({
      'karmada.io/managed': 'true',
      'resourcebinding.karmada.io/permanent-id': 'b1',
      'work.karmada.io/permanent-id': result.work.permanentId,
    });
    expect(Object.keys(appliedOverrideAnnotations(result.overrides))).toEqual(['policy.karmada.io/applied-overrides']);
  });

  it.each([
    ['/metadata/name', 'other'],
    ['/metadata/namespace', 'other'],
    ['/kind', 'StatefulSet'],
    ['/apiVersion', 'other/v1'],
    ['/metadata/labels', 'text'],
    ['/metadata/annotations', { a: 1 }],
  ])('fails when overrides damage %s', (path, value) => {
    const index = createOverrideIndex();
    const plaintext = [{ path, operator: 'replace' as const, value }];
    index.set(anOverridePolicy('a', { overrideRules: [{ overriders: { plaintext } }] }));
    const result = renderer.render(prepared, { cluster: aCluster('member1') }, index.select(template));
    expect(result).toMatchObject({ kind: 'failed', path, policy: { name: 'a' }, rule: 0 });
  });

  it('does not depend on metadata that changes without the spec', () => {
    const hash = (metadata: KubeObject['metadata']): string => {
      const other = renderer.prepare({ ...template, metadata }, binding);
      return succeed(renderer.render(other, { cluster: aCluster('member1') }, nothingSelected)).contentHash();
    };
    expect(
      hash({ ...template.metadata, resourceVersion: '8', managedFields: [{ manager: 'x' }], finalizers: ['f'] }),
    ).toBe(hash(template.metadata));
    expect(hash({ ...template.metadata, labels: { app: 'other' } })).not.toBe(hash(template.metadata));
  });

  it('gives a divided Job its share of completions, and takes over preserved state as labels', () => {
    const job: KubeObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j', labels: { 'job-name': 'j' } },
      spec: {
        completions: 8,
        parallelism: 4,
        ttlSecondsAfterFinished: 5,
        selector: { matchLabels: { 'controller-uid': 'u' } },
      },
    };
    const target = { cluster: aCluster('m'), replicas: 1, completions: 2, preservedLabels: { checkpoint: '7' } };
    const { manifest } = succeed(renderer.render(renderer.prepare(job, binding), target, nothingSelected));
    expect(manifest['spec']).toEqual({ completions: 2, parallelism: 1 });
    expect(manifest.metadata.labels).toMatchObject({ checkpoint: '7' });
    expect(manifest.metadata.labels).not.toHaveProperty('job-name');
  });

  it('names cluster-scoped bindings and says when foreign objects may be overwritten', () => {
    const scoped = renderer.prepare(
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'system:Foo' } },
      {
        kind: 'ClusterResourceBinding',
        namespace: '',
        name: 'foo',
        permanentId: 'c1',
        conflictResolution: 'Overwrite',
      },
    );
    const { manifest, work } = succeed(renderer.render(scoped, { cluster: aCluster('m') }, nothingSelected));
    expect(scoped.conflictResolution).toBe('overwrite');
    expect(work.name).toMatch(/^system\.foo-[0-9a-f]{10}$/);
    expect(manifest.metadata.annotations).toMatchObject({
      'clusterresourcebinding.karmada.io/name': 'foo',
      'work.karmada.io/conflict-resolution': 'overwrite',
    });
  });

  it('is deterministic and shares the template without changing it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 }),
        fc.constantFrom('a', 'b'),
        fc.boolean(),
        (replicas, name, hasOverride) => {
          const index = createOverrideIndex();
          if (hasOverride) index.set(anOverridePolicy('o', deepFreeze(appending('x'))));
          const once = (): RenderedManifest =>
            succeed(
              renderer.render(
                deepFreeze(renderer.prepare(template, binding)),
                { cluster: aCluster(name), replicas },
                index.select(template),
              ),
            );
          expect(once().json()).toBe(once().json());
          expect(once().contentHash()).toBe(once().contentHash());
        },
      ),
    );
  });
});
