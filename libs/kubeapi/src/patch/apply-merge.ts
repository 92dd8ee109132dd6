/**
 * Merging an applied configuration into an object and taking items out of it again, along the schema.
 *
 * Values of the configuration win. Objects and maps merge by member, associative lists and sets by item, everything atomic is replaced. The
 * order of a merged list is the configuration's; items that only the object has stay where they were relative to the shared ones.
 */
import type { ListNode, SchemaNode } from '@flotilla/kinds/schema-node';

import { fieldElement, itemElement } from './field-path.ts';
import { isEmptySet, isMemberNode, type FieldSet } from './field-set.ts';
import { equalJson, isList, isRecord, memberOf, setMember, type JsonRecord, type MutableRecord } from './json-value.ts';
import { isAtomicNode, memberNode } from './schema-walk.ts';

/** The object with the configuration merged in. Shares unchanged parts with both; answers `live` itself where nothing is set. */
export function mergeApplied(live: unknown, applied: unknown, node: SchemaNode): unknown {
  if (applied === undefined || live === applied) return live;
  if (live === undefined || live === null || isAtomicNode(node)) return keepIfEqual(live, withoutNulls(applied));
  if (isRecord(live) && isRecord(applied) && node.kind !== 'list') return mergeRecords(live, applied, node);
  if (isList(live) && isList(applied) && node.kind === 'list') return mergeLists(live, applied, node);
  return keepIfEqual(live, applied);
}

function keepIfEqual(live: unknown, applied: unknown): unknown {
  return equalJson(live, applied) ? live : applied;
}

function mergeRecords(live: JsonRecord, applied: JsonRecord, node: SchemaNode): JsonRecord {
  let result: MutableRecord | undefined;
  for (const name in applied) {
    const value = applied[name];
    const before = memberOf(live, name);
    if (value === undefined) continue;
    if (value === null) {
      // Null has nothing to merge into a container; it takes a single value away.
      if (typeof before === 'object') continue;
      if (before !== undefined) delete (result ??= { ...live })[name];
      continue;
    }
    const merged = mergeApplied(before, value, memberNode(node, name));
    if (merged !== before) setMember((result ??= { ...live }), name, merged);
  }
  return result ?? live;
}

function mergeLists(live: readonly unknown[], applied: readonly unknown[], list: ListNode): readonly unknown[] {
  const liveElements = live.map((item) => itemElement(item, list));
  const appliedElements = applied.map((item) => itemElement(item, list));
  const liveByElement = new Map<string | undefined, unknown>();
  for (const [index, element] of liveElements.entries()) {
    if (!liveByElement.has(element)) liveByElement.set(element, live[index]);
  }
  const inApplied = new Set(appliedElements);
  const shared = appliedElements.filter((element) => liveByElement.has(element));
  const merged: unknown[] = [];
  let next = 0;
  let sharedSeen = 0;
  for (const [index, element] of appliedElements.entries()) {
    // Live-only items up to the next shared one come first; shared items that the configuration has elsewhere are passed over.
    for (; next < live.length && liveElements[next] !== shared[sharedSeen]; next++) {
      if (!inApplied.has(liveElements[next])) merged.push(live[next]);
    }
    const before = liveByElement.get(element);
    merged.push(before === undefined ? withoutNulls(applied[index]) : mergeApplied(before, applied[index], list.items));
    if (element !== shared[sharedSeen]) continue;
    sharedSeen++;
    next++;
  }
  for (; next < live.length; next++) if (!inApplied.has(liveElements[next])) merged.push(live[next]);
  return merged.length === live.length && merged.every((item, index) => item === live[index]) ? live : merged;
}

/** A null in a configuration means absent. Answers the value itself when it has none. */
export function withoutNulls(value: unknown): unknown {
  if (isList(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isRecord(value)) return value;
  let result: MutableRecord | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member === null) {
      delete (result ??= { ...value })[name];
      continue;
    }
    const kept = withoutNulls(member);
    if (kept !== member) setMember((result ??= { ...value }), name, kept);
  }
  return result ?? value;
}

/** The value without the paths of the set. Containers that lose their last member disappear (`undefined`). */
export function removeFields(value: unknown, gone: FieldSet, node: SchemaNode): unknown {
  if (isEmptySet(gone) || isAtomicNode(node)) return value;
  if (isList(value)) return node.kind === 'list' ? removeItems(value, gone, node) : value;
  return isRecord(value) ? removeMembers(value, gone, node) : value;
}

function removeMembers(record: JsonRecord, gone: FieldSet, node: SchemaNode): JsonRecord | undefined {
  let result: MutableRecord | undefined;
  for (const name of Object.keys(record)) {
    const below = gone[fieldElement(name)];
    if (below === undefined) continue;
    const before = record[name];
    const kept = isMemberNode(below) ? undefined : removeFields(before, below, memberNode(node, name));
    if (kept === before) continue;
    result ??= { ...record };
    if (kept === undefined) delete result[name];
    else setMember(result, name, kept);
  }
  if (result === undefined) return record;
  return Object.keys(result).length === 0 ? undefined : result;
}

function removeItems(items: readonly unknown[], gone: FieldSet, list: ListNode): readonly unknown[] | undefined {
  let hasChanged = false;
  const result: unknown[] = [];
  for (const item of items) {
    const element = itemElement(item, list);
    const below = element === undefined ? undefined : gone[element];
    const kept = below === undefined ? item : isMemberNode(below) ? undefined : removeFields(item, below, list.items);
    if (kept !== item) hasChanged = true;
    if (kept !== undefined) result.push(kept);
  }
  if (!hasChanged) return items;
  return result.length === 0 ? undefined : result;
}
