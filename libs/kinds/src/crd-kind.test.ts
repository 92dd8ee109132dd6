import { describe, expect, it } from 'vitest';
import { kindFromCrd } from './crd-kind.ts';
import { decodeObject } from './schema/decode.ts';
import { applySchemaDefaults } from './schema/schema-defaults.ts';
import type { KindDefinition, MutableKubeObject } from './kind-definition.ts';
import type { KubeObject } from './kube-object.ts';

const item = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, size: { type: 'integer', default: 3 } },
};

const spec = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 5 },
    color: { type: 'string', enum: ['red', 'green'], default: 'red' },
    replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
    flag: { type: 'boolean', nullable: true },
    port: { 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    labels: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 2 },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', minItems: 1, maxItems: 3 },
    parts: { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
    choice: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
  },
};

const crd: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList', shortNames: ['th'] },
    versions: [
      { name: 'v1alpha1', served: false, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Count', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          { name: 'Tags', type: 'string', jsonPath: '.spec.tags', priority: 1 },
        ],
        selectableFields: [{ jsonPath: '.spec.color' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

const [thing] = kindFromCrd(crd) as readonly [KindDefinition];

function admit(fields: object): {
  draft: MutableKubeObject;
  unknownFields: readonly string[];
  messages: readonly string[];
} {
  const input = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 't' }, ...fields };
  const { object, unknownFields } = decodeObject(input, thing.schema(), { mode: 'Strict' });
  const draft = structuredClone(object) as MutableKubeObject;
  applySchemaDefaults(draft, thing.schema());
  const errors = thing.validate?.(draft, undefined) ?? [];
  return { draft, unknownFields, messages: errors.map(({ field, message }) => `${field}: ${message}`) };
}

describe('a kind from a CustomResourceDefinition', () => {
  it('serves the served versions only, with names, scope, scale and selectable fields', () => {
    expect(kindFromCrd(crd).map((kind) => kind.version)).toEqual(['v1']);
    expect(thing).toMatchObject({ plural: 'things', kind: 'Thing', listKind: 'ThingList', isNamespaced: true });
    expect(thing.subresources.scale).toEqual({
      specReplicasPath: ['spec', 'replicas'],
      statusReplicasPath: ['status', 'replicas'],
    });
    expect(thing.selectableFields?.['spec.color']?.(admit({ spec: { name: 'abc' } }).draft)).toBe('red');
  });

  it('prunes and reports what the schema does not know', () => {
    const { draft, unknownFields } = admit({
      spec: { name: 'abc', foo: 1, parts: [{ name: 'a', x: 1 }], free: { y: 1 } },
    });
    expect(unknownFields).toEqual(['unknown field "spec.foo"', 'unknown field "spec.parts[0].x"']);
    expect(draft['spec']).toEqual({
      name: 'abc',
      color: 'red',
      replicas: 1,
      parts: [{ name: 'a', size: 3 }],
      free: { y: 1 },
    });
  });

  it('treats null as absent, unless the field is nullable', () => {
    const { draft } = admit({ spec: { name: 'abc', color: null, flag: null, tags: null } });
    expect(draft['spec']).toEqual({ name: 'abc', color: 'red', replicas: 1, flag: null });
  });

  it.each<[object, readonly string[]]>([
    [{}, ['spec: Required value']],
    [{ spec: {} }, ['spec.name: Required value']],
    [
      { spec: { name: 'abc', replicas: '3' } },
      ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    ],
    [
      { spec: { name: 'a', color: 'blue', replicas: 11 } },
      [
        'spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long',
        'spec.color: Unsupported value: "blue": supported values: "red", "green"',
        'spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10',
      ],
    ],
    [
      { spec: { name: 'abc', tags: ['a', 'a'], parts: [{ name: 'x' }, { name: 'x' }] } },
      ['spec.tags[1]: Duplicate value: "a"', 'spec.parts[1]: Duplicate value: {"name":"x"}'],
    ],
    [
      { spec: { name: 'abc', labels: { a: 'b', c: 'd', e: 'f' } } },
      ['spec.labels: Too many: 3: must have at most 2 items'],
    ],
  ])('refuses %j in the words of kube-apiserver', (fields, messages) => {
    expect(admit(fields).messages).toEqual(messages);
  });

  it('shows its own columns', () => {
    const stored = {
      ...admit({ spec: { name: 'abc', tags: ['a', 'b'] } }).draft,
      metadata: { name: 't', creationTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [{ type: 'Other' }, { type: 'Ready', status: 'True' }] },
    };
    expect(thing.columns.map((column) => column.name)).toEqual(['Name', 'Ready', 'Count', 'Since', 'Tags']);
    expect(thing.printRow(stored, Date.UTC(2026, 0, 1, 0, 5))).toEqual(['t', 'True', 1, '5m', '["a","b"]']);
  });

  it('resets status on creation and keeps it on update', () => {
    const { draft } = admit({ spec: { name: 'abc' }, status: { replicas: 5 } });
    const context = { nowMs: 0, user: 'tester', newUid: () => 'uid' };
    thing.prepareForCreate?.(draft, context);
    expect(draft['status']).toBeUndefined();
    const old = { ...draft, metadata: { name: 't' }, status: { replicas: 2 } };
    thing.prepareForUpdate?.(draft, old, context);
    expect(draft['status']).toEqual({ replicas: 2 });
  });
});
