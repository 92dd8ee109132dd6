import type { ListNode } from '@flotilla/kinds/schema-node';

import type { FieldSet, FieldSetDraft } from './field-set.ts';
import { canonicalJson, isRecord } from './json-value.ts';

const FIELD_PREFIX = 'f:';
const MAX_DEPTH = 128;

/** Element of a field: `f:replicas`. */
export function fieldElement(name: string): string {
  return FIELD_PREFIX + name;
}

/** Element of an item of a set: `v:"a"`. */
export function valueElement(value: unknown): string {
  return `v:${canonicalJson(value)}`;
}

/**
 * Element of an item of an associative list: `k:{"containerPort":80,"protocol":"TCP"}`. A key that the item lacks counts with its
 * default. `undefined` when the item is no object or has none of the keys.
 */
export function keyElement(item: unknown, list: ListNode): string | undefined {
  if (!isRecord(item)) return undefined;
  const [firstKey] = list.mapKeys;
  if (list.mapKeys.length === 1 && firstKey !== undefined) {
    const value = item[firstKey] ?? defaultOfKey(list, firstKey);
    if (value === undefined) return undefined;
    return `k:{"${firstKey}":${typeof value === 'string' ? JSON.stringify(value) : canonicalJson(value)}}`;
  }
  let text = '';
  for (const key of sortedKeys(list)) {
    const value = item[key] ?? defaultOfKey(list, key);
    if (value !== undefined) text += `${text === '' ? '' : ','}"${key}":${canonicalJson(value)}`;
  }
  return text === '' ? undefined : `k:{${text}}`;
}

/** Element of a list item: by key or by value, as the list's type says. */
export function itemElement(item: unknown, list: ListNode): string | undefined {
  return list.listType === 'map' ? keyElement(item, list) : valueElement(item);
}

function sortedKeys(list: ListNode): readonly string[] {
  return list.mapKeys.length < 2 ? list.mapKeys : list.mapKeys.toSorted();
}

function defaultOfKey(list: ListNode, key: string): unknown {
  return list.items.kind === 'object' ? list.items.fields.get(key)?.default : undefined;
}

/** A path as Kubernetes prints it: `.spec.containers[name="nginx"].image`, `.metadata.finalizers[="x"]`, `.a[0]`. */
export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'k:': {
      const keys = JSON.parse(text) as Record<string, unknown>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    }
    case 'v:':
      return `[=${text}]`;
    case 'i:':
      return `[${text}]`;
    default:
      return `.${text}`;
  }
}

/**
 * Reads a FieldsV1 value that a client sent: checks every element and writes it in canonical form. `undefined` when it is malformed.
 * What this process stored itself needs no parsing.
 */
export function parseFieldsV1(value: unknown): FieldSet | undefined {
  return parseNode(value, 0);
}

function parseNode(value: unknown, depth: number): FieldSet | undefined {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined;
  const node: FieldSetDraft = {};
  for (const [element, child] of Object.entries(value)) {
    const canonical = canonicalElement(element);
    const parsed = parseNode(child, depth + 1);
    if (canonical === undefined || parsed === undefined) return undefined;
    node[canonical] = parsed;
  }
  return node;
}

function canonicalElement(element: string): string | undefined {
  if (element === '.') return element;
  const text = element.slice(2);
  switch (element.slice(0, 2)) {
    case FIELD_PREFIX:
      return element;
    case 'k:': {
      const keys = parseJson(text);
      return isRecord(keys) ? `k:${canonicalJson(keys)}` : undefined;
    }
    case 'v:': {
      const value = parseJson(text);
      return value === undefined ? undefined : valueElement(value);
    }
    case 'i:':
      return /^\d{1,9}$/.test(text) ? element : undefined;
    default:
      return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
