/**
 * What a write did to an object, as sets of fields: the walk goes down both values along the schema and stops at once where they are the same
 * reference. Something only in the new value adds all of its paths, something only in the old one removes all of its paths; a leaf that differs is changed.
 */
import type { ListNode, SchemaNode } from '@flotilla/kinds/schema-node';

import { itemElement } from './field-path.ts';
import { differenceOf, EMPTY_SET, isEmptySet, MEMBER, type FieldSet, type FieldSetDraft } from './field-set.ts';
import { wholeSetOf } from './field-set-of.ts';
import { sharedFieldSets, type PoolStep } from './field-set-pool.ts';
import { equalJson, isList, isRecord, memberOf, type JsonRecord } from './json-value.ts';
import { isAtomicNode, memberNode } from './schema-walk.ts';

export interface FieldComparison {
  /** Paths that are new or whose value is another one. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

export const SAME: FieldComparison = { changed: EMPTY_SET, removed: EMPTY_SET };

/** Compares two objects of one kind. */
export function compareObjects(old: unknown, updated: unknown, schema: SchemaNode): FieldComparison {
  if (old === updated) return SAME;
  const draft = draftOf('changed-record');
  compareRecords(isRecord(old) ? old : {}, isRecord(updated) ? updated : {}, schema, draft);
  return { changed: sharedFieldSets.setOf(draft.changed), removed: draft.removed ?? EMPTY_SET };
}

/** Nodes below the value that is looked at. What changed is shared between all writes that change the same; removals are rare. */
interface Draft {
  readonly prefix: 'f:' | '';
  changed: PoolStep;
  removed: FieldSetDraft | undefined;
}

function draftOf(kind: 'changed-record' | 'changed-list'): Draft {
  return {
    prefix: kind === 'changed-record' ? 'f:' : '',
    changed: sharedFieldSets.begin(kind),
    removed: undefined,
  };
}

function addChanged(draft: Draft, name: string, below: FieldSet): void {
  draft.changed = sharedFieldSets.add(draft.changed, name, below);
}

function addRemoved(draft: Draft, name: string, below: FieldSet): void {
  (draft.removed ??= {})[draft.prefix + name] = below;
}

function compareRecords(old: JsonRecord, updated: JsonRecord, node: SchemaNode, draft: Draft): void {
  for (const name in updated) {
    const value = updated[name];
    if (value === undefined) continue;
    compareMember(memberOf(old, name), value, memberNode(node, name), name, draft);
  }
  for (const name in old) {
    const value = old[name];
    if (value === undefined || memberOf(updated, name) !== undefined) continue;
    addRemoved(draft, name, wholeSetOf(value, memberNode(node, name)));
  }
}

/** `undefined` stands for absent; null is a value. */
function compareMember(old: unknown, updated: unknown, node: SchemaNode, name: string, draft: Draft): void {
  if (old === updated) return;
  if (old === undefined) {
    addChanged(draft, name, wholeSetOf(updated, node));
    return;
  }
  const below = draftOf(node.kind === 'list' ? 'changed-list' : 'changed-record');
  if (!compareBelow(old, updated, node, below)) {
    if (!equalJson(old, updated)) replaceWhole(old, updated, node, name, draft);
    return;
  }
  const changed = sharedFieldSets.setOf(below.changed);
  if (changed !== EMPTY_SET) addChanged(draft, name, changed);
  if (below.removed !== undefined) addRemoved(draft, name, below.removed);
}

/** Compares what is inside two containers; false when the values have to be compared as leaves. */
function compareBelow(old: unknown, updated: unknown, node: SchemaNode, below: Draft): boolean {
  if (isAtomicNode(node)) return false;
  if (node.kind === 'list') {
    const before = old === null ? [] : old;
    const after = updated === null ? [] : updated;
    if (!isList(before) || !isList(after) || before.length + after.length === 0) return false;
    compareLists(before, after, node, below);
    return true;
  }
  if (node.kind === 'scalar') return false;
  const before = old === null ? {} : old;
  const after = updated === null ? {} : updated;
  if (!isRecord(before) || !isRecord(after) || (isEmptyRecord(before) && isEmptyRecord(after))) return false;
  compareRecords(before, after, node, below);
  return true;
}

function replaceWhole(old: unknown, updated: unknown, node: SchemaNode, name: string, draft: Draft): void {
  const added = wholeSetOf(updated, node);
  addChanged(draft, name, added);
  const before = wholeSetOf(old, node);
  if (before === added) return;
  const gone = differenceOf({ value: before }, { value: added })['value'];
  if (gone !== undefined && !isEmptySet(gone)) addRemoved(draft, name, gone);
}

function compareLists(old: readonly unknown[], updated: readonly unknown[], list: ListNode, draft: Draft): void {
  const before = itemsByElement(old, list);
  const after = itemsByElement(updated, list);
  for (const [element, items] of after) {
    const previous = before.get(element);
    if (previous === undefined) {
      addChanged(draft, element, items.length > 1 ? MEMBER : wholeSetOf(items[0], list.items));
    } else if (items.length > 1 || previous.length > 1) {
      if (!equalJson(items, previous)) addChanged(draft, element, MEMBER);
    } else {
      compareMember(previous[0], items[0], list.items, element, draft);
    }
  }
  for (const [element, items] of before) {
    if (!after.has(element)) addRemoved(draft, element, wholeSetOf(items[0], list.items));
  }
}

function itemsByElement(items: readonly unknown[], list: ListNode): ReadonlyMap<string, readonly unknown[]> {
  const byElement = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(item, list);
    if (element === undefined) continue;
    const same = byElement.get(element);
    if (same === undefined) byElement.set(element, [item]);
    else same.push(item);
  }
  return byElement;
}

function isEmptyRecord(record: JsonRecord): boolean {
  for (const key in record) if (record[key] !== undefined) return false;
  return true;
}
