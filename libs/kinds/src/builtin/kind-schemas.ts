/** Compiled schemas of the built-in kinds, one component compiler per group version, made when the group version is first used. */
import typeFacts from '../../openapi/type-facts.json' with { type: 'json' };
import { createSchemaCompiler, type SchemaCompiler } from '../schema/compile-openapi.ts';
import { isJsonObject } from '../schema/json-schema.ts';
import type { SchemaNode } from '../schema-node.ts';

/** Gives the OpenAPI v3 document of a group version (`apps/v1`, `v1`). Called at most once for each. */
export type ReadDocument = (groupVersion: string) => unknown;

export interface KindSchemas {
  /** Throws when the document has no component of that name. */
  component(groupVersion: string, name: string): SchemaNode;
}

export function createKindSchemas(readDocument: ReadDocument): KindSchemas {
  const compilers = new Map<string, SchemaCompiler>();
  return {
    component(groupVersion, name) {
      let compiler = compilers.get(groupVersion);
      if (compiler === undefined) {
        compiler = createSchemaCompiler(componentsOf(readDocument(groupVersion), groupVersion), 'typed', typeFacts);
        compilers.set(groupVersion, compiler);
      }
      return compiler.component(name);
    },
  };
}

/** Descriptions are most of a document's size and nothing here reads them: without them the rest of the text can be collected. */
function componentsOf(document: unknown, groupVersion: string): Readonly<Record<string, unknown>> {
  const components = isJsonObject(document) ? document['components'] : undefined;
  const schemas = isJsonObject(components) ? components['schemas'] : undefined;
  if (!isJsonObject(schemas)) throw new Error(`the OpenAPI document of ${groupVersion} has no component schemas`);
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutDescription(schema)]));
}

function withoutDescription(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDescription);
  if (!isJsonObject(schema)) return schema;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'description' && typeof value === 'string') continue;
    result[key] = withoutDescription(value);
  }
  return result;
}
