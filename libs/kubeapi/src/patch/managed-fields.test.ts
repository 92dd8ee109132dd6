import { describe, expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '@flotilla/kinds/kube-object';

import { aDeployment, configMapSchema, deploymentSchema, widgetSchema } from './example-schemas.ts';
import { recordUpdate, type UpdateRecord } from './managed-fields.ts';

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:01:00Z';

function record(parts: Partial<UpdateRecord> & Pick<UpdateRecord, 'updated'>): UpdateRecord {
  return {
    old: undefined,
    manager: 'kubectl-create',
    apiVersion: parts.updated.apiVersion,
    nowIso: early,
    schema: deploymentSchema(),
    hasStatusSubresource: true,
    ...parts,
  };
}

/** The object as stored after a write. */
function stored(input: UpdateRecord): KubeObject {
  const managedFields = recordUpdate(input);
  const { managedFields: _, ...metadata } = input.updated.metadata;
  return {
    ...input.updated,
    metadata: managedFields === undefined ? { uid: 'u', ...metadata } : { uid: 'u', ...metadata, managedFields },
  };
}

function configMap(data: Readonly<Record<string, string>>, managedFields?: readonly ManagedFieldsEntry[]): KubeObject {
  const metadata = managedFields === undefined ? { name: 'c' } : { name: 'c', managedFields };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

describe('recordUpdate', () => {
  it('records a create like kube-apiserver: no entry for structs that are always there', () => {
    expect(recordUpdate(record({ updated: aDeployment() }))).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: early,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
              'f:spec': { 'f:containers': { 'k:{"name":"nginx"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ]);
  });

  it('records a custom kind from nothing: spec itself is owned', () => {
    const updated: KubeObject = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', labels: { a: 'b' } },
      spec: { parts: [{ name: 'x' }], free: { list: [1], map: { k: 1 } } },
    };
    expect(recordUpdate(record({ updated, schema: widgetSchema() }))?.[0]?.fieldsV1).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
      'f:spec': {
        '.': {},
        'f:parts': { '.': {}, 'k:{"name":"x"}': { '.': {}, 'f:name': {} } },
        'f:free': { '.': {}, 'f:list': {}, 'f:map': { '.': {}, 'f:k': {} } },
      },
    });
  });

  it('moves a changed field to its new writer and drops removed ones', () => {
    const old = stored(record({ updated: aDeployment({ container: { args: ['a'] } }) }));
    const entries = recordUpdate(record({ old, updated: aDeployment({ replicas: 5 }), manager: 'hpa', nowIso: late }));
    expect(entries?.map(({ manager, time }) => [manager, time])).toEqual([
      ['kubectl-create', early],
      ['hpa', late],
    ]);
    expect(entries?.[1]?.fieldsV1).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(JSON.stringify(entries?.[0]?.fieldsV1)).not.toMatch(/f:replicas|f:args/);
  });

  it('answers the stored array itself when nothing changed', () => {
    const old = stored(record({ updated: aDeployment() }));
    const updated = structuredClone(old);
    expect(recordUpdate(record({ old, updated, nowIso: late, manager: 'other' }))).toBe(old.metadata.managedFields);
  });

  it('keeps status out of writes through the main door, and the rest out of the status door', () => {
    const old = stored(record({ updated: aDeployment() }));
    const updated = { ...aDeployment({ replicas: 9 }), status: { replicas: 3 } };
    const main = recordUpdate(record({ old, updated, manager: 'm' }));
    expect(main?.find(({ manager }) => manager === 'm')?.fieldsV1).toEqual({ 'f:spec': { 'f:replicas': {} } });
    const status = recordUpdate(record({ old, updated, manager: 'm', subresource: 'status' }));
    expect(status?.find(({ manager }) => manager === 'm')).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    });
  });

  it('clears on request, and then tracks nothing until an apply', () => {
    const schema = configMapSchema();
    const old = stored(record({ updated: configMap({ a: '1' }), schema }));
    const cleared = stored(record({ old, updated: configMap({ a: '2' }, [{}]), schema }));
    expect(cleared.metadata.managedFields).toBeUndefined();
    expect(recordUpdate(record({ old: cleared, updated: configMap({ a: '3' }), schema }))).toBeUndefined();
  });

  it.each([[[]], [[{ manager: 'x', operation: 'Bogus' }]], [[{ operation: 'Update', fieldsV1: { 'q:x': {} } }]]])(
    'keeps the stored entries when the client sends %j',
    (sent) => {
      const schema = configMapSchema();
      const old = stored(record({ updated: configMap({ a: '1' }), schema }));
      const updated = configMap({ a: '1' }, sent as readonly ManagedFieldsEntry[]);
      expect(recordUpdate(record({ old, updated, schema }))).toBe(old.metadata.managedFields);
    },
  );

  it('merges the oldest of more than ten updaters', () => {
    const schema = configMapSchema();
    let object = stored(record({ updated: configMap({}), schema }));
    for (let index = 0; index < 14; index++) {
      const data = Object.fromEntries(Array.from({ length: index + 1 }, (_, key) => [`k${key}`, 'v']));
      const nowIso = new Date(Date.parse(early) + index * 1000).toISOString().replace('.000', '');
      const updated = { ...configMap(data), metadata: object.metadata };
      object = stored(record({ old: object, updated, schema, manager: `m${index}`, nowIso }));
    }
    const managers = object.metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).toHaveLength(10);
    expect(managers?.[0]).toBe('ancient-changes');
    expect(object.metadata.managedFields?.[0]?.fieldsV1?.['f:data']).toMatchObject({ 'f:k0': {}, 'f:k4': {} });
  });

  it('is not fooled by keys that every JavaScript object has', () => {
    const schema = configMapSchema();
    const old = stored(record({ updated: configMap({ a: '1' }), schema }));
    const data = JSON.parse('{"a":"1","constructor":"x","__proto__":"y"}') as Record<string, string>;
    const entries = recordUpdate(record({ old, updated: configMap(data), schema, manager: 'm' }));
    expect(entries?.find(({ manager }) => manager === 'm')?.fieldsV1).toEqual({
      'f:data': { 'f:constructor': {}, 'f:__proto__': {} },
    });
  });
});
