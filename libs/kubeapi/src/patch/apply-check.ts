/**
 * What an apply configuration must be before it can be merged: fields that the schema knows, values of the right type, list items with their keys and
 * without duplicates. Messages are worded as kube-apiserver's.
 */
import type { ListNode, SchemaNode } from '@flotilla/kinds/schema-node';

import { fieldElement, formatFieldPath, itemElement } from './field-path.ts';
import { isList, isRecord, jsonTypeOf } from './json-value.ts';
import { memberNode } from './schema-walk.ts';

const MAX_PROBLEMS = 20;

/** Problems of a configuration, each with its path: `.spec.foo: field not declared in schema`. At most 20. */
export function checkConfiguration(configuration: unknown, schema: SchemaNode): readonly string[] {
  const problems: string[] = [];
  check(configuration, schema, [], problems);
  return problems;
}

function check(value: unknown, node: SchemaNode, path: readonly string[], problems: string[]): void {
  if (value === null || value === undefined || node.kind === 'any' || problems.length >= MAX_PROBLEMS) return;
  switch (node.kind) {
    case 'object':
    case 'map':
      if (isRecord(value)) checkMembers(value, node, path, problems);
      else report(`expected map, got ${describe(value)}`, path, problems);
      return;
    case 'list':
      if (isList(value)) checkItems(value, node, path, problems);
      else report(`expected list, got ${describe(value)}`, path, problems);
      return;
    case 'scalar':
      checkScalar(value, node.type, path, problems);
  }
}

function checkMembers(
  record: Readonly<Record<string, unknown>>,
  node: SchemaNode,
  path: readonly string[],
  problems: string[],
): void {
  for (const name of Object.keys(record)) {
    const memberPath = [...path, fieldElement(name)];
    if (node.kind === 'object' && !node.preservesUnknown && !node.fields.has(name)) {
      if (record[name] !== undefined) report('field not declared in schema', memberPath, problems);
      continue;
    }
    check(record[name], memberNode(node, name), memberPath, problems);
  }
}

function checkItems(items: readonly unknown[], list: ListNode, path: readonly string[], problems: string[]): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const element = list.listType === 'atomic' ? `i:${index}` : itemElement(item, list);
    if (element === undefined) {
      const keys = list.mapKeys.map((key) => JSON.stringify(key)).join(', ');
      const problem = isRecord(item)
        ? `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`
        : 'associative list with keys may not have non-map elements';
      report(`element ${index}: ${problem}`, path, problems);
      continue;
    }
    if (seen.has(element)) report(`duplicate entries for key ${formatFieldPath([element])}`, path, problems);
    seen.add(element);
    check(item, list.items, [...path, element], problems);
  }
}

function checkScalar(value: unknown, type: string, path: readonly string[], problems: string[]): void {
  if (isRecord(value) || isList(value)) {
    report(`expected ${expectedScalar(type)}, got ${describe(value)}`, path, problems);
  } else if (type === 'string' ? typeof value !== 'string' : type === 'boolean' ? typeof value !== 'boolean' : false) {
    report(`expected ${expectedScalar(type)}, got ${describe(value)}`, path, problems);
  } else if ((type === 'integer' || type === 'number') && typeof value !== 'number') {
    report(`expected ${expectedScalar(type)}, got ${describe(value)}`, path, problems);
  }
}

function expectedScalar(type: string): string {
  switch (type) {
    case 'integer':
    case 'number':
      return 'numeric (int or float)';
    case 'int-or-string':
      return 'string or integer';
    default:
      return type;
  }
}

/** The value as the server's messages print it. */
function describe(value: unknown): string {
  return isRecord(value) || isList(value) ? jsonTypeOf(value) : typeof value === 'boolean' ? 'bool' : jsonTypeOf(value);
}

function report(problem: string, path: readonly string[], problems: string[]): void {
  if (problems.length < MAX_PROBLEMS) problems.push(`${formatFieldPath(path)}: ${problem}`);
}
