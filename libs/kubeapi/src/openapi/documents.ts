/**
 * OpenAPI v3 documents of kinds whose schemas are our own or a CRD's. (Documents of kinds built into Kubernetes are stored whole and served as they are.)
 * kubectl reads them for `explain`, and to learn from the PATCH operation whether the server validates fields.
 */
import { createHash } from 'node:crypto';
import type { KindDefinition } from '@flotilla/kinds/kind-definition';

import { isList, isRecord, type JsonRecord } from '../patch/json-value.ts';
import { LIST_META, metaComponents, refTo } from './meta-components.ts';
import { pathsOf } from './resource-paths.ts';

export { groupVersionPath } from './group-version-path.ts';

export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** OpenAPI v3 document of one group version, made from those of its kinds that carry `openApi`. */
export function generateOpenApiV3(
  kinds: readonly KindDefinition[],
  options: { readonly title: string; readonly version: string },
): OpenApiDocument {
  const described = kinds.filter((kind) => kind.openApi !== undefined);
  const [first] = described;
  const hasScale = described.some((kind) => kind.subresources.scale !== undefined);
  const schemas: Record<string, unknown> = { ...metaComponents(first?.group ?? '', first?.version ?? '', hasScale) };
  const paths: Record<string, unknown> = {};
  for (const kind of described) {
    const components = addComponents(kind, schemas);
    if (components !== undefined) Object.assign(paths, pathsOf(kind, components));
  }
  return {
    openapi: '3.0.0',
    info: { title: options.title, version: options.version },
    paths,
    components: { schemas },
  };
}

function addComponents(
  kind: KindDefinition,
  schemas: Record<string, unknown>,
): { readonly root: string; readonly list: string } | undefined {
  const description = kind.openApi?.();
  if (description === undefined) return undefined;
  const { rootName } = description;
  for (const [name, schema] of Object.entries(description.schemas)) schemas[name] ??= schema;
  schemas[rootName] = marked(schemas[rootName], kind, kind.kind);
  const list = listNameOf(rootName, kind);
  schemas[list] = marked(listSchemaOf(rootName, kind), kind, kind.listKind);
  return { root: rootName, list };
}

/** `io.karmada.policy.v1alpha1.PropagationPolicy` → `io.karmada.policy.v1alpha1.PropagationPolicyList`. */
function listNameOf(rootName: string, { listKind }: KindDefinition): string {
  return rootName.slice(0, rootName.lastIndexOf('.') + 1) + listKind;
}

function marked(schema: unknown, { group, version }: KindDefinition, kind: string): JsonRecord {
  const root = isRecord(schema) ? schema : { type: 'object' };
  const marks = root['x-kubernetes-group-version-kind'];
  if (isList(marks) && marks.length > 0) return root;
  return { ...root, 'x-kubernetes-group-version-kind': [{ group, version, kind }] };
}

function listSchemaOf(rootName: string, { kind, listKind }: KindDefinition): JsonRecord {
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string', description: 'Version of the schema of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { description: 'Metadata of the list.', allOf: [refTo(LIST_META)] },
      items: { type: 'array', description: `Objects of kind ${kind}.`, items: refTo(rootName) },
    },
  };
}

/** Body of `/openapi/v3`: each group version with the address of its document, whose hash makes it cacheable for ever. */
export function openApiIndex(documents: ReadonlyMap<string, { readonly hash: string }>): {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
} {
  const entries = [...documents].map(([path, { hash }]): [string, { readonly serverRelativeURL: string }] => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
  ]);
  return { paths: Object.fromEntries(entries) };
}

/** SHA-512 in upper-case hex of a serialised document, as kube-apiserver names it. */
export function documentHash(bytes: Uint8Array | string): string {
  return createHash('sha512').update(bytes).digest('hex').toUpperCase();
}
