import type { KubeObject } from './kube-object.ts';
import type { SchemaNode } from './schema-node.ts';

/** One error of validation, as in `Status.details.causes[]`. */
export interface FieldError {
  /** Path as Kubernetes writes it: `spec.template.spec.containers[0].name`. */
  readonly field: string;
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotFound';
  /** Text of the cause as kube-apiserver words it: `Invalid value: "x": must be …`, `Required value`, … */
  readonly message: string;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 = shown by default, >0 = only with `-o wide`. */
  readonly priority: number;
}

/** Cells of one row, in the order of the columns. `nowMs` for ages. */
export type RowPrinter = (object: KubeObject, nowMs: number) => readonly (string | number | boolean | null)[];

/** What a strategy may draw on: passed in, so that kinds stay pure. */
export interface WriteContext {
  readonly nowMs: number;
  newUid(): string;
  /** User name of the writer. */
  readonly user: string;
}

/**
 * One version of one kind: everything the API server needs to serve it. Functions get a *draft* that they may change (a private copy);
 * `old` is a stored object and must not be changed.
 */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Compiled lazily on first use. */
  readonly schema: () => SchemaNode;
  /** OpenAPI v3 component schemas for documents that are generated (our kinds, CRDs); absent for built-in kinds, whose documents are stored whole. */
  readonly openApi?: () => { readonly rootName: string; readonly schemas: Readonly<Record<string, unknown>> };
  readonly subresources: {
    readonly status?: boolean;
    readonly scale?: ScaleSubresource;
  };
  /** True: PUT without resourceVersion is unconditional (Kubernetes `AllowUnconditionalUpdate`). */
  readonly allowsUnconditionalUpdate: boolean;
  /** True: PUT of a missing object creates it (`AllowCreateOnUpdate`), as Leases, Endpoints and Events do. */
  readonly allowsCreateOnUpdate: boolean;
  /** Fills absent fields as kube-apiserver does. Idempotent. Runs after schema defaults. */
  readonly applyDefaults?: (draft: MutableKubeObject) => void;
  /** Before create: reset status, set what the server owns (mutates draft). */
  readonly prepareForCreate?: (draft: MutableKubeObject, context: WriteContext) => void;
  /** Before update of the main resource: keep what this door may not change (mutates draft). */
  readonly prepareForUpdate?: (draft: MutableKubeObject, old: KubeObject, context: WriteContext) => void;
  readonly validate?: (object: KubeObject, old: KubeObject | undefined) => readonly FieldError[];
  readonly validateStatus?: (object: KubeObject, old: KubeObject) => readonly FieldError[];
  /** Warnings for the client (`Warning:` headers). */
  readonly warnings?: (object: KubeObject) => readonly string[];
  readonly columns: readonly PrinterColumn[];
  readonly printRow: RowPrinter;
  /** How `metadata.name` is checked; absent = DNS subdomain. */
  readonly nameRule?: 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';
  /** Field selectors beyond metadata.name and metadata.namespace: label → value of an object in its stored form. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
  /**
   * Kinds whose generation isn't managed (ConfigMap, Secret, …) have false. True: starts at 1, grows when anything but metadata and status changes.
   */
  readonly hasGeneration: boolean;
  /** How objects of this version are stored; absent: as they are. Versions without conversion differ in `apiVersion` only. */
  readonly conversion?: VersionConversion;
}

/**
 * A version that is another shape of what is stored. Everything that a write does after decoding and field ownership (status, admission, validation)
 * happens in the stored version. Both functions are pure, never throw for an object of their version's shape, and share what they leave alone.
 */
export interface VersionConversion {
  /** The version that is stored, possibly in another group; it has no conversion itself. */
  readonly stored: KindDefinition;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

export interface ScaleSubresource {
  /** JSON paths without the leading dot split into keys, e.g. ['spec','replicas']. */
  readonly specReplicasPath: readonly string[];
  readonly statusReplicasPath: readonly string[];
  /** Path of a selector: either a string, or a LabelSelector object (built-in kinds). */
  readonly labelSelectorPath?: readonly string[];
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** A private copy that strategies may write to. */
export type MutableKubeObject = {
  apiVersion: string;
  kind: string;
  metadata: { [field: string]: unknown };
  [field: string]: unknown;
};

/** `apps` + `deployments`: what is stored under one prefix; all versions of a kind share it. */
export interface ResourceId {
  readonly group: string;
  readonly resource: string;
}

/** Lookup of what is served. Dynamic: CRDs come and go; `onChange` tells. */
export interface KindRegistry {
  byResource(group: string, version: string, plural: string): KindDefinition | undefined;
  byKind(group: string, version: string, kind: string): KindDefinition | undefined;
  /** Preferred version first. */
  versions(group: string, plural: string): readonly KindDefinition[];
  all(): readonly KindDefinition[];
  register(definition: KindDefinition): void;
  unregister(group: string, version: string, plural: string): void;
  onChange(listener: () => void): () => void;
}
