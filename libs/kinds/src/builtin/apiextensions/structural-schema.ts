import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { ruleComplaint } from '../../crd/validation-rules.ts';
import { isJsonObject, type JsonSchema } from '../../schema/json-schema.ts';
import type { ValidationRule } from '../../schema-node.ts';
import type { Errors } from '../errors.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Deeper than any useful schema; keeps a hostile one from overflowing the stack. */
const depthMax = 64;

/** The rules that make a schema "structural": every value has a type, and what is allowed doesn't depend on logic around it. */
export function validateStructuralSchema(errors: Errors, schema: unknown, path: string): void {
  if (!isJsonObject(schema)) {
    errors.push(invalidValue(path, schema, 'must be an object'));
    return;
  }
  if (schema.type !== 'object') {
    errors.push(
      schema.type === undefined
        ? requiredValue(`${path}.type`, 'must not be empty at the root')
        : invalidValue(`${path}.type`, schema.type, 'must be object at the root'),
    );
  }
  validateNode(errors, schema, path, 0);
}

function validateNode(errors: Errors, schema: JsonSchema, path: string, depth: number): void {
  if (depth > depthMax) {
    errors.push(forbiddenValue(path, `schemas may not be nested deeper than ${depthMax} levels`));
    return;
  }
  if (schema.$ref !== undefined) errors.push(forbiddenValue(`${path}.$ref`, '$ref is not supported'));
  checkType(errors, schema, path, depth);
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) {
    errors.push(
      forbiddenValue(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    validateNode(errors, property, `${path}.properties[${name}]`, depth + 1);
  }
  if (isJsonObject(schema.additionalProperties)) {
    validateNode(errors, schema.additionalProperties, `${path}.additionalProperties`, depth + 1);
  }
  if (schema.items !== undefined) validateNode(errors, schema.items, `${path}.items`, depth + 1);
  if (schema.type === 'array' && schema.items === undefined)
    errors.push(requiredValue(`${path}.items`, 'must be specified'));
  checkListType(errors, schema, path);
  (schema['x-kubernetes-validations'] ?? []).forEach((rule, index) => {
    checkRule(errors, rule, `${path}.x-kubernetes-validations[${index}]`);
  });
  if (schema.pattern !== undefined && !isPattern(schema.pattern)) {
    errors.push(invalidValue(`${path}.pattern`, schema.pattern, 'must be a valid regular expression'));
  }
}

function checkType(errors: Errors, schema: JsonSchema, path: string, depth: number): void {
  const isFree =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.type === undefined || schema.type === '') {
    if (!isFree && depth > 0)
      errors.push(requiredValue(`${path}.type`, 'must not be empty for specified object fields'));
  } else if (!types.includes(schema.type)) errors.push(unsupportedValue(`${path}.type`, schema.type, types));
}

function checkListType(errors: Errors, schema: JsonSchema, path: string): void {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType !== undefined && !['atomic', 'map', 'set'].includes(listType)) {
    errors.push(unsupportedValue(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']));
  }
  if (listType === 'map' && keys.length === 0) {
    errors.push(
      requiredValue(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'),
    );
  }
  if (listType !== 'map' && keys.length > 0) {
    errors.push(
      requiredValue(`${path}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty'),
    );
  }
}

function checkRule(errors: Errors, { rule, messageExpression }: ValidationRule, path: string): void {
  if (rule.trim() === '') {
    errors.push(requiredValue(`${path}.rule`, 'rule is not specified'));
    return;
  }
  for (const [field, text] of Object.entries({ rule, messageExpression })) {
    const complaint = text === undefined ? undefined : ruleComplaint(text);
    if (complaint !== undefined) {
      errors.push(invalidValue(`${path}.${field}`, text, `compilation failed: ${complaint}`));
    }
  }
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
