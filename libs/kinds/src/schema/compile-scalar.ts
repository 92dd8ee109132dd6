import type { ScalarNode, StructuralConstraints } from '../schema-node.ts';
import type { JsonSchema } from './json-schema.ts';

export interface ScalarContext {
  readonly refName: string | undefined;
  readonly dialect: 'typed' | 'structural';
  readonly constraints: StructuralConstraints | undefined;
}

/** `undefined` when the schema says nothing about a scalar. A pattern that JavaScript can't compile is not checked. */
export function compileScalar(schema: JsonSchema, context: ScalarContext): ScalarNode | undefined {
  const type = scalarType(schema, context.refName);
  if (type === undefined) return undefined;
  const scalar: { -readonly [K in keyof ScalarNode]: ScalarNode[K] } = { kind: 'scalar', type };
  const format = formatOf(schema, context.refName);
  if (format !== undefined) scalar.format = format;
  if (context.dialect === 'typed') scalar.typedAs = goTypeName(type, format);
  const allowed = schema.enum?.filter((value) => typeof value === 'string' || typeof value === 'number');
  if (allowed !== undefined) scalar.enum = allowed;
  const pattern = schema.pattern === undefined ? undefined : compilePattern(schema.pattern);
  if (pattern !== undefined) scalar.pattern = pattern;
  for (const keyword of numericKeywords) {
    const value = schema[keyword];
    if (value !== undefined) scalar[keyword] = value;
  }
  if (schema.exclusiveMinimum === true) scalar.exclusiveMinimum = true;
  if (schema.exclusiveMaximum === true) scalar.exclusiveMaximum = true;
  if (schema['x-kubernetes-validations'] !== undefined) scalar.rules = schema['x-kubernetes-validations'];
  if (context.constraints !== undefined) scalar.constraints = context.constraints;
  return scalar;
}

const numericKeywords = ['minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength'] as const;

function scalarType(schema: JsonSchema, refName: string | undefined): ScalarNode['type'] | undefined {
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') return 'int-or-string';
  if (isQuantity(refName)) return 'string';
  switch (schema.type) {
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return schema.type;
    default:
      return undefined;
  }
}

function formatOf(schema: JsonSchema, refName: string | undefined): string | undefined {
  if (isQuantity(refName)) return 'quantity';
  if (refName?.endsWith('.MicroTime') === true) return 'micro-time';
  return schema.format;
}

function isQuantity(refName: string | undefined): boolean {
  return refName?.endsWith('.resource.Quantity') === true;
}

function compilePattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u');
  } catch {
    return compileLoosely(source);
  }
}

function compileLoosely(source: string): RegExp | undefined {
  try {
    return new RegExp(source);
  } catch {
    return undefined;
  }
}

function goTypeName(type: ScalarNode['type'], format: string | undefined): string {
  switch (type) {
    case 'string':
      if (format === 'byte') return '[]uint8';
      if (format === 'quantity') return 'resource.Quantity';
      if (format === 'date-time') return 'v1.Time';
      return 'string';
    case 'integer':
      return format ?? 'int';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'int-or-string':
      return 'intstr.IntOrString';
  }
}
