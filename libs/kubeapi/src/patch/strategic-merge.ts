/**
 * Strategic merge patch: a merge patch that knows the schema.
 *
 * Objects merge by member; null deletes. A list is replaced unless its field has the strategy `merge`: then lists of objects merge by their merge key
 * and lists of scalars are united. Directives inside the patch change that: `$patch: replace | delete | merge` in an object or as an item of a list,
 * `$retainKeys` (members that survive), `$deleteFromPrimitiveList/<field>` and `$setElementOrder/<field>`. Without an order directive, items of the patch come in the patch's
 * order and others keep their place relative to them; items that are new come first.
 *
 * The patch is never changed: directives are read where they stand. The document is copied only along the changed paths.
 */
import type { SchemaField, SchemaNode } from '@flotilla/kinds/schema-node';

import { isList, isRecord, memberOf, setMember, type JsonRecord, type MutableRecord } from './json-value.ts';
import { mergeObjectList, orderList, requireOrder, uniteScalars } from './list-merge.ts';
import {
  DELETE_FROM_LIST_PREFIX,
  directiveOf,
  isDirectiveKey,
  PATCH_DIRECTIVE,
  RETAIN_KEYS_DIRECTIVE,
  SET_ORDER_PREFIX,
  withoutDirectives,
} from './merge-directives.ts';
import { PatchProblem } from './patch-problem.ts';
import type { PatchOutcome } from './patch-outcome.ts';

/** Applies a strategic merge patch. Never changes `document`; what the patch leaves alone is shared with it. */
export function applyStrategicMerge(document: JsonRecord, patch: unknown, schema: SchemaNode): PatchOutcome {
  if (!isRecord(patch)) {
    return { kind: 'failed', code: 'malformed', message: 'a strategic merge patch must be a JSON object' };
  }
  try {
    return { kind: 'patched', object: mergeObject(document, patch, schema) };
  } catch (error) {
    if (error instanceof PatchProblem) return { kind: 'failed', code: error.code, message: error.message };
    throw error;
  }
}

function mergeObject(original: JsonRecord, patch: JsonRecord, node: SchemaNode): JsonRecord {
  const directive = directiveOf(patch);
  if (directive === 'replace') return withoutMember(patch, PATCH_DIRECTIVE);
  if (directive === 'delete') return {};
  if (directive === 'merge') throw new PatchProblem('invalid', 'unknown patch type: merge in map');
  return mergeMembers(original, patch, node);
}

function mergeMembers(original: JsonRecord, patch: JsonRecord, node: SchemaNode): JsonRecord {
  const draft: MutableRecord = { ...original };
  retainKeys(draft, patch);
  for (const key of Object.keys(patch)) {
    if (key.startsWith(DELETE_FROM_LIST_PREFIX)) deleteFromList(draft, key, patch[key]);
  }
  for (const key of Object.keys(patch)) {
    if (isDirectiveKey(key)) continue;
    const value = patch[key];
    if (value === null) delete draft[key];
    else setMember(draft, key, mergeValue(memberOf(draft, key), value, fieldOf(node, key), key));
  }
  for (const key of Object.keys(patch)) {
    if (key.startsWith(SET_ORDER_PREFIX)) setOrder(draft, original, patch, key, node);
  }
  return isUnchanged(draft, original) ? original : draft;
}

function isUnchanged(draft: JsonRecord, original: JsonRecord): boolean {
  const keys = Object.keys(draft);
  return keys.length === Object.keys(original).length && keys.every((key) => draft[key] === original[key]);
}

function mergeValue(original: unknown, value: unknown, field: SchemaField | undefined, key: string): unknown {
  const strategy = field?.patchStrategy ?? '';
  if (isRecord(value)) {
    if (!isRecord(original)) return withoutDirectives(value);
    return strategy.includes('replace') ? withoutDirectives(value) : mergeObject(original, value, field?.node ?? ANY);
  }
  if (isList(value)) {
    if (!isList(original) || !strategy.includes('merge')) return withoutDirectives(value);
    if (field?.patchMergeKey === undefined || field.patchMergeKey === '') return uniteScalars(original, value);
    const items = field.node.kind === 'list' ? field.node.items : ANY;
    return mergeObjectList(original, value, field.patchMergeKey, key, (before, change) =>
      mergeObject(before, change, items),
    );
  }
  return value;
}

const ANY: SchemaNode = { kind: 'any' };

function fieldOf(node: SchemaNode, key: string): SchemaField | undefined {
  switch (node.kind) {
    case 'object':
      return node.fields.get(key);
    case 'map':
      return { node: node.values };
    case 'any':
    case 'list':
    case 'scalar':
      return undefined;
  }
}

/** Drops the members of the object that the directive does not name; the patch may only set members that it names. */
function retainKeys(draft: MutableRecord, patch: JsonRecord): void {
  const directive = patch[RETAIN_KEYS_DIRECTIVE];
  if (directive === undefined) return;
  if (!isList(directive)) throw new PatchProblem('malformed', 'invalid patch format of retainKeys');
  const retained = new Set(directive);
  for (const key of Object.keys(patch)) {
    if (!isDirectiveKey(key) && patch[key] !== null && !retained.has(key)) {
      throw new PatchProblem('malformed', `invalid patch format of retainKeys: ${JSON.stringify(key)} is not retained`);
    }
  }
  for (const key of Object.keys(draft)) if (!retained.has(key)) delete draft[key];
}

function deleteFromList(draft: MutableRecord, directive: string, values: unknown): void {
  const key = directive.slice(DELETE_FROM_LIST_PREFIX.length);
  const original = memberOf(draft, key);
  if (!isList(original) || !isList(values)) return;
  const gone = new Set(values);
  setMember(
    draft,
    key,
    original.filter((item) => !gone.has(item)),
  );
}

function setOrder(
  draft: MutableRecord,
  original: JsonRecord,
  patch: JsonRecord,
  directive: string,
  node: SchemaNode,
): void {
  const order = patch[directive];
  const key = directive.slice(SET_ORDER_PREFIX.length);
  if (!isList(order)) throw new PatchProblem('malformed', 'invalid patch format of setElementOrder list');
  const list = memberOf(draft, key);
  if (!isList(list)) return;
  const before = memberOf(original, key);
  const mergeKey = fieldOf(node, key)?.patchMergeKey;
  const changes = patch[key];
  if (isList(changes)) requireOrder(changes, order, mergeKey, key);
  setMember(draft, key, orderList(list, order, isList(before) ? before : [], mergeKey));
}

function withoutMember(record: JsonRecord, key: string): JsonRecord {
  const { [key]: _, ...rest } = record;
  return rest;
}
