import { ageOf } from '../builtin/table/human-duration.ts';
import { compileJsonPath } from './json-path.ts';
import type { Cell, TableShape } from '../builtin/table/columns.ts';
import type { PrinterColumn } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';

/** One of `additionalPrinterColumns`. */
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

function columnOf({ name, type, jsonPath, format, description, priority }: CustomColumn): PrinterColumn {
  return {
    name,
    type,
    ...(format !== undefined && { format }),
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
  };
}

function cellReader({ type, jsonPath }: CustomColumn): (object: KubeObject, nowMs: number) => Cell {
  const path = compileJsonPath(jsonPath);
  return (object, nowMs) => {
    const [first, ...more] = path?.(object) ?? [];
    if (first === undefined || first === null) return null;
    if (type === 'string' && more.length > 0) return [first, ...more].map(textOf).join(',');
    return cellOf(first, type, nowMs);
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
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : ageOf(value, nowMs);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
