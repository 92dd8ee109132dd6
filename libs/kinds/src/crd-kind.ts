/** Custom kinds: what a CustomResourceDefinition says, as {@link KindDefinition}s. */
import typeFacts from '../openapi/type-facts.json' with { type: 'json' };
import { customTable, type CustomColumn } from './crd/printer-columns.ts';
import { compileJsonPath, simplePath } from './crd/json-path.ts';
import { checkRules, hasRules } from './crd/validation-rules.ts';
import { invalidValue } from './field-error.ts';
import { allVerbs } from './kind-definition.ts';
import { metaSchemas } from './object-meta-schema.ts';
import { objectMetaSchemaName, rootSchema } from './schema-builder.ts';
import { createSchemaCompiler } from './schema/compile-openapi.ts';
import { isJsonObject, type JsonSchema } from './schema/json-schema.ts';
import { validateStructure } from './schema/structural-validation.ts';
import type { CrdSpec, CrdVersion } from './builtin/apiextensions/crd-types.ts';
import type { FieldError, KindDefinition, MutableKubeObject, ScaleSubresource } from './kind-definition.ts';
import type { KubeObject } from './kube-object.ts';
import type { SchemaNode } from './schema-node.ts';

/**
 * One definition per served version of a valid CustomResourceDefinition, in the order of its versions. Versions share one stored form: no conversion.
 */
export function kindFromCrd(crd: KubeObject): readonly KindDefinition[] {
  const spec = (crd['spec'] ?? {}) as CrdSpec;
  return (spec.versions ?? [])
    .filter((version) => version.served === true)
    .map((version) => definitionOf(spec, version));
}

function definitionOf(spec: CrdSpec, version: CrdVersion): KindDefinition {
  const { group = '', names = {} } = spec;
  const kind = names.kind ?? '';
  const declared = version.schema?.openAPIV3Schema;
  const root: JsonSchema = isJsonObject(declared) ? declared : { type: 'object' };
  const schema = lazily(() => compileRoot(root));
  const hasStatus = version.subresources?.status !== undefined;
  const scale = scaleOf(version);
  return {
    group,
    version: version.name ?? '',
    kind,
    listKind: names.listKind ?? `${kind}List`,
    plural: names.plural ?? '',
    singular: names.singular ?? kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    isNamespaced: spec.scope === 'Namespaced',
    verbs: allVerbs,
    schema,
    openApi: () => openApiOf(group, version.name ?? '', kind, root),
    subresources: { ...(hasStatus && { status: true }), ...(scale !== undefined && { scale }) },
    allowsUnconditionalUpdate: false,
    allowsCreateOnUpdate: false,
    hasGeneration: true,
    ...(hasStatus && { prepareForCreate: dropStatus, prepareForUpdate: keepStatus }),
    validate: (object, old) => validateCustom(object, old, schema(), scale),
    ...(hasStatus && {
      validateStatus: (object: KubeObject, old: KubeObject) => validateWithRules(object, old, schema()),
    }),
    ...warningsOf(version, group, kind),
    ...customTable((version.additionalPrinterColumns ?? []) as readonly CustomColumn[]),
    ...selectableFieldsOf(version),
  };
}

function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Metadata is as strictly typed as that of every kind, whatever the CRD says about it. */
function compileRoot(schema: JsonSchema): SchemaNode {
  const root = createSchemaCompiler({}, 'structural').inline({ ...schema, properties: schema.properties ?? {} });
  if (root.kind !== 'object') return root;
  const metadata = createSchemaCompiler(metaSchemas, 'typed', typeFacts).component(objectMetaSchemaName);
  const text: SchemaNode = { kind: 'scalar', type: 'string' };
  const fields = new Map(root.fields)
    .set('apiVersion', { node: text })
    .set('kind', { node: text })
    .set('metadata', { node: metadata, default: {} });
  return {
    kind: 'object',
    fields,
    required: root.required,
    isAtomic: root.isAtomic,
    preservesUnknown: root.preservesUnknown,
    ...(root.rules !== undefined && { rules: root.rules }),
    ...(root.constraints !== undefined && { constraints: root.constraints }),
  };
}

function openApiOf(group: string, version: string, kind: string, schema: JsonSchema) {
  const rootName = [...group.split('.').toReversed(), version, kind].join('.');
  const base = rootSchema({ group, version, kind, description: schema.description ?? '', fields: {} });
  const properties = { ...schema.properties, ...(base['properties'] as object) };
  return { rootName, schemas: { ...metaSchemas, [rootName]: { ...schema, ...base, properties } } };
}

function scaleOf(version: CrdVersion): ScaleSubresource | undefined {
  const scale = version.subresources?.scale;
  const specReplicasPath = simplePath(scale?.specReplicasPath ?? '');
  const statusReplicasPath = simplePath(scale?.statusReplicasPath ?? '');
  if (specReplicasPath === undefined || statusReplicasPath === undefined) return undefined;
  const labelSelectorPath = simplePath(scale?.labelSelectorPath ?? '');
  return { specReplicasPath, statusReplicasPath, ...(labelSelectorPath !== undefined && { labelSelectorPath }) };
}

function selectableFieldsOf(version: CrdVersion): Pick<KindDefinition, 'selectableFields'> {
  const entries = (version.selectableFields ?? []).flatMap(({ jsonPath = '' }) => {
    const read = compileJsonPath(jsonPath);
    if (read === undefined) return [];
    const text = (object: KubeObject): string => selectableText(read(object)[0]);
    return [[jsonPath.replace(/^\./, ''), text] as const];
  });
  return entries.length === 0 ? {} : { selectableFields: Object.fromEntries(entries) };
}

function selectableText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function warningsOf(version: CrdVersion, group: string, kind: string): Pick<KindDefinition, 'warnings'> {
  if (version.deprecated !== true) return {};
  const warning = version.deprecationWarning ?? `${group}/${version.name} ${kind} is deprecated`;
  return { warnings: () => [warning] };
}

function dropStatus(draft: MutableKubeObject): void {
  delete draft['status'];
}

function keepStatus(draft: MutableKubeObject, old: KubeObject): void {
  if (old['status'] === undefined) delete draft['status'];
  else draft['status'] = old['status'];
}

const int32Max = 2_147_483_647;

/** Rules are for values that have the structure they speak of. */
function validateWithRules(object: KubeObject, old: KubeObject | undefined, schema: SchemaNode): readonly FieldError[] {
  const errors = validateStructure(object, schema);
  if (!hasRules(schema)) return errors;
  if (!errors.some(isStructural)) return [...errors, ...checkRules(object, old, schema)];
  const detail =
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
  return [...errors, invalidValue('<nil>', null, detail)];
}

function isStructural({ reason }: FieldError): boolean {
  return reason !== 'FieldValueInvalid';
}

function validateCustom(
  object: KubeObject,
  old: KubeObject | undefined,
  schema: SchemaNode,
  scale: ScaleSubresource | undefined,
): readonly FieldError[] {
  const errors = validateWithRules(object, old, schema);
  const replicas = scale === undefined ? undefined : valueAt(object, scale.specReplicasPath);
  if (scale === undefined || typeof replicas !== 'number') return errors;
  const field = `.${scale.specReplicasPath.join('.')}`;
  if (replicas < 0) return [...errors, invalidValue(field, replicas, 'should be a non-negative integer')];
  if (replicas > int32Max)
    return [...errors, invalidValue(field, replicas, `should be less than or equal to ${int32Max}`)];
  return errors;
}

function valueAt(object: KubeObject, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}
