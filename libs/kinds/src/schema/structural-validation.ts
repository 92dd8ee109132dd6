/**
 * Checks a value against a structural schema (CRDs, our kinds) and words what is wrong as kube-apiserver does for custom resources. Typed parts of the
 * schema are skipped: decoding has checked them. Rules in CEL are not looked at here.
 */
import type { FieldError } from '../kind-definition.ts';
import type { ListNode, MapNode, ObjectNode, ScalarNode, SchemaNode, StructuralConstraints } from '../schema-node.ts';
import {
  duplicateValue,
  invalidValue,
  requiredValue,
  tooLong,
  tooMany,
  unsupportedValue,
  wrongType,
} from '../field-error.ts';
import { scalarTypeComplaint } from './scalar-type.ts';

/** More than these are of no use to anybody, and a hostile object could have millions. */
const errorsMax = 100;

/** `path` is where the value stands: empty for a whole object, else e.g. `status`. Nothing is allocated for a value without errors. */
export function validateStructure(value: unknown, node: SchemaNode, path = ''): readonly FieldError[] {
  const errors: FieldError[] = [];
  visit(value, node, path, errors);
  return errors;
}

function visit(value: unknown, node: SchemaNode, path: string, errors: FieldError[]): void {
  if (node.kind === 'any' || errors.length >= errorsMax || node.typedAs !== undefined) return;
  switch (node.kind) {
    case 'object':
      if (isRecord(value)) visitObject(value, node, path, errors);
      else errors.push(typeError(value, 'object', path));
      break;
    case 'map':
      if (isRecord(value)) visitMap(value, node, path, errors);
      else errors.push(typeError(value, 'object', path));
      break;
    case 'list':
      if (Array.isArray(value)) visitList(value, node, path, errors);
      else errors.push(typeError(value, 'array', path));
      break;
    case 'scalar':
      visitScalar(value, node, path, errors);
      break;
  }
  if (node.constraints !== undefined) visitConstraints(value, node.constraints, path, errors);
}

function visitObject(value: Record<string, unknown>, node: ObjectNode, path: string, errors: FieldError[]): void {
  for (const name of node.required) if (value[name] === undefined) errors.push(requiredValue(join(path, name)));
  for (const name in value) {
    const field = node.fields.get(name);
    if (field === undefined || (value[name] === null && field.isNullable === true)) continue;
    visit(value[name], field.node, join(path, name), errors);
  }
  if (node.isEmbeddedResource !== true) return;
  for (const name of ['apiVersion', 'kind']) {
    const text = value[name];
    if (typeof text !== 'string' || text === '') errors.push(requiredValue(join(path, name)));
  }
}

function visitMap(value: Record<string, unknown>, node: MapNode, path: string, errors: FieldError[]): void {
  for (const key in value) {
    if (value[key] === null && node.valuesNullable === true) continue;
    visit(value[key], node.values, `${path}.${key}`, errors);
  }
}

function visitList(value: readonly unknown[], node: ListNode, path: string, errors: FieldError[]): void {
  const { minItems, maxItems } = node;
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    errors.push(tooMany(path, value.length, maxItems));
    return;
  }
  value.forEach((item, index) => {
    if (item === null && node.itemsNullable === true) return;
    visit(item, node.items, `${path}[${index}]`, errors);
  });
  if (node.listType !== 'atomic') visitIdentities(value, node, path, errors);
}

/** Items of a set, and the keys of items of a map list, may occur once. */
function visitIdentities(value: readonly unknown[], node: ListNode, path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const identity = node.listType === 'set' ? item : keysOf(item, node.mapKeys);
    const text = JSON.stringify(identity);
    if (seen.has(text)) errors.push(duplicateValue(`${path}[${index}]`, identity));
    seen.add(text);
  });
}

function keysOf(item: unknown, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, isRecord(item) ? item[key] : undefined]));
}

function visitScalar(value: unknown, node: ScalarNode, path: string, errors: FieldError[]): void {
  const expected = scalarTypeComplaint(value, node);
  if (expected !== undefined) {
    errors.push(typeError(value, expected, path));
    return;
  }
  if (node.enum !== undefined && !node.enum.some((allowed) => allowed === value)) {
    errors.push(unsupportedValue(path, value, node.enum.map(String)));
  }
  if (typeof value === 'string') visitText(value, node, path, errors);
  if (typeof value === 'number') visitNumber(value, node, path, errors);
}

function visitText(value: string, node: ScalarNode, path: string, errors: FieldError[]): void {
  const { minLength, maxLength, pattern } = node;
  if (minLength !== undefined && characters(value) < minLength) {
    errors.push(invalidValue(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (maxLength !== undefined && characters(value) > maxLength) errors.push(tooLong(path, maxLength));
  if (pattern !== undefined && !pattern.test(value)) {
    errors.push(invalidValue(path, value, `${path} in body should match '${pattern.source}'`));
  }
}

/** Schemas count characters, not UTF-16 units. */
function characters(text: string): number {
  let count = 0;
  for (const character of text) count += character === '' ? 0 : 1;
  return count;
}

function visitNumber(value: number, node: ScalarNode, path: string, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf } = node;
  if (minimum !== undefined && (node.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const relation = node.exclusiveMinimum === true ? 'greater than' : 'greater than or equal to';
    errors.push(invalidValue(path, value, `${path} in body should be ${relation} ${minimum}`));
  }
  if (maximum !== undefined && (node.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const relation = node.exclusiveMaximum === true ? 'less than' : 'less than or equal to';
    errors.push(invalidValue(path, value, `${path} in body should be ${relation} ${maximum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(invalidValue(path, value, `${path} in body should be a multiple of ${multipleOf}`));
  }
}

function visitConstraints(
  value: unknown,
  constraints: StructuralConstraints,
  path: string,
  errors: FieldError[],
): void {
  const holds = (node: SchemaNode): boolean => validateStructure(value, node, path).length === 0;
  const where = `${path === '' ? '<nil>' : path} in body`;
  const { allOf = [], anyOf, oneOf, not, minProperties, maxProperties } = constraints;
  for (const node of allOf) visit(value, node, path, errors);
  if (anyOf !== undefined && !anyOf.some(holds)) {
    errors.push(invalidValue(path, value, `${where} must validate at least one schema (anyOf)`));
  }
  if (oneOf !== undefined && oneOf.filter(holds).length !== 1) {
    errors.push(invalidValue(path, value, `${where} must validate one and only one schema (oneOf)`));
  }
  if (not !== undefined && holds(not))
    errors.push(invalidValue(path, value, `${where} must not validate the schema (not)`));
  if (!isRecord(value)) return;
  const size = Object.keys(value).length;
  if (minProperties !== undefined && size < minProperties) {
    errors.push(invalidValue(path, value, `${where} should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && size > maxProperties) errors.push(tooMany(path, size, maxProperties));
}

function typeError(value: unknown, expected: string, path: string): FieldError {
  const found = jsonTypeOf(value);
  const shown = typeof value === 'string' && expected.includes('-') ? value : found;
  return wrongType(path, shown, `${path} in body must be of type ${expected}: ${JSON.stringify(shown)}`);
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
