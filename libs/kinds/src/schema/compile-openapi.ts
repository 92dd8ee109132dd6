/**
 * OpenAPI v3 and CRD structural schemas → `SchemaNode`.
 *
 * Two dialects share most keywords. `typed` is what kube-apiserver publishes for built-in kinds: references wrapped in `allOf` with a default, and
 * `default: {}` on every structure that is always present. `structural` is what CRDs and our own kinds declare: pruning, nullable, value checks.
 * Fields of an object compile when first asked for, so recursive schemas end.
 */
import { compileScalar } from './compile-scalar.ts';
import { typeNameOf } from './type-name.ts';
import { isJsonObject, type JsonSchema } from './json-schema.ts';
import type {
  ListNode,
  MapNode,
  ObjectNode,
  SchemaField,
  SchemaNode,
  StructuralConstraints,
  ValidationRule,
} from '../schema-node.ts';

export type SchemaDialect = 'typed' | 'structural';

export interface SchemaCompiler {
  /** Compiles the component with this name; throws when the document has none. The same name gives the same node. */
  component(name: string): SchemaNode;
  inline(schema: unknown): SchemaNode;
}

const refPrefix = '#/components/schemas/';
const anyNode: SchemaNode = { kind: 'any' };

/** What OpenAPI leaves out about typed kinds, per component. */
export interface TypeFacts {
  /** Optional scalars that tell zero from absent. */
  readonly pointers: readonly string[];
  /** Fields that are null when absent. */
  readonly nulls: readonly string[];
  /** Scalars with a zero for a default that are left out nevertheless. */
  readonly omitted: readonly string[];
}

export function createSchemaCompiler(
  components: Readonly<Record<string, unknown>>,
  dialect: SchemaDialect,
  typeFacts: Readonly<Record<string, TypeFacts>> = {},
): SchemaCompiler {
  const compiled = new Map<string, SchemaNode>();

  function component(name: string): SchemaNode {
    let node = compiled.get(name);
    if (node === undefined) {
      const schema = components[name];
      if (!isJsonObject(schema)) throw new Error(`schema component ${name} is missing`);
      node = compile(schema, name);
      compiled.set(name, node);
    }
    return node;
  }

  /** `refName` is the component that the schema is, for the type names in messages. */
  function compile(schema: JsonSchema, refName: string | undefined): SchemaNode {
    const ref = referenceOf(schema);
    if (ref !== undefined) return component(ref);
    if (dialect === 'structural' && isOpaque(schema)) return anyNode;
    const properties = schema.properties;
    if (properties !== undefined) return compileObject(schema, properties, refName);
    if (schema.type === 'array') return compileList(schema);
    if (schema.type === 'object' || schema.additionalProperties !== undefined) return compileMap(schema, refName);
    return compileScalar(schema, { refName, dialect, constraints: constraintsOf(schema) }) ?? anyNode;
  }

  function compileObject(schema: JsonSchema, properties: Readonly<Record<string, JsonSchema>>, refName?: string) {
    const options: Mutable<Omit<ObjectNode, 'kind' | 'fields'>> = {
      required: schema.required ?? [],
      isAtomic: schema['x-kubernetes-map-type'] === 'atomic',
      preservesUnknown: schema['x-kubernetes-preserve-unknown-fields'] === true,
      ...shared(schema),
    };
    if (schema['x-kubernetes-embedded-resource'] === true) options.isEmbeddedResource = true;
    if (dialect === 'typed') options.typedAs = typeNameOf(refName);
    return new LazyObjectNode(options, () => {
      const fields = new Map<string, SchemaField>();
      const facts = refName === undefined ? undefined : typeFacts[refName];
      for (const [name, property] of Object.entries(properties)) {
        const field = compileField(property);
        if (dialect === 'typed') applyTypeFacts(field, name, facts);
        fields.set(name, field);
      }
      return fields;
    });
  }

  function compileField(property: JsonSchema): Mutable<SchemaField> {
    const field: Mutable<SchemaField> = { node: compile(property, undefined) };
    if (property.default !== undefined) field.default = property.default;
    if (property.nullable === true) field.isNullable = true;
    const patchStrategy = property['x-kubernetes-patch-strategy'];
    if (patchStrategy !== undefined) {
      field.patchStrategy = patchStrategy;
      if (patchStrategy.includes('retainKeys') && field.node instanceof LazyObjectNode) {
        field.node = field.node.withRetainKeys();
      }
    }
    const mergeKey = property['x-kubernetes-patch-merge-key'];
    if (mergeKey !== undefined) field.patchMergeKey = mergeKey;
    return field;
  }

  function compileList(schema: JsonSchema): ListNode {
    const items = schema.items;
    const list: Mutable<ListNode> = {
      kind: 'list',
      items: items === undefined ? anyNode : compile(items, undefined),
      listType: listTypeOf(schema),
      mapKeys: schema['x-kubernetes-list-map-keys'] ?? [],
      ...shared(schema),
    };
    if (schema.minItems !== undefined) list.minItems = schema.minItems;
    if (schema.maxItems !== undefined) list.maxItems = schema.maxItems;
    if (items?.nullable === true) list.itemsNullable = true;
    if (dialect === 'typed') list.typedAs = `[]${typeNameOfNode(list.items)}`;
    return list;
  }

  function compileMap(schema: JsonSchema, refName: string | undefined): SchemaNode {
    const values = schema.additionalProperties;
    if (values === undefined || values === false) {
      return dialect === 'typed' ? anyNode : compileObject(schema, {}, refName);
    }
    const map: Mutable<MapNode> = {
      kind: 'map',
      values: values === true ? anyNode : compile(values, undefined),
      isAtomic: schema['x-kubernetes-map-type'] === 'atomic',
      ...shared(schema),
    };
    if (values !== true && values.nullable === true) map.valuesNullable = true;
    if (dialect === 'typed') map.typedAs = `map[string]${typeNameOfNode(map.values)}`;
    return map;
  }

  function constraintsOf(schema: JsonSchema): StructuralConstraints | undefined {
    if (dialect === 'typed') return undefined;
    const constraints: Mutable<StructuralConstraints> = {};
    if (schema.allOf !== undefined) constraints.allOf = schema.allOf.map(valueSchema);
    if (schema.anyOf !== undefined && schema['x-kubernetes-int-or-string'] !== true) {
      constraints.anyOf = schema.anyOf.map(valueSchema);
    }
    if (schema.oneOf !== undefined) constraints.oneOf = schema.oneOf.map(valueSchema);
    if (schema.not !== undefined) constraints.not = valueSchema(schema.not);
    if (schema.minProperties !== undefined) constraints.minProperties = schema.minProperties;
    if (schema.maxProperties !== undefined) constraints.maxProperties = schema.maxProperties;
    return Object.keys(constraints).length === 0 ? undefined : constraints;
  }

  /** A schema inside allOf/anyOf/oneOf/not names no types of its own: it only checks what the structure holds. */
  function valueSchema(schema: JsonSchema): SchemaNode {
    if (schema.type !== undefined || schema.properties !== undefined) return compile(schema, undefined);
    if (schema.required !== undefined || schema.additionalProperties !== undefined) {
      return compile({ ...schema, type: 'object', properties: {} }, undefined);
    }
    if (schema.items !== undefined || schema.minItems !== undefined || schema.maxItems !== undefined) {
      return compile({ ...schema, type: 'array' }, undefined);
    }
    return compile({ ...schema, type: inferredType(schema) }, undefined);
  }

  function shared(schema: JsonSchema): { rules?: readonly ValidationRule[]; constraints?: StructuralConstraints } {
    const result: { rules?: readonly ValidationRule[]; constraints?: StructuralConstraints } = {};
    const rules = schema['x-kubernetes-validations'];
    if (rules !== undefined) result.rules = rules;
    const constraints = constraintsOf(schema);
    if (constraints !== undefined) result.constraints = constraints;
    return result;
  }

  return {
    component,
    inline: (schema) => (isJsonObject(schema) ? compile(schema, undefined) : anyNode),
  };
}

function applyTypeFacts(field: Mutable<SchemaField>, name: string, facts: TypeFacts | undefined): void {
  if (facts?.omitted.includes(name) === true) delete field.default;
  if (field.default !== undefined) return;
  if (facts?.nulls.includes(name) === true) field.default = null;
  else if (isZeroable(field.node) && facts?.pointers.includes(name) !== true) field.omitsZero = true;
}

/** Quantities and ports-by-name are structures of their own: they have no zero that is left out. */
function isZeroable(node: SchemaNode): boolean {
  return node.kind === 'scalar' && node.type !== 'int-or-string' && node.format !== 'quantity';
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class LazyObjectNode implements ObjectNode {
  readonly kind = 'object';
  readonly required: readonly string[];
  readonly isAtomic: boolean;
  readonly preservesUnknown: boolean;
  readonly isEmbeddedResource?: boolean;
  readonly retainKeys?: boolean;
  readonly rules?: readonly ValidationRule[];
  readonly constraints?: StructuralConstraints;
  readonly typedAs?: string;
  readonly #build: () => ReadonlyMap<string, SchemaField>;
  readonly #options: Omit<ObjectNode, 'kind' | 'fields'>;
  #fields: ReadonlyMap<string, SchemaField> | undefined;

  constructor(options: Omit<ObjectNode, 'kind' | 'fields'>, build: () => ReadonlyMap<string, SchemaField>) {
    this.required = options.required;
    this.isAtomic = options.isAtomic;
    this.preservesUnknown = options.preservesUnknown;
    if (options.isEmbeddedResource !== undefined) this.isEmbeddedResource = options.isEmbeddedResource;
    if (options.retainKeys !== undefined) this.retainKeys = options.retainKeys;
    if (options.rules !== undefined) this.rules = options.rules;
    if (options.constraints !== undefined) this.constraints = options.constraints;
    if (options.typedAs !== undefined) this.typedAs = options.typedAs;
    this.#options = options;
    this.#build = build;
  }

  get fields(): ReadonlyMap<string, SchemaField> {
    return (this.#fields ??= this.#build());
  }

  withRetainKeys(): LazyObjectNode {
    return new LazyObjectNode({ ...this.#options, retainKeys: true }, () => this.fields);
  }
}

function referenceOf(schema: JsonSchema): string | undefined {
  if (schema.$ref !== undefined) return schema.$ref.slice(refPrefix.length);
  const only = schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined;
  return only?.slice(refPrefix.length);
}

/** `x-kubernetes-preserve-unknown-fields` on something without further structure keeps everything, whatever its type. */
function isOpaque(schema: JsonSchema): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true &&
    schema.properties === undefined &&
    schema.additionalProperties === undefined &&
    schema.type !== 'array' &&
    schema['x-kubernetes-embedded-resource'] !== true &&
    schema.type !== 'object'
  );
}

function listTypeOf(schema: JsonSchema): 'atomic' | 'set' | 'map' {
  const declared = schema['x-kubernetes-list-type'];
  return declared === 'set' || declared === 'map' ? declared : 'atomic';
}

function inferredType(schema: JsonSchema): string | undefined {
  if (schema.pattern !== undefined || schema.minLength !== undefined || schema.maxLength !== undefined) return 'string';
  if (schema.minimum !== undefined || schema.maximum !== undefined || schema.multipleOf !== undefined) return 'number';
  const first = schema.enum?.[0];
  if (typeof first === 'string') return 'string';
  if (typeof first === 'number') return 'number';
  return undefined;
}

function typeNameOfNode(node: SchemaNode): string {
  return node.kind === 'any' ? 'runtime.RawExtension' : (node.typedAs ?? 'string');
}
