/**
 * Which fields a configuration mentions (for apply), and which paths exist in a value (for changes). Lists of type map and set are sets of items,
 * atomic lists, atomic maps and scalars are one value.
 */
import type { ListNode, SchemaNode } from '@flotilla/kinds/schema-node';

import { fieldElement, itemElement } from './field-path.ts';
import { asMember, EMPTY_SET, MEMBER, type FieldSet, type FieldSetDraft } from './field-set.ts';
import { sharedFieldSets } from './field-set-pool.ts';
import { isList, isRecord, type JsonRecord } from './json-value.ts';
import { isAtomicNode, isDeclaredField, memberNode } from './schema-walk.ts';

/** The fields that an applied configuration sets: its leaves, list items and map keys; structs in between are not members. */
export function fieldSetOf(object: unknown, schema: SchemaNode): FieldSet {
  return subset(object, schema) ?? EMPTY_SET;
}

function subset(value: unknown, node: SchemaNode): FieldSet | undefined {
  if (isAtomicNode(node)) return MEMBER;
  if (isRecord(value)) return node.kind === 'list' || node.kind === 'scalar' ? MEMBER : recordSubset(value, node);
  if (isList(value)) return node.kind === 'list' ? listSubset(value, node) : MEMBER;
  return value === null && node.kind !== 'scalar' ? undefined : MEMBER;
}

function recordSubset(record: JsonRecord, node: SchemaNode): FieldSet | undefined {
  let set: FieldSetDraft | undefined;
  for (const name in record) {
    const value = record[name];
    if (value === undefined) continue;
    const below = subset(value, memberNode(node, name));
    const isMember = value === null || isEmptyMap(value) || !isDeclaredField(node, name);
    if (isMember) (set ??= {})[fieldElement(name)] = asMember(below);
    else if (below !== undefined) (set ??= {})[fieldElement(name)] = below;
  }
  return set;
}

function listSubset(items: readonly unknown[], list: ListNode): FieldSet | undefined {
  let set: FieldSetDraft | undefined;
  for (const item of items) {
    const element = itemElement(item, list);
    if (element !== undefined) (set ??= {})[element] = asMember(subset(item, list.items));
  }
  return set;
}

function isEmptyMap(value: unknown): boolean {
  if (!isRecord(value)) return false;
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}

/** Every path of a value, structs included: what an update owns of a value that was not there before. The value's own path is a member. */
export function wholeSetOf(value: unknown, node: SchemaNode): FieldSet {
  if (isAtomicNode(node)) return MEMBER;
  if (isRecord(value)) return node.kind === 'list' || node.kind === 'scalar' ? MEMBER : wholeRecordSet(value, node);
  return isList(value) && node.kind === 'list' ? wholeListSet(value, node) : MEMBER;
}

function wholeRecordSet(record: JsonRecord, node: SchemaNode): FieldSet {
  let step = sharedFieldSets.begin('record');
  for (const name in record) {
    const value = record[name];
    if (value !== undefined) step = sharedFieldSets.add(step, name, wholeSetOf(value, memberNode(node, name)));
  }
  return sharedFieldSets.setOf(step);
}

/** Items with the same key cannot be told apart: they are owned as one value. */
function wholeListSet(items: readonly unknown[], list: ListNode): FieldSet {
  let step = sharedFieldSets.begin('list');
  for (const item of items) {
    const element = itemElement(item, list);
    if (element !== undefined) step = sharedFieldSets.add(step, element, wholeSetOf(item, list.items));
  }
  return sharedFieldSets.setOf(step);
}

/**
 * The set with all structs on the way to its members made members themselves. Keys of maps and list items stay as they are: they exist
 * independently of what is below them.
 */
export function withStructsOf(set: FieldSet, node: SchemaNode): FieldSet {
  const result: FieldSetDraft = {};
  for (const element in set) {
    const below = set[element] ?? MEMBER;
    if (element === '.') {
      result[element] = below;
    } else if (element.startsWith('f:')) {
      const name = element.slice(2);
      const inner = withStructsOf(below, memberNode(node, name));
      result[element] = isDeclaredField(node, name) ? asMember(inner) : inner;
    } else {
      result[element] = withStructsOf(below, node.kind === 'list' ? node.items : memberNode(node, ''));
    }
  }
  return result;
}
