/**
 * The packed OpenAPI v3 documents of the built-in kinds, as files beside this package. The one place of this library that reads files; everything
 * else takes `readDocument` as a function.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

const folder = new URL('../openapi/', import.meta.url);

/** `apps/v1` → the document's JSON bytes as kube-apiserver serves them at `/openapi/v3/apis/apps/v1`. Throws when there is no such document. */
export function readOpenApiBytes(groupVersion: string): Uint8Array {
  return brotliDecompressSync(readFileSync(new URL(openApiFileName(groupVersion), folder)));
}

/** The same, parsed: what `createBuiltinKinds` asks for. */
export function readOpenApiDocument(groupVersion: string): unknown {
  return JSON.parse(Buffer.from(readOpenApiBytes(groupVersion)).toString('utf8'));
}

/** `apps/v1` → `apps__v1.json.br`; `v1` → `core__v1.json.br`. */
export function openApiFileName(groupVersion: string): string {
  const slash = groupVersion.indexOf('/');
  const group = slash < 0 ? 'core' : groupVersion.slice(0, slash);
  return `${group}__${groupVersion.slice(slash + 1)}.json.br`;
}
