/**
 * Who owns which fields, for writes that are not an apply (create, update, patch).
 *
 * The writer takes the fields that it added or gave another value; every other manager loses those, and all managers lose fields that were removed. What
 * the writer sent unchanged it does not own. A manager left without fields disappears. An object whose managedFields were cleared stays untracked until somebody
 * applies. This is the behaviour that Kubernetes documents under "Field management".
 */
import type { KubeObject, ManagedFieldsEntry } from '@flotilla/kinds/kube-object';
import type { SchemaNode } from '@flotilla/kinds/schema-node';

import { compareObjects, type FieldComparison } from './field-comparison.ts';
import { isEmptySet, unionOf, type FieldSet } from './field-set.ts';
import { ownedFields, withoutResetFields } from './ignored-fields.ts';
import { isList, isRecord } from './json-value.ts';
import {
  areSameEntries,
  capRows,
  entriesOf,
  entriesOfCreated,
  isSameManager,
  rowsOfRequest,
  rowsOfStored,
  withFields,
  withoutFields,
  type ManagerRow,
} from './manager-table.ts';
import { emptyObjectOf, rootOf } from './schema-walk.ts';

export interface UpdateRecord {
  /** The stored object; `undefined` on create. */
  readonly old: KubeObject | undefined;
  /**
   * What the client wrote, after decoding and defaulting but before the server adds anything of its own (strategy, allocation, admission): so
   * kube-apiserver takes it, and therefore an allocated clusterIP or a claim's finalizer belongs to nobody.
   * Its `metadata.managedFields` are those that the client sent, if any; they are honoured on the main resource only.
   */
  readonly updated: KubeObject;
  readonly manager: string;
  /** Version of the request, e.g. `apps/v1`. */
  readonly apiVersion: string;
  /** `status`, `scale`, …; absent for the main resource. */
  readonly subresource?: string | undefined;
  /** RFC 3339 with whole seconds, e.g. `2026-01-02T03:04:05Z`. */
  readonly nowIso: string;
  readonly schema: SchemaNode;
  /** True for kinds with a status subresource: writes through the main door never own `status`. */
  readonly hasStatusSubresource?: boolean;
  /** True for kinds compiled into Kubernetes, whose empty object already has its nested structs. Absent: the schema tells. */
  readonly isBuiltIn?: boolean;
}

/**
 * The managedFields of an object after a write that is not an apply. Answers the old object's array itself (`===`) when nothing changed,
 * `undefined` when the object isn't tracked (its managedFields were reset and nobody has applied since).
 */
export function recordUpdate(record: UpdateRecord): readonly ManagedFieldsEntry[] | undefined {
  const stored = record.old?.metadata.managedFields;
  const before = rowsBefore(record, stored);
  if (before.length === 0 && record.old !== undefined) return undefined;
  const after = capRows(rowsAfterUpdate(before, record));
  if (after.length === 0) return undefined;
  const entries = record.old === undefined ? entriesOfCreated(after) : entriesOf(after);
  return areSameEntries(entries, stored) ? stored : entries;
}

/**
 * True when a client asks to clear managedFields: it sent a list of one empty entry. An empty list does not clear them, so that clients which do not know
 * the field cannot strip it.
 */
export function isManagedFieldsReset(managedFields: unknown): boolean {
  if (!isList(managedFields) || managedFields.length !== 1) return false;
  const [only] = managedFields;
  return isRecord(only) && Object.keys(only).length === 0;
}

/** Rows to start from: those the client sent if it may and they are valid, else the stored ones, so that clients that know nothing of them keep them. */
function rowsBefore(record: UpdateRecord, stored: readonly ManagedFieldsEntry[] | undefined): readonly ManagerRow[] {
  const sent: unknown = record.updated.metadata.managedFields;
  if (sent === undefined || sent === null || sent === stored || (record.subresource ?? '') !== '') {
    return rowsOfStored(stored);
  }
  if (isManagedFieldsReset(sent)) return [];
  const rows = rowsOfRequest(sent);
  if (rows === undefined || rows.length === 0) return rowsOfStored(stored);
  const known = rowsOfStored(stored);
  return rows.map((row) => known.find((candidate) => hasSameContent(candidate, row)) ?? row);
}

function hasSameContent(stored: ManagerRow, sent: ManagerRow): boolean {
  return (
    isSameManager(stored, sent) &&
    stored.time === sent.time &&
    stored.apiVersion === sent.apiVersion &&
    unionOf(stored.fields, sent.fields) === stored.fields &&
    unionOf(sent.fields, stored.fields) === sent.fields
  );
}

function goneFields({ changed, removed }: FieldComparison, record: UpdateRecord): FieldSet {
  return unionOf(withoutResetFields(changed, record), withoutResetFields(removed, record));
}

/** What an update does to the rows. Also used when an apply meets an object that nobody tracked. */
export function rowsAfterUpdate(before: readonly ManagerRow[], record: UpdateRecord): readonly ManagerRow[] {
  const schema = rootOf(record.schema);
  const comparison = compareObjects(record.old ?? emptyObjectOf(schema, record.isBuiltIn), record.updated, schema);
  const rows = before.length === 0 ? [] : withoutFields(before, goneFields(comparison, record));
  const owned = ownedFields(comparison.changed, record);
  if (isEmptySet(owned)) return rows;
  const writer: ManagerRow = {
    manager: record.manager,
    operation: 'Update',
    apiVersion: record.apiVersion,
    subresource: record.subresource ?? '',
    time: record.nowIso,
    fields: owned,
  };
  const index = rows.findIndex((row) => isSameManager(row, writer));
  const previous = rows[index];
  if (previous === undefined) return [...rows, writer];
  return rows.with(index, withFields(writer, unionOf(previous.fields, owned)));
}
