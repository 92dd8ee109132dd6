import type { KindDefinition } from '@flotilla/kinds/kind-definition';

export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** Path of a group version as `/openapi/v3` names it: `api/v1`, `apis/apps/v1`. */
export function groupVersionPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/**
 * OpenAPI v3 document of one group version made from the kinds that carry `openApi`. `metaSchemas` are the shared component schemas (ObjectMeta,
 * ListMeta, Status, …) of the stored documents of built-in kinds.
 */
export function generateOpenApiV3(
  kinds: readonly KindDefinition[],
  options: { readonly title: string; readonly version: string },
): OpenApiDocument {
  throw new Error(`pending ${kinds.length} ${options.title}`);
}

/** Body of `/openapi/v3`: each group version with the address of its document, whose hash makes it cacheable for ever. */
export function openApiIndex(documents: ReadonlyMap<string, { readonly hash: string }>): {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
} {
  throw new Error(`pending ${documents.size}`);
}

/** SHA-512 in upper-case hex of a serialised document, as kube-apiserver names it. */
export function documentHash(bytes: Uint8Array | string): string {
  throw new Error(`pending ${bytes.length}`);
}
