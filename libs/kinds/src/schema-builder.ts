/**
 * Builders of OpenAPI v3 schemas that carry the TypeScript type of what they describe: one definition gives the schema that is served, validated
 * and pruned with, and (through {@link ValueOf}) the readonly type that code uses. What they return is plain JSON, ready to be served.
 */
import type { KubeObject } from './kube-object.ts';

declare const valueType: unique symbol;

/** JSON Schema in the subset that Kubernetes calls structural. The type parameter exists only for the compiler. */
export interface Schema<T> {
  readonly [valueType]?: T;
  readonly [keyword: string]: unknown;
}

export type ValueOf<S> = S extends Schema<infer T> ? T : never;

type Fields = Readonly<Record<string, Schema<unknown>>>;
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** The type that {@link object} derives. */
export type ObjectValue<Required extends Fields, Optional extends Fields> = Flat<
  { readonly [K in keyof Required]: ValueOf<Required[K]> } & { readonly [K in keyof Optional]?: ValueOf<Optional[K]> }
>;

/** Keywords besides type and description: `default`, `minimum`, `pattern`, `x-kubernetes-*`, … */
export type Keywords = Readonly<Record<string, unknown>>;

export function text(description: string, keywords: Keywords = {}): Schema<string> {
  return { type: 'string', description, ...keywords };
}

export function oneOf<const T extends string>(
  values: readonly T[],
  description: string,
  keywords: Keywords = {},
): Schema<T> {
  return { type: 'string', enum: values, description, ...keywords };
}

/** RFC 3339, UTC. */
export function time(description: string): Schema<string> {
  return { type: 'string', format: 'date-time', description };
}

export function int32(description: string, keywords: Keywords = {}): Schema<number> {
  return { type: 'integer', format: 'int32', description, ...keywords };
}

export function int64(description: string, keywords: Keywords = {}): Schema<number> {
  return { type: 'integer', format: 'int64', description, ...keywords };
}

export function flag(description: string, keywords: Keywords = {}): Schema<boolean> {
  return { type: 'boolean', description, ...keywords };
}

/** A resource quantity, as in `resources.requests`. */
export function quantity(description: string): Schema<string | number> {
  return {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: quantityPattern,
    description,
  };
}

const quantityPattern =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';

export function intOrString(description: string): Schema<string | number> {
  return { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], description };
}

export function map<T>(
  values: Schema<T>,
  description: string,
  keywords: Keywords = {},
): Schema<Readonly<Record<string, T>>> {
  return { type: 'object', additionalProperties: values, description, ...keywords };
}

/** Resource name → quantity. */
export function resourceList(description: string): Schema<Readonly<Record<string, string | number>>> {
  return map(quantity('Amount of the resource.'), description);
}

export function list<T>(items: Schema<T>, description: string, keywords: Keywords = {}): Schema<readonly T[]> {
  return { type: 'array', items, description, ...keywords };
}

/** A list whose items are told apart by key fields, for strategic merge and server-side apply. */
export function listMap<T>(
  items: Schema<T>,
  keys: readonly string[],
  description: string,
  keywords: Keywords = {},
): Schema<readonly T[]> {
  return {
    type: 'array',
    items,
    description,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    ...keywords,
  };
}

export function object<Required extends Fields>(
  description: string,
  required: Required,
): Schema<{ readonly [K in keyof Required]: ValueOf<Required[K]> }>;
export function object<Required extends Fields, Optional extends Fields>(
  description: string,
  required: Required,
  optional: Optional,
  keywords?: Keywords,
): Schema<ObjectValue<Required, Optional>>;
export function object(
  description: string,
  required: Fields,
  optional: Fields = {},
  keywords: Keywords = {},
): Schema<Readonly<Record<string, unknown>>> {
  const requiredNames = Object.keys(required);
  return {
    type: 'object',
    description,
    properties: { ...required, ...optional },
    ...(requiredNames.length > 0 ? { required: requiredNames } : {}),
    ...keywords,
  };
}

/** The same schema, described for the place where it is used. */
export function described<T>(schema: Schema<T>, description: string, keywords: Keywords = {}): Schema<T> {
  return { ...schema, description, ...keywords };
}

/** An object of any shape, kept as it is. */
export function anyObject(description: string): Schema<Readonly<Record<string, unknown>>> {
  return { type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true };
}

/** Any JSON value, kept as it is. */
export function anyValue(description: string): Schema<unknown> {
  return { description, 'x-kubernetes-preserve-unknown-fields': true };
}

/** A whole Kubernetes object inside another. */
export function embeddedObject(description: string): Schema<KubeObject> {
  return {
    type: 'object',
    description,
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  };
}

export const objectMetaSchemaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

export interface RootSchemaParts {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly description: string;
  readonly required?: readonly string[];
  /** Fields beside apiVersion, kind and metadata: usually `spec` and `status`. */
  readonly fields: Readonly<Record<string, Schema<unknown>>>;
}

/** Schema of a whole kind, with what `kubectl explain` looks for. */
export function rootSchema({ group, version, kind, description, required = [], fields }: RootSchemaParts): Keywords {
  return {
    type: 'object',
    description,
    ...(required.length > 0 ? { required } : {}),
    properties: {
      apiVersion: text('Versioned schema of this representation of the object, as group/version.'),
      kind: text('Kind of the object, in CamelCase. Cannot be changed.'),
      metadata: {
        description: 'Standard metadata of an object.',
        default: {},
        allOf: [{ $ref: `#/components/schemas/${objectMetaSchemaName}` }],
      },
      ...fields,
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}
