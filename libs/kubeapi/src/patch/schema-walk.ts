/**
 * How the field-set algorithms read a schema: which node describes a member, and what the root of a kind looks like to them.
 */
import type { MapNode, ObjectNode, SchemaField, SchemaNode } from '@flotilla/kinds/schema-node';

export const ANY_NODE: SchemaNode = { kind: 'any' };
const STRING_NODE: SchemaNode = { kind: 'scalar', type: 'string' };
const INTEGER_NODE: SchemaNode = { kind: 'scalar', type: 'integer', format: 'int64' };

/** The node of a member; undeclared members count as anything. */
export function memberNode(node: SchemaNode, name: string): SchemaNode {
  switch (node.kind) {
    case 'object':
      return node.fields.get(name)?.node ?? ANY_NODE;
    case 'map':
      return node.values;
    case 'any':
    case 'list':
    case 'scalar':
      return ANY_NODE;
  }
}

/** True for a field that the schema names, false for the key of a map. */
export function isDeclaredField(node: SchemaNode, name: string): boolean {
  return node.kind === 'object' && node.fields.has(name);
}

/** What a node means for a value of unknown structure: objects are maps of anything, lists are one value. */
export function isAtomicNode(node: SchemaNode): boolean {
  switch (node.kind) {
    case 'object':
    case 'map':
      return node.isAtomic;
    case 'list':
      return node.listType === 'atomic';
    case 'any':
    case 'scalar':
      return false;
  }
}

/**
 * The schema of a whole object. Custom kinds declare `metadata` as a bare object or not at all; all kinds share the same ObjectMeta, so it is
 * put in place here.
 */
export function rootOf(schema: SchemaNode): SchemaNode {
  let root = roots.get(schema);
  if (root === undefined) {
    root = withObjectMeta(schema);
    roots.set(schema, root);
  }
  return root;
}

const roots = new WeakMap<SchemaNode, SchemaNode>();

function withObjectMeta(schema: SchemaNode): SchemaNode {
  if (schema.kind !== 'object') {
    return schema.kind === 'any' ? objectOf({ metadata: objectMeta }, { preservesUnknown: true }) : schema;
  }
  const declared = schema.fields.get('metadata')?.node;
  if (declared?.kind === 'object' && declared.fields.has('ownerReferences')) return schema;
  const fields = new Map(schema.fields);
  if (!fields.has('apiVersion')) fields.set('apiVersion', { node: STRING_NODE });
  if (!fields.has('kind')) fields.set('kind', { node: STRING_NODE });
  fields.set('metadata', { node: objectMeta });
  const { kind, required, isAtomic, preservesUnknown } = schema;
  return { kind, required, isAtomic, preservesUnknown, fields };
}

function objectOf(
  fields: Readonly<Record<string, SchemaNode>>,
  options: { readonly isAtomic?: boolean; readonly preservesUnknown?: boolean } = {},
): ObjectNode {
  return {
    kind: 'object',
    fields: new Map(Object.entries(fields).map(([name, node]): [string, SchemaField] => [name, { node }])),
    required: [],
    isAtomic: options.isAtomic ?? false,
    preservesUnknown: options.preservesUnknown ?? false,
  };
}

const stringMap: MapNode = { kind: 'map', values: STRING_NODE, isAtomic: false };

/** ObjectMeta as Kubernetes publishes it, reduced to what merging needs. */
const objectMeta: ObjectNode = objectOf({
  name: STRING_NODE,
  generateName: STRING_NODE,
  namespace: STRING_NODE,
  selfLink: STRING_NODE,
  uid: STRING_NODE,
  resourceVersion: STRING_NODE,
  generation: INTEGER_NODE,
  creationTimestamp: STRING_NODE,
  deletionTimestamp: STRING_NODE,
  deletionGracePeriodSeconds: INTEGER_NODE,
  labels: stringMap,
  annotations: stringMap,
  finalizers: { kind: 'list', items: STRING_NODE, listType: 'set', mapKeys: [] },
  ownerReferences: {
    kind: 'list',
    listType: 'map',
    mapKeys: ['uid'],
    items: objectOf(
      {
        apiVersion: STRING_NODE,
        kind: STRING_NODE,
        name: STRING_NODE,
        uid: STRING_NODE,
        controller: { kind: 'scalar', type: 'boolean' },
        blockOwnerDeletion: { kind: 'scalar', type: 'boolean' },
      },
      { isAtomic: true },
    ),
  },
  managedFields: { kind: 'list', items: ANY_NODE, listType: 'atomic', mapKeys: [] },
});

/**
 * The object of a kind before anything is set. Kinds compiled into Kubernetes are structs: their nested structs are always there (the published schema
 * gives those the default `{}`) and so are the zero values of fields that are never omitted (those that are required). Custom kinds start with nothing. It decides whether
 * a create is recorded as owning `f:spec` itself or only what is below.
 */
export function emptyObjectOf(schema: SchemaNode, isBuiltIn = isStruct(schema)): Readonly<Record<string, unknown>> {
  if (!isBuiltIn || schema.kind !== 'object') return emptyCustomObject;
  let empty = emptyObjects.get(schema);
  if (empty === undefined) {
    empty = emptyStruct(schema);
    emptyObjects.set(schema, empty);
  }
  return empty;
}

const emptyCustomObject: Readonly<Record<string, unknown>> = { metadata: {} };
const emptyObjects = new WeakMap<SchemaNode, Readonly<Record<string, unknown>>>();

function isStruct(schema: SchemaNode): boolean {
  return schema.kind === 'object' && schema.typedAs !== undefined;
}

function emptyStruct(node: ObjectNode): Record<string, unknown> {
  const empty: Record<string, unknown> = {};
  for (const [name, field] of node.fields) {
    if (field.node.kind === 'object' && isEmptyRecord(field.default)) empty[name] = emptyStruct(field.node);
    else if (node.required.includes(name)) empty[name] = zeroOf(field.node);
  }
  return empty;
}

function zeroOf(node: SchemaNode): unknown {
  if (node.kind !== 'scalar') return null;
  switch (node.type) {
    case 'string':
      return node.format === 'date-time' ? null : '';
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return 0;
    case 'int-or-string':
      return 0;
  }
}

function isEmptyRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
