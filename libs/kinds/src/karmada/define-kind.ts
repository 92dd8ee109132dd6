/**
 * Builds {@link KindDefinition}s for Karmada's groups from what differs between them. Shared here: metadata of the root schema, list kind, status
 * handled through its own door, permanent ids, age column.
 */
import type { FieldError, KindDefinition, MutableKubeObject, PrinterColumn } from '../kind-definition.ts';
import { allVerbs } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { ageOf } from '../builtin/table/human-duration.ts';
import { immutableDetail, invalidValue } from '../field-error.ts';
import { recordAt } from './json-view.ts';
import { rootSchema, type Keywords, type Schema } from '../schema-builder.ts';
import type { SchemaNode } from '../schema-node.ts';
import { validateStructure } from '../schema/structural-validation.ts';

export interface KarmadaKind {
  readonly group: string;
  /** v1alpha1 when absent. */
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly description: string;
  readonly isNamespaced: boolean;
  /** Fields of the root besides apiVersion, kind and metadata. */
  readonly fields: Readonly<Record<string, Schema<unknown>>>;
  readonly required?: readonly string[];
  readonly hasStatus: boolean;
  /** Label that gets a UID of its own at creation, kept for life. */
  readonly idLabel?: string;
  /** Between name and age. */
  readonly columns?: readonly Column[];
  readonly nameRule?: KindDefinition['nameRule'];
  readonly allowsUnconditionalUpdate?: boolean;
  /** See the field of the same name in KindDefinition. What status and idLabel need comes before these. */
  readonly applyDefaults?: NonNullable<KindDefinition['applyDefaults']>;
  readonly prepareForCreate?: NonNullable<KindDefinition['prepareForCreate']>;
  readonly prepareForUpdate?: NonNullable<KindDefinition['prepareForUpdate']>;
  readonly validate?: NonNullable<KindDefinition['validate']>;
  readonly warnings?: NonNullable<KindDefinition['warnings']>;
}

export interface Column extends Omit<PrinterColumn, 'priority'> {
  /** 1 = only with `-o wide`. */
  readonly priority?: number;
  readonly value: (object: KubeObject) => string | number | boolean | null;
}

/** Compiles the component with this name; called once per kind, on first use. */
export type ComponentCompiler = (componentName: string) => SchemaNode;

/** `PropagationPolicy` in `policy.karmada.io/v1alpha1` → `io.karmada.policy.v1alpha1.PropagationPolicy`. */
export function componentNameOf({ group, version = 'v1alpha1', kind }: KarmadaKind): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

export function componentOf(parts: KarmadaKind): Keywords {
  const { group, version = 'v1alpha1', kind, description, fields, required } = parts;
  return rootSchema({ group, version, kind, description, fields, ...(required === undefined ? {} : { required }) });
}

export function defineKind(
  parts: KarmadaKind,
  compile: ComponentCompiler,
  sharedSchemas: Readonly<Record<string, unknown>>,
): KindDefinition {
  const rootName = componentNameOf(parts);
  const age: PrinterColumn = {
    name: 'Age',
    type: 'date',
    description: 'Time since the object was created.',
    priority: 0,
  };
  const name: PrinterColumn = {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name of the object.',
    priority: 0,
  };
  const shown = (parts.columns ?? []).filter((column) => (column.priority ?? 0) === 0);
  const wide = (parts.columns ?? []).filter((column) => (column.priority ?? 0) > 0);
  let schema: SchemaNode | undefined;
  const getSchema = (): SchemaNode => (schema ??= compile(rootName));
  return {
    group: parts.group,
    version: parts.version ?? 'v1alpha1',
    kind: parts.kind,
    listKind: `${parts.kind}List`,
    plural: parts.plural,
    singular: parts.kind.toLowerCase(),
    shortNames: parts.shortNames ?? [],
    categories: parts.group.endsWith('.karmada.io') ? ['karmada-io'] : [],
    isNamespaced: parts.isNamespaced,
    verbs: allVerbs,
    schema: getSchema,
    openApi: () => ({ rootName, schemas: { [rootName]: componentOf(parts), ...sharedSchemas } }),
    subresources: parts.hasStatus ? { status: true } : {},
    allowsUnconditionalUpdate: parts.allowsUnconditionalUpdate ?? false,
    allowsCreateOnUpdate: false,
    columns: [name, ...shown.map(withoutValue), age, ...wide.map(withoutValue)],
    printRow: (object, nowMs) => [
      object.metadata.name ?? '',
      ...shown.map((column) => column.value(object)),
      ageOf(object.metadata.creationTimestamp, nowMs),
      ...wide.map((column) => column.value(object)),
    ],
    hasGeneration: true,
    ...(parts.nameRule === undefined ? {} : { nameRule: parts.nameRule }),
    ...(parts.applyDefaults === undefined ? {} : { applyDefaults: parts.applyDefaults }),
    ...(parts.warnings === undefined ? {} : { warnings: parts.warnings }),
    ...strategyOf(parts, getSchema),
  };
}

function withoutValue({ value: _value, priority = 0, ...column }: Column): PrinterColumn {
  return { ...column, priority };
}

type Strategy = Pick<KindDefinition, 'prepareForCreate' | 'prepareForUpdate' | 'validate' | 'validateStatus'>;

function strategyOf(parts: KarmadaKind, schema: () => SchemaNode): Strategy {
  const { idLabel, hasStatus } = parts;
  return {
    prepareForCreate(draft, context) {
      if (hasStatus) delete draft['status'];
      if (idLabel !== undefined) labelsOf(draft)[idLabel] ??= context.newUid();
      parts.prepareForCreate?.(draft, context);
    },
    prepareForUpdate(draft, old, context) {
      if (hasStatus) keepStatus(draft, old);
      const id = idLabel === undefined ? undefined : old.metadata.labels?.[idLabel];
      if (idLabel !== undefined) labelsOf(draft)[idLabel] ??= id ?? context.newUid();
      parts.prepareForUpdate?.(draft, old, context);
    },
    validate(object, old) {
      const structural = validateStructure(object, schema());
      // What the kind's own checks read must have the right type first.
      if (structural.length > 0) return structural;
      const errors = parts.validate?.(object, old) ?? [];
      return idLabel === undefined ? errors : [...validateId(object, old, idLabel), ...errors];
    },
    ...(hasStatus ? { validateStatus: (object: KubeObject) => validateStatus(object, schema()) } : {}),
  };
}

function validateStatus(object: KubeObject, schema: SchemaNode): readonly FieldError[] {
  const node = schema.kind === 'object' ? schema.fields.get('status')?.node : undefined;
  const status = object['status'];
  return node === undefined || status === undefined ? [] : validateStructure(status, node, 'status');
}

function keepStatus(draft: MutableKubeObject, old: KubeObject): void {
  if (old['status'] === undefined) delete draft['status'];
  else draft['status'] = old['status'];
}

function labelsOf(draft: MutableKubeObject): Record<string, unknown> {
  const labels = { ...recordAt(draft.metadata, 'labels') };
  draft.metadata['labels'] = labels;
  return labels;
}

function validateId(object: KubeObject, old: KubeObject | undefined, idLabel: string): readonly FieldError[] {
  const before = old?.metadata.labels?.[idLabel];
  const after = object.metadata.labels?.[idLabel];
  if (before === undefined || before === after) return [];
  return [invalidValue(`metadata.labels[${idLabel}]`, after, immutableDetail)];
}
