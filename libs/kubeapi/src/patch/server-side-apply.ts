/**
 * Server-side apply: a manager states what it wants; the server merges it, remembers which fields are the manager's, and removes those
 * that it no longer states and nobody else owns. Changing another manager's field is a conflict unless forced.
 *
 * The steps: check the configuration, merge it into the live object, prune what the manager gave up, compare with the live object to find conflicts, and settle
 * ownership. All of it on JSON along the schema, so that built-in and custom kinds behave the same.
 */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { SchemaNode } from '@flotilla/kinds/schema-node';

import { checkConfiguration } from './apply-check.ts';
import {
  conflictsBeyond,
  describeConflicts,
  findConflicts,
  listConflicts,
  type ApplyConflict,
  type ManagerConflict,
} from './apply-conflicts.ts';
import { mergeApplied } from './apply-merge.ts';
import { pruneAbandoned } from './apply-prune.ts';
import { compareObjects } from './field-comparison.ts';
import { equalSets, EMPTY_SET, isEmptySet, unionOf } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { withoutResetFields, withoutServerOwned } from './ignored-fields.ts';
import { isRecord, type JsonRecord } from './json-value.ts';
import { fieldsOfLastApplied, KUBECTL_MANAGER, withLastApplied } from './last-applied.ts';
import { rowsAfterUpdate } from './managed-fields.ts';
import {
  areSameEntries,
  capRows,
  entriesOf,
  isSameManager,
  rowsOfStored,
  withoutFields,
  type ManagerRow,
} from './manager-table.ts';
import { rootOf } from './schema-walk.ts';

export type { ApplyConflict } from './apply-conflicts.ts';

export interface ApplyRequest {
  /** `undefined`: the apply creates the object. */
  readonly live: KubeObject | undefined;
  /** The parsed body. */
  readonly applied: unknown;
  readonly manager: string;
  readonly force: boolean;
  /** Version of the request, e.g. `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly subresource?: string | undefined;
  /** RFC 3339 with whole seconds. */
  readonly nowIso: string;
  readonly schema: SchemaNode;
  readonly hasStatusSubresource?: boolean;
  /** As in `UpdateRecord`. */
  readonly isBuiltIn?: boolean;
}

export type ApplyOutcome =
  /** `object` carries its new managedFields; it is `live` itself when `changed` is false. It still has to be defaulted and validated. */
  | { readonly kind: 'applied'; readonly object: KubeObject; readonly changed: boolean }
  /** 409 Conflict; every conflict is a cause of type `FieldManagerConflict`. */
  | { readonly kind: 'conflicts'; readonly conflicts: readonly ApplyConflict[]; readonly message: string }
  /** The body is no valid apply configuration (400, or 422 for `invalid`). */
  | { readonly kind: 'failed'; readonly code: 'malformed' | 'invalid'; readonly message: string };

/** Manager that gets the fields of an object that was not tracked before its first apply. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Server-side apply of one configuration. Never changes `live` or `applied`. */
export function applyConfiguration(request: ApplyRequest): ApplyOutcome {
  const schema = rootOf(request.schema);
  const { applied, live } = request;
  const problem = problemOf(applied, request, schema);
  if (!isRecord(applied) || problem !== undefined) {
    return { kind: 'failed', code: 'malformed', message: problem ?? 'the body of an apply must be an object' };
  }
  const rows = rowsBeforeApply(request);
  const attempt = tryApply(request, applied, rows, schema);
  if (attempt.conflicts.length === 0 || request.force) return finish(request, applied, attempt);
  const allowed =
    request.manager === KUBECTL_MANAGER && live !== undefined ? fieldsOfLastApplied(live, schema) : EMPTY_SET;
  const beyond = conflictsBeyond(attempt.conflicts, allowed);
  if (beyond.length === 0) return finish(request, applied, attempt);
  const conflicts = listConflicts(beyond);
  return { kind: 'conflicts', conflicts, message: describeConflicts(conflicts) };
}

function problemOf(applied: unknown, request: ApplyRequest, schema: SchemaNode): string | undefined {
  if (!isRecord(applied)) return 'the body of an apply must be an object';
  const { apiVersion, kind, metadata } = applied;
  if (apiVersion !== request.apiVersion || kind !== request.kind) {
    return `invalid object type: ${text(apiVersion)}, Kind=${text(kind)}`;
  }
  if (isRecord(metadata) && metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    return 'metadata.managedFields must be nil';
  }
  if (!isRecord(metadata) || text(metadata['name']) === '') {
    const name = request.live?.metadata.name ?? '';
    return `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
  }
  const problems = checkConfiguration(applied, schema);
  if (problems.length === 0) return undefined;
  const details = problems.length === 1 ? problems[0] : `errors:\n${problems.map((line) => `  ${line}`).join('\n')}`;
  return `failed to create typed patch object (${nameOf(applied)}; ${request.apiVersion}, Kind=${request.kind}): ${details}`;
}

function nameOf(applied: JsonRecord): string {
  const metadata = isRecord(applied['metadata']) ? applied['metadata'] : {};
  return `${text(metadata['namespace'])}/${text(metadata['name'])}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function rowsBeforeApply(request: ApplyRequest): readonly ManagerRow[] {
  const { live } = request;
  const stored = rowsOfStored(live?.metadata.managedFields);
  if (stored.length > 0 || live === undefined) return stored;
  const everything = { ...request, old: undefined, updated: live, manager: BEFORE_FIRST_APPLY, subresource: undefined };
  return rowsAfterUpdate([], everything);
}

interface Attempt {
  readonly object: unknown;
  readonly conflicts: readonly ManagerConflict[];
  /** Rows after the apply, everything contested taken by the applier. */
  readonly rows: readonly ManagerRow[];
  readonly isSameObject: boolean;
}

function tryApply(
  request: ApplyRequest,
  applied: JsonRecord,
  rows: readonly ManagerRow[],
  schema: SchemaNode,
): Attempt {
  const { live } = request;
  const base: JsonRecord = live ?? {};
  const owned = withoutResetFields(fieldSetOf(applied, schema), request);
  const applier: ManagerRow = {
    manager: request.manager,
    operation: 'Apply',
    apiVersion: request.apiVersion,
    subresource: request.subresource ?? '',
    time: request.nowIso,
    fields: owned,
  };
  const previous = rows.find((row) => isSameManager(row, applier));
  const others = rows.filter((row) => row !== previous);
  const merged = mergeApplied(base, applied, schema);
  const pruning = { last: previous?.fields ?? EMPTY_SET, applied: owned, others: others.map((row) => row.fields) };
  // Pruning drops containers that it empties; those that the configuration states come back.
  const object = mergeApplied(pruneAbandoned(merged, pruning, schema), applied, schema);
  const comparison = compareObjects(base, object, schema);
  const changed = withoutResetFields(comparison.changed, request);
  const removed = withoutResetFields(comparison.removed, request);
  // A list in another order is another object although no field changed hands.
  const isSameObject = object === base;
  const settled = withoutFields(others, unionOf(changed, removed));
  const mine = withoutServerOwned(owned);
  const keeps =
    previous !== undefined &&
    isSameObject &&
    equalSets(previous.fields, mine) &&
    previous.apiVersion === applier.apiVersion;
  const row = keeps ? previous : { ...applier, fields: mine };
  return {
    object,
    conflicts: findConflicts(others, changed),
    rows: isEmptySet(row.fields) ? settled : [...settled, row],
    isSameObject,
  };
}

function finish(request: ApplyRequest, applied: JsonRecord, attempt: Attempt): ApplyOutcome {
  const { live, manager } = request;
  const entries = entriesOf(capRows(attempt.rows));
  if (live !== undefined && attempt.isSameObject && areSameEntries(entries, live.metadata.managedFields)) {
    const object = manager === KUBECTL_MANAGER ? withLastApplied(live, applied) : live;
    return { kind: 'applied', object, changed: object !== live };
  }
  const merged = attempt.isSameObject && live !== undefined ? live : (attempt.object as KubeObject);
  const object: KubeObject = { ...merged, metadata: { ...merged.metadata, managedFields: entries } };
  const annotated = manager === KUBECTL_MANAGER ? withLastApplied(object, applied) : object;
  return { kind: 'applied', object: annotated, changed: true };
}
