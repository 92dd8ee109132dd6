/** The table of a custom kind, cell by cell as kube-apiserver prints it. */
import { ageOf } from '../builtin/table/human-duration.ts';
import { compileJsonPath } from './json-path.ts';
import type { Cell, TableShape } from '../builtin/table/columns.ts';
import type { PrinterColumn } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';

/** One of `spec.versions[].additionalPrinterColumns`. */
export interface CustomColumn {
  readonly name: string;
  readonly type: PrinterColumn['type'];
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

const ageColumn: CustomColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

/** The table of a custom kind: its name, then its own columns, or its age when it declares none. */
export function customTable(declared: readonly CustomColumn[]): TableShape {
  const columns = declared.length === 0 ? [ageColumn] : declared;
  const cells = columns.map(cellReader);
  return {
    columns: [{ name: 'Name', type: 'string', format: 'name', priority: 0 }, ...columns.map(columnOf)],
    printRow: (object, nowMs) => [object.metadata.name ?? '', ...cells.map((read) => read(object, nowMs))],
  };
}

function columnOf({ name, type, jsonPath, format, description = '', priority }: CustomColumn): PrinterColumn {
  return {
    name,
    type,
    ...(format !== undefined && { format }),
    description:
      description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
    priority: priority ?? 0,
  };
}

/** Of several values the first one counts; without any the cell is empty. */
function cellReader({ type, jsonPath }: CustomColumn): (object: KubeObject, nowMs: number) => Cell {
  const path = compileJsonPath(jsonPath);
  return (object, nowMs) => {
    const [first] = path?.(object) ?? [];
    return first === undefined ? null : cellOf(first, type, nowMs);
  };
}

/** A value that isn't of the column's type is an empty cell. */
function cellOf(value: unknown, type: PrinterColumn['type'], nowMs: number): Cell {
  switch (type) {
    case 'string':
      return textOf(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateText(value, nowMs) : null;
  }
}

const momentPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

function dateText(text: string, nowMs: number): string {
  if (text === '') return ageOf(undefined, nowMs);
  return momentPattern.test(text) && !Number.isNaN(Date.parse(text)) ? ageOf(text, nowMs) : '<invalid>';
}

function textOf(value: unknown): string {
  if (value === null) return '<no value>';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? escapedJson(value) : JSON.stringify(value);
}

/** Members sorted, and `<`, `>` and `&` escaped: JSON as Go prints it. */
function escapedJson(value: unknown): string {
  return JSON.stringify(withSortedMembers(value)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function withSortedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, withSortedMembers(member)] as const);
  return Object.fromEntries(members.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
