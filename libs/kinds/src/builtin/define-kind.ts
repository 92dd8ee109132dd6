/** Makes a {@link KindDefinition} of a built-in kind from what is special about it. */
import { applySchemaDefaults } from '../schema/schema-defaults.ts';
import { allVerbs } from '../kind-definition.ts';
import { formatApiVersion } from '../kube-object.ts';
import { invalidValue } from '../field-error.ts';
import { createdAtColumns } from './table/columns.ts';
import type { FieldError, KindDefinition, MutableKubeObject } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import type { KindSchemas } from './kind-schemas.ts';
import type { SchemaNode } from '../schema-node.ts';

type Inherited =
  | 'listKind'
  | 'singular'
  | 'shortNames'
  | 'categories'
  | 'isNamespaced'
  | 'verbs'
  | 'subresources'
  | 'allowsUnconditionalUpdate'
  | 'allowsCreateOnUpdate'
  | 'hasGeneration';

type Hooks = Omit<KindDefinition, Inherited | 'schema' | 'openApi' | 'columns' | 'printRow'>;

/** What differs from a namespaced kind with every verb, no generation, unconditional updates and no subresource. */
export type BuiltinKindOptions = Hooks &
  Partial<Pick<KindDefinition, Inherited>> & {
    readonly table?: Pick<KindDefinition, 'columns' | 'printRow'>;
    /** Name in the OpenAPI document, where it doesn't follow from the group. */
    readonly component?: string;
  };

export function defineKind(schemas: KindSchemas, options: BuiltinKindOptions): KindDefinition {
  const { table = createdAtColumns, component, ...hooks } = options;
  const groupVersion = formatApiVersion(options.group, options.version);
  const componentName = component ?? defaultComponent(options);
  const schema = (): SchemaNode => schemas.component(groupVersion, componentName);
  const hasStatus = options.subresources?.status === true;
  return {
    listKind: `${options.kind}List`,
    singular: options.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    isNamespaced: true,
    verbs: allVerbs,
    subresources: {},
    allowsUnconditionalUpdate: true,
    allowsCreateOnUpdate: false,
    hasGeneration: false,
    schema,
    columns: table.columns,
    printRow: table.printRow,
    ...hooks,
    validate: (object, old) => [...finalizerErrors(object), ...(options.validate?.(object, old) ?? noErrors)],
    ...(hasStatus &&
      ({
        prepareForCreate(draft, context) {
          resetStatus(draft, schema());
          options.prepareForCreate?.(draft, context);
        },
        prepareForUpdate(draft, old, context) {
          keepStatus(draft, old);
          options.prepareForUpdate?.(draft, old, context);
        },
      } satisfies Partial<KindDefinition>)),
  };
}

const noErrors: readonly FieldError[] = [];
const standardFinalizers: readonly string[] = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Built-in kinds ask more of finalizers than custom kinds: a bare word must be one that Kubernetes knows. */
function finalizerErrors({ metadata }: KubeObject): readonly FieldError[] {
  if (metadata.finalizers === undefined) return noErrors;
  return metadata.finalizers.flatMap((name, index) => {
    if (name.includes('/') || standardFinalizers.includes(name)) return [];
    const detail = 'name is neither a standard finalizer name nor is it fully qualified';
    return [invalidValue(`metadata.finalizers[${index}]`, name, detail)];
  });
}

function defaultComponent({ group, version, kind }: { group: string; version: string; kind: string }): string {
  const folder = group === '' ? 'core' : group.split('.', 1)[0];
  return `io.k8s.api.${folder}.${version}.${kind}`;
}

/** A new object's status is what its type prints when nothing is set. */
function resetStatus(draft: MutableKubeObject, schema: SchemaNode): void {
  const field = schema.kind === 'object' ? schema.fields.get('status') : undefined;
  if (field?.default === undefined) {
    delete draft['status'];
    return;
  }
  const status = {};
  applySchemaDefaults(status, field.node);
  draft['status'] = status;
}

function keepStatus(draft: MutableKubeObject, old: { readonly [field: string]: unknown }): void {
  if (old['status'] === undefined) delete draft['status'];
  else draft['status'] = old['status'];
}
