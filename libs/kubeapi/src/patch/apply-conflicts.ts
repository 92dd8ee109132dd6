import { formatFieldPath } from './field-path.ts';
import { differenceOf, intersectionOf, isEmptySet, membersOf, type FieldSet } from './field-set.ts';
import type { ManagerRow } from './manager-table.ts';

export interface ApplyConflict {
  /** `.spec.template.spec.containers[name="nginx"].image` */
  readonly field: string;
  readonly manager: string;
  /** `conflict with "kubectl-client-side-apply" using apps/v1` (the cause's message in the Status). */
  readonly message: string;
}

export interface ManagerConflict {
  readonly row: ManagerRow;
  readonly fields: FieldSet;
}

/** Fields that a write would change although another manager owns them. */
export function findConflicts(rows: readonly ManagerRow[], changed: FieldSet): readonly ManagerConflict[] {
  return rows
    .map((row) => ({ row, fields: intersectionOf(row.fields, changed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** The conflicts outside `allowed`. */
export function conflictsBeyond(conflicts: readonly ManagerConflict[], allowed: FieldSet): readonly ManagerConflict[] {
  return conflicts
    .map(({ row, fields }) => ({ row, fields: differenceOf(fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** One entry a field, sorted by manager, then path. */
export function listConflicts(conflicts: readonly ManagerConflict[]): readonly ApplyConflict[] {
  return conflicts
    .flatMap(({ row, fields }) =>
      [...membersOf(fields)].map((path) => ({
        field: formatFieldPath(path),
        manager: row.manager,
        message: `conflict with ${describeManager(row)}`,
      })),
    )
    .toSorted((left, right) => compareText(left.message, right.message) || compareText(left.field, right.field));
}

/** Message of the Status: one conflict on one line, several grouped by manager. */
export function describeConflicts(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  }
  const fieldsByManager = Map.groupBy(conflicts, ({ message }) => message);
  const groups = [...fieldsByManager].map(
    ([message, group]) =>
      `${message.replace('conflict', 'conflicts')}:\n${group.map(({ field }) => `- ${field}`).join('\n')}`,
  );
  return `Apply failed with ${conflicts.length} conflicts: ${groups.join('\n')}`;
}

function describeManager({ manager, operation, subresource, apiVersion }: ManagerRow): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
