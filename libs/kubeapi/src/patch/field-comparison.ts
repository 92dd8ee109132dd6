/**
 * What a write did to an object, as sets of fields: the walk goes down both values along the schema and stops at once where they are the same
 * reference. Something only in the new value adds all of its paths, something only in the old one removes all of its paths; a leaf that differs is changed.
 */
import type { ListNode, SchemaNode } from '@flotilla/kinds/schema-node';

import { fieldElement, itemElement } from './field-path.ts';
import { differenceOf, EMPTY_SET, isEmptySet, MEMBER, type FieldSet, type FieldSetDraft } from './field-set.ts';
import { wholeSetOf } from './field-set-of.ts';
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
  const draft: Draft = { changed: undefined, removed: undefined };
  compareRecords(isRecord(old) ? old : {}, isRecord(updated) ? updated : {}, schema, draft);
  return { changed: draft.changed ?? EMPTY_SET, removed: draft.removed ?? EMPTY_SET };
}

/** Nodes below the value that is looked at; made only when there is something to hold. */
interface Draft {
  changed: FieldSetDraft | undefined;
  removed: FieldSetDraft | undefined;
}

function compareRecords(old: JsonRecord, updated: JsonRecord, node: SchemaNode, draft: Draft): void {
  for (const name in updated) {
    const value = updated[name];
    if (value === undefined) continue;
    compareMember(memberOf(old, name), value, memberNode(node, name), fieldElement(name), draft);
  }
  for (const name in old) {
    const value = old[name];
    if (value === undefined || memberOf(updated, name) !== undefined) continue;
    (draft.removed ??= {})[fieldElement(name)] = wholeSetOf(value, memberNode(node, name));
  }
}

/** `undefined` stands for absent; null is a value. */
function compareMember(old: unknown, updated: unknown, node: SchemaNode, element: string, draft: Draft): void {
  if (old === updated) return;
  if (old === undefined) {
    (draft.changed ??= {})[element] = wholeSetOf(updated, node);
    return;
  }
  const below: Draft = { changed: undefined, removed: undefined };
  if (!compareBelow(old, updated, node, below)) {
    if (!equalJson(old, updated)) replaceWhole(old, updated, node, element, draft);
    return;
  }
  if (below.changed !== undefined) (draft.changed ??= {})[element] = below.changed;
  if (below.removed !== undefined) (draft.removed ??= {})[element] = below.removed;
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

function replaceWhole(old: unknown, updated: unknown, node: SchemaNode, element: string, draft: Draft): void {
  const added = wholeSetOf(updated, node);
  (draft.changed ??= {})[element] = added;
  const gone = differenceOf({ [element]: wholeSetOf(old, node) }, { [element]: added })[element];
  if (gone !== undefined && !isEmptySet(gone)) (draft.removed ??= {})[element] = gone;
}

function compareLists(old: readonly unknown[], updated: readonly unknown[], list: ListNode, draft: Draft): void {
  const before = itemsByElement(old, list);
  const after = itemsByElement(updated, list);
  for (const [element, items] of after) {
    const previous = before.get(element);
    if (previous === undefined) {
      (draft.changed ??= {})[element] = items.length > 1 ? MEMBER : wholeSetOf(items[0], list.items);
    } else if (items.length > 1 || previous.length > 1) {
      if (!equalJson(items, previous)) (draft.changed ??= {})[element] = MEMBER;
    } else {
      compareMember(previous[0], items[0], list.items, element, draft);
    }
  }
  for (const [element, items] of before) {
    if (!after.has(element)) (draft.removed ??= {})[element] = wholeSetOf(items[0], list.items);
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
