/**
 * managedFields while they are being worked on: one row per manager, in any order. A row is told apart by manager, operation and subresource, and for
 * updates by version too: an applier keeps one row whatever version it applies in.
 */
import type { JsonObject, ManagedFieldsEntry } from '@flotilla/kinds/kube-object';
import { shareJson } from '@flotilla/store/shared-json';

import { parseFieldsV1 } from './field-path.ts';
import { differenceOf, isEmptySet, unionOf, type FieldSet } from './field-set.ts';
import { isList, isRecord } from './json-value.ts';

export interface ManagerRow {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** The stored entry that the row came from, as long as it still says the same. */
  readonly entry?: ManagedFieldsEntry | undefined;
}

/** More update rows than this are merged, oldest first, into one row per version. */
const MAX_UPDATE_ROWS = 10;
const MERGED_MANAGER = 'ancient-changes';

/** Rows of stored entries: they were checked when they came in. */
export function rowsOfStored(entries: readonly ManagedFieldsEntry[] | undefined): ManagerRow[] {
  return (entries ?? []).map(rowOfEntry).filter((row) => !isEmptySet(row.fields));
}

function rowOfEntry(entry: ManagedFieldsEntry): ManagerRow {
  return {
    manager: entry.manager ?? '',
    operation: entry.operation ?? 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time,
    fields: (entry.fieldsV1 ?? {}) as FieldSet,
    entry,
  };
}

/** Rows of entries that a client sent; `undefined` when one of them is malformed. */
export function rowsOfRequest(entries: unknown): ManagerRow[] | undefined {
  if (!isList(entries)) return undefined;
  const rows: ManagerRow[] = [];
  for (const entry of entries) {
    const row = isRecord(entry) ? parseEntry(entry) : undefined;
    if (row === undefined) return undefined;
    const same = rows.findIndex((candidate) => isSameManager(candidate, row));
    const twin = rows[same];
    if (twin === undefined) rows.push(row);
    else rows[same] = withFields(twin, unionOf(twin.fields, row.fields));
  }
  return rows;
}

function parseEntry(entry: Readonly<Record<string, unknown>>): ManagerRow | undefined {
  const { operation, fieldsType, manager, apiVersion, subresource, time } = entry;
  const fields = parseFieldsV1(entry['fieldsV1'] ?? {});
  if (fields === undefined || (operation !== 'Apply' && operation !== 'Update')) return undefined;
  if (fieldsType !== 'FieldsV1') return undefined;
  return {
    manager: textOr(manager),
    operation,
    apiVersion: textOr(apiVersion),
    subresource: textOr(subresource),
    time: typeof time === 'string' ? time : undefined,
    fields,
  };
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function isSameManager(left: ManagerRow, right: ManagerRow): boolean {
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.subresource === right.subresource &&
    (left.operation === 'Apply' || left.apiVersion === right.apiVersion)
  );
}

/** The row with other fields, which makes the stored entry out of date. */
export function withFields(row: ManagerRow, fields: FieldSet): ManagerRow {
  return fields === row.fields ? row : { ...row, fields, entry: undefined };
}

/** Takes fields away from every row; rows that are left with nothing disappear. */
export function withoutFields(rows: readonly ManagerRow[], gone: FieldSet): ManagerRow[] {
  if (isEmptySet(gone)) return [...rows];
  const kept: ManagerRow[] = [];
  for (const row of rows) {
    const rest = withFields(row, differenceOf(row.fields, gone));
    if (!isEmptySet(rest.fields)) kept.push(rest);
  }
  return kept;
}

/**
 * Merges the oldest update rows of the same version into `ancient-changes` until at most ten update rows are left (fewer cannot be reached with more
 * than ten versions).
 */
export function capRows(rows: readonly ManagerRow[]): readonly ManagerRow[] {
  const updates = rows.filter((row) => row.operation === 'Update');
  let excess = updates.length - MAX_UPDATE_ROWS;
  if (excess <= 0) return rows;
  const result = [...rows];
  const buckets = new Map<string, ManagerRow>();
  for (const row of updates.toSorted(byAge)) {
    if (excess <= 0) break;
    const bucket = buckets.get(row.apiVersion);
    if (bucket === undefined) {
      buckets.set(row.apiVersion, row);
      continue;
    }
    const merged: ManagerRow = {
      manager: MERGED_MANAGER,
      operation: 'Update',
      apiVersion: row.apiVersion,
      subresource: '',
      time: row.time,
      fields: unionOf(bucket.fields, row.fields),
    };
    result.splice(result.indexOf(row), 1);
    result.splice(result.indexOf(bucket), 1, merged);
    buckets.set(row.apiVersion, merged);
    excess--;
  }
  return result;
}

function byAge(left: ManagerRow, right: ManagerRow): number {
  return secondsOf(left) - secondsOf(right) || compareText(left.manager, right.manager);
}

/** Entries in the order in which Kubernetes writes them: appliers first, then by time, manager, version and subresource. */
export function entriesOf(rows: readonly ManagerRow[]): readonly ManagedFieldsEntry[] {
  return (rows.length < 2 ? rows : rows.toSorted(compareRows)).map((row) => row.entry ?? entryOf(row));
}

/**
 * Entries of an object that is being created. Those that a manager creates in the same second with the same fields share one list, and after the first
 * its text too.
 */
export function entriesOfCreated(rows: readonly ManagerRow[]): readonly ManagedFieldsEntry[] {
  const [only] = rows;
  if (only === undefined || rows.length > 1) return entriesOf(rows);
  const last = createdEntries.get(only.fields);
  if (last?.[0] !== undefined && isEntryOf(last[0], only)) {
    shareJson(last);
    return last;
  }
  const entries = entriesOf(rows);
  createdEntries.set(only.fields, entries);
  return entries;
}

const createdEntries = new WeakMap<FieldSet, readonly ManagedFieldsEntry[]>();

function isEntryOf(entry: ManagedFieldsEntry, row: ManagerRow): boolean {
  return (
    entry.time === row.time &&
    entry.manager === row.manager &&
    entry.apiVersion === row.apiVersion &&
    entry.operation === row.operation &&
    (entry.subresource ?? '') === row.subresource
  );
}

function compareRows(left: ManagerRow, right: ManagerRow): number {
  return (
    compareText(left.operation, right.operation) ||
    secondsOf(left) - secondsOf(right) ||
    compareText(left.manager, right.manager) ||
    compareText(left.apiVersion, right.apiVersion) ||
    compareText(left.subresource, right.subresource)
  );
}

function secondsOf(row: ManagerRow): number {
  const ms = row.time === undefined ? 0 : Date.parse(row.time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function entryOf(row: ManagerRow): ManagedFieldsEntry {
  return {
    manager: row.manager,
    operation: row.operation,
    apiVersion: row.apiVersion,
    ...(row.time === undefined ? undefined : { time: row.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: row.fields as JsonObject,
    ...(row.subresource === '' ? undefined : { subresource: row.subresource }),
  };
}

/** Whether two lists of entries are the same entries in the same order. */
export function areSameEntries(
  left: readonly ManagedFieldsEntry[],
  right: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  return right !== undefined && left.length === right.length && left.every((entry, index) => entry === right[index]);
}
