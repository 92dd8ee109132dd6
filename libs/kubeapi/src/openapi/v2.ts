import type { OpenApiDocument } from './documents.ts';

/** Swagger 2.0 document made from all v3 documents, for clients older than OpenAPI v3 (`/openapi/v2`). */
export function aggregateOpenApiV2(
  documents: Iterable<OpenApiDocument>,
  options: { readonly title: string; readonly version: string },
): OpenApiDocument {
  throw new Error(`pending ${options.title} ${String(documents)}`);
}
