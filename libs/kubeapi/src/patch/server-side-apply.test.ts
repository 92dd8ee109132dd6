import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import { aDeployment, deploymentSchema, widgetSchema, type DeploymentParts } from './example-schemas.ts';
import { LAST_APPLIED_ANNOTATION } from './last-applied.ts';
import { recordUpdate } from './managed-fields.ts';
import { applyConfiguration, type ApplyOutcome, type ApplyRequest } from './server-side-apply.ts';

const nowIso = '2026-01-01T00:00:00Z';
const base = { apiVersion: 'apps/v1', kind: 'Deployment', nowIso, hasStatusSubresource: true } as const;

function apply(live: KubeObject | undefined, applied: unknown, parts: Partial<ApplyRequest> = {}): ApplyOutcome {
  return applyConfiguration({
    ...base,
    live,
    applied,
    manager: 'm',
    force: false,
    schema: deploymentSchema(),
    ...parts,
  });
}

function applied(live: KubeObject | undefined, configuration: unknown, parts: Partial<ApplyRequest> = {}): KubeObject {
  const outcome = apply(live, configuration, parts);
  if (outcome.kind !== 'applied') throw new Error(outcome.message);
  return outcome.object;
}

function created(parts: DeploymentParts, manager: string): KubeObject {
  const updated = aDeployment(parts);
  const record = { ...base, old: undefined, updated, manager, schema: deploymentSchema() };
  return { ...updated, metadata: { ...updated.metadata, uid: 'u', managedFields: recordUpdate(record) ?? [] } };
}

function containersOf(object: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  const spec = object['spec'] as { template: { spec: { containers: readonly Readonly<Record<string, unknown>>[] } } };
  return spec.template.spec.containers;
}

const withEnv = (...names: readonly string[]): DeploymentParts => ({
  container: { env: names.map((name) => ({ name, value: '1' })) },
});

describe('applyConfiguration', () => {
  it('creates with the fields that the configuration states', () => {
    const object = applied(undefined, aDeployment());
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'm',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: nowIso,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:metadata': { 'f:labels': { 'f:app': {} } },
              'f:spec': { 'f:containers': { 'k:{"name":"nginx"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ]);
  });

  it('changes nothing when applied again', () => {
    const live = applied(undefined, aDeployment());
    expect(apply(live, aDeployment(), { nowIso: '2027-01-01T00:00:00Z' })).toEqual({
      kind: 'applied',
      object: live,
      changed: false,
    });
  });

  it('reports conflicts with the words of kube-apiserver', () => {
    const live = created({ image: 'nginx:1' }, 'kubectl-client-side-apply');
    expect(apply(live, aDeployment({ replicas: 7 }))).toEqual({
      kind: 'conflicts',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      conflicts: [
        {
          field: '.spec.replicas',
          manager: 'kubectl-client-side-apply',
          message: 'conflict with "kubectl-client-side-apply" using apps/v1',
        },
      ],
    });
    expect(apply(live, aDeployment({ replicas: 7, image: 'nginx:2' }))).toMatchObject({
      message:
        'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:\n' +
        '- .spec.replicas\n- .spec.template.spec.containers[name="nginx"].image',
    });
  });

  it('takes contested fields when forced', () => {
    const live = created({}, 'other');
    const object = applied(live, aDeployment({ replicas: 7 }), { force: true });
    expect(object['spec']).toMatchObject({ replicas: 7 });
    const other = object.metadata.managedFields?.find(({ manager }) => manager === 'other');
    expect(JSON.stringify(other)).not.toContain('f:replicas');
  });

  it('shares a field that two managers set to the same value', () => {
    const live = applied(undefined, aDeployment());
    const both = applied(live, aDeployment(), { manager: 'n' });
    expect(both.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['m', 'n']);
    const kept = applied(both, aDeployment({ replicas: undefined }));
    expect(kept['spec']).toMatchObject({ replicas: 2 });
    const gone = applied(kept, aDeployment({ replicas: undefined }), { manager: 'n' });
    expect(gone['spec']).not.toHaveProperty('replicas');
  });

  it('removes list items that are no longer stated and keeps those of others', () => {
    const live = applied(undefined, aDeployment(withEnv('a', 'b', 'c')));
    const second = aDeployment({ replicas: undefined, ...withEnv('d', 'c', 'x', 'a') });
    const shared = applied(live, second, { manager: 'n', force: true });
    expect(containersOf(shared)[0]?.['env']).toMatchObject([
      { name: 'b' },
      { name: 'd' },
      { name: 'c' },
      { name: 'x' },
      { name: 'a' },
    ]);
    const reduced = applied(shared, aDeployment(withEnv('c', 'b')));
    expect(containersOf(reduced)[0]?.['env']).toMatchObject([
      { name: 'd' },
      { name: 'c' },
      { name: 'x' },
      { name: 'a' },
      { name: 'b' },
    ]);
  });

  it('takes over from client-side apply without conflicts, and keeps the annotation up to date', () => {
    const configuration = aDeployment();
    const annotations = { [LAST_APPLIED_ANNOTATION]: JSON.stringify(configuration) };
    const live = created({ metadata: { annotations } }, 'kubectl-client-side-apply');
    const object = applied(live, aDeployment({ replicas: 3 }), { manager: 'kubectl' });
    expect(object['spec']).toMatchObject({ replicas: 3 });
    const text = object.metadata.annotations?.[LAST_APPLIED_ANNOTATION] ?? '';
    expect(JSON.parse(text)).toEqual(aDeployment({ replicas: 3 }));
    expect(apply(live, aDeployment({ replicas: 3 }), { manager: 'someone' }).kind).toBe('conflicts');
  });

  it('gives the fields of an object that nobody tracked to before-first-apply', () => {
    const live = { ...aDeployment(), metadata: { ...aDeployment().metadata, uid: 'u' } };
    const object = applied(live, aDeployment());
    expect(object.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['m', 'before-first-apply']);
  });

  it('merges parts without structure by key and replaces their lists', () => {
    const widget = (spec: unknown): unknown => ({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec,
    });
    const parts = { schema: widgetSchema(), apiVersion: 'example.com/v1', kind: 'Widget' };
    const live = applied(undefined, widget({ free: { a: { x: 1 }, list: [1, 2] } }), parts);
    const object = applied(live, widget({ free: { a: { y: 2 }, list: [3] } }), { ...parts, manager: 'n', force: true });
    expect(object['spec']).toEqual({ free: { a: { x: 1, y: 2 }, list: [3] } });
  });

  it.each([
    [
      'an unknown field',
      { ...aDeployment(), spec: { foo: 1 } },
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    ],
    [
      'a wrong type',
      { ...aDeployment(), spec: { replicas: 'x' } },
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string',
    ],
    ['managedFields', aDeployment({ metadata: { managedFields: [] } }), 'metadata.managedFields must be nil'],
    ['another version', { ...aDeployment(), apiVersion: 'apps/v2' }, 'invalid object type: apps/v2, Kind=Deployment'],
    [
      'no name',
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      'the name of the object ( based on URL) was undeterminable: name must be provided',
    ],
    ['no object', [1], 'the body of an apply must be an object'],
  ])('refuses %s', (_, configuration, message) => {
    expect(apply(undefined, configuration)).toEqual({ kind: 'failed', code: 'malformed', message });
  });

  it('never changes its arguments, and applying twice is a no-op', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });
    const configuration = fc.record({ replicas: fc.option(fc.nat(3), { nil: undefined }), env: names });
    const step = fc.record({ manager: fc.constantFrom('m', 'n', 'o'), configuration });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        let live: KubeObject | undefined;
        for (const {
          manager,
          configuration: { replicas, env },
        } of steps) {
          const wanted = aDeployment({ replicas, ...withEnv(...env) });
          const before = structuredClone({ live, wanted });
          const object = applied(live, wanted, { manager, force: true });
          expect({ live, wanted }).toEqual(before);
          expect(apply(object, wanted, { manager, nowIso: '2030-01-01T00:00:00Z' })).toMatchObject({ changed: false });
          live = object;
        }
      }),
      { numRuns: 60 },
    );
  });
});
