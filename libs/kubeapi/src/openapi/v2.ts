/**
 * Swagger 2.0 for clients older than OpenAPI v3, made from the v3 documents: references move to `#/definitions`, request bodies become body parameters, and what
 * 2.0 cannot say (`oneOf`, `anyOf`, `nullable`, defaults beside references) is left out, as kube-apiserver does.
 */
import { isList, isRecord, type JsonRecord } from '../patch/json-value.ts';
import type { OpenApiDocument } from './documents.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];
const V3_PREFIX = '#/components/schemas/';
const V2_PREFIX = '#/definitions/';
const UNKNOWN_TO_V2 = new Set(['oneOf', 'anyOf', 'allOf', 'not', 'nullable']);

/** One document of all; where two define the same component, the first wins. */
export function aggregateOpenApiV2(
  documents: Iterable<OpenApiDocument>,
  options: { readonly title: string; readonly version: string },
): OpenApiDocument {
  const definitions: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  for (const document of documents) {
    for (const [name, schema] of Object.entries(schemasOf(document))) definitions[name] ??= schemaToV2(schema);
    const items = isRecord(document['paths']) ? document['paths'] : {};
    for (const [path, item] of Object.entries(items)) if (isRecord(item)) paths[path] ??= pathToV2(item);
  }
  return { swagger: '2.0', info: options, paths, definitions };
}

function schemasOf(document: OpenApiDocument): JsonRecord {
  const components = document['components'];
  const schemas = isRecord(components) ? components['schemas'] : undefined;
  return isRecord(schemas) ? schemas : {};
}

function schemaToV2(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const reference = referenceOf(schema);
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (UNKNOWN_TO_V2.has(key) || key === '$ref' || (reference !== undefined && key === 'default')) continue;
    result[key] = keywordToV2(key, value);
  }
  if (reference !== undefined) result['$ref'] = V2_PREFIX + reference.slice(V3_PREFIX.length);
  const isEither = schema['x-kubernetes-int-or-string'] === true;
  if (result['type'] === undefined && reference === undefined && (isEither || isList(schema['oneOf']))) {
    result['type'] = 'string';
    if (isEither) result['format'] = 'int-or-string';
  }
  return result;
}

function keywordToV2(key: string, value: unknown): unknown {
  switch (key) {
    case 'properties':
      return isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([name, property]) => [name, schemaToV2(property)]))
        : value;
    case 'items':
    case 'additionalProperties':
      return schemaToV2(value);
    default:
      return value;
  }
}

/** `$ref`, or the only member of `allOf`, which is how v3 documents put a description beside a reference. */
function referenceOf(schema: JsonRecord): string | undefined {
  const { $ref, allOf } = schema;
  if (typeof $ref === 'string') return $ref;
  if (!isList(allOf) || allOf.length !== 1) return undefined;
  const only = allOf[0];
  const inner = isRecord(only) ? only['$ref'] : undefined;
  return typeof inner === 'string' ? inner : undefined;
}

function pathToV2(item: JsonRecord): JsonRecord {
  const result: Record<string, unknown> = {};
  if (isList(item['parameters'])) result['parameters'] = item['parameters'].map(parameterToV2);
  for (const method of METHODS) {
    const operation = item[method];
    if (isRecord(operation)) result[method] = operationToV2(operation);
  }
  return result;
}

function operationToV2(operation: JsonRecord): JsonRecord {
  const { requestBody, responses, parameters, ...rest } = operation;
  const body = isRecord(requestBody) ? requestBody : undefined;
  const listed = isList(parameters) ? parameters.map(parameterToV2) : [];
  const bodyParameter = body === undefined ? [] : [bodyToV2(body)];
  return {
    ...rest,
    ...(body !== undefined && { consumes: Object.keys(contentOf(body)) }),
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    ...(listed.length + bodyParameter.length > 0 && { parameters: [...bodyParameter, ...listed] }),
    responses: isRecord(responses)
      ? Object.fromEntries(Object.entries(responses).map(([code, response]) => [code, responseToV2(response)]))
      : {},
  };
}

function bodyToV2(body: JsonRecord): JsonRecord {
  return {
    name: 'body',
    in: 'body',
    ...(body['required'] === true && { required: true }),
    schema: schemaToV2(firstSchema(contentOf(body))),
  };
}

function responseToV2(response: unknown): JsonRecord {
  if (!isRecord(response)) return { description: '' };
  const schema = firstSchema(contentOf(response));
  const description = response['description'] ?? '';
  return schema === undefined ? { description } : { description, schema: schemaToV2(schema) };
}

function contentOf(holder: JsonRecord): JsonRecord {
  return isRecord(holder['content']) ? holder['content'] : {};
}

function firstSchema(content: JsonRecord): unknown {
  const [first] = Object.values(content);
  return isRecord(first) ? first['schema'] : undefined;
}

/** A v3 parameter carries its type in a schema, a v2 parameter itself. */
function parameterToV2(parameter: unknown): unknown {
  if (!isRecord(parameter)) return parameter;
  const { schema, ...rest } = parameter;
  return isRecord(schema) ? { ...rest, ...schema } : rest;
}
