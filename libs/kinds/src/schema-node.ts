/**
 * Compiled form of a structural schema: what decoding, pruning, defaulting, validation, strategic merge and server-side apply walk.
 * Compiled once per kind from OpenAPI v3 (built-in kinds), TypeBox (our kinds) or a CRD's schema. Recursive schemas are possible: getters resolve lazily.
 */
export type SchemaNode = ObjectNode | MapNode | ListNode | ScalarNode | AnyNode;

export interface ObjectNode {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, SchemaField>;
  readonly required: readonly string[];
  /** `x-kubernetes-map-type: atomic`: server-side apply treats the object as one value. */
  readonly isAtomic: boolean;
  /** `x-kubernetes-preserve-unknown-fields`. */
  readonly preservesUnknown: boolean;
  /** `x-kubernetes-embedded-resource`. */
  readonly isEmbeddedResource?: boolean;
  /** Strategic merge: `$retainKeys` applies (`x-kubernetes-patch-strategy: retainKeys`). */
  readonly retainKeys?: boolean;
  readonly rules?: readonly ValidationRule[];
  /**
   * Name of the typed structure that the object has in kube-apiserver (`v1.DeploymentSpec`). Present for built-in kinds only: their values are
   * decoded as a typed server decodes them (null means absent, empty optional lists and maps vanish, types are checked, quantities become canonical).
   */
  readonly typedAs?: string;
  readonly constraints?: StructuralConstraints;
}

export interface SchemaField {
  readonly node: SchemaNode;
  /** Default put in when the field is absent (a JSON value; deep-copied on use). `undefined` = none. */
  readonly default?: unknown;
  readonly isNullable?: boolean;
  /** Typed kinds: zero (`0`, `false`, `""`) is the same as absent, and is dropped. */
  readonly omitsZero?: boolean;
  /** Strategic merge of this field: `x-kubernetes-patch-strategy` (may be `merge`, `replace`, `retainKeys`, or a comma list) and merge key. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
}

export interface MapNode {
  readonly kind: 'map';
  readonly values: SchemaNode;
  readonly isAtomic: boolean;
  /** Typed values as in `ObjectNode.typedAs`; the type's name for messages (`map[string]string`). */
  readonly typedAs?: string;
  readonly valuesNullable?: boolean;
  readonly rules?: readonly ValidationRule[];
  readonly constraints?: StructuralConstraints;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: SchemaNode;
  readonly listType: 'atomic' | 'set' | 'map';
  /** For `map` lists. */
  readonly mapKeys: readonly string[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly typedAs?: string;
  readonly itemsNullable?: boolean;
  readonly rules?: readonly ValidationRule[];
  readonly constraints?: StructuralConstraints;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string';
  /** OpenAPI format: `int32`, `int64`, `date-time`, `micro-time`, `byte`, `quantity`, … */
  readonly format?: string;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  readonly rules?: readonly ValidationRule[];
  readonly constraints?: StructuralConstraints;
  /** Typed values as in `ObjectNode.typedAs`; the type's name for messages (`int32`). */
  readonly typedAs?: string;
}

/** No structure known: anything is kept as it is. */
export interface AnyNode {
  readonly kind: 'any';
}

/** What only CRD schemas use beside their structure: value checks that don't prune and don't default. */
export interface StructuralConstraints {
  readonly allOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly not?: SchemaNode;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** One of `x-kubernetes-validations`, as the schema has it. */
export interface ValidationRule {
  /** CEL over `self`, and `oldSelf` on updates. */
  readonly rule: string;
  readonly message?: string;
  /** CEL that makes the message. */
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: string;
  /** True: the rule is also checked where there is no former value; `oldSelf` is an optional then. */
  readonly optionalOldSelf?: boolean;
}
