import { ageOf } from '@flotilla/kinds/builtin/table/human-duration';
import type { KindDefinition, PrinterColumn } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import { canonicalJson } from '../patch/json-value.ts';
import { compileJsonPath, type JsonPath } from './json-path.ts';

/** `spec.versions[].additionalPrinterColumns[]` of a CustomResourceDefinition. */
export interface CustomColumn {
  readonly name: string;
  readonly type: PrinterColumn['type'];
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

type Cell = string | number | boolean | null;

const NAME_COLUMN: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace.',
  priority: 0,
};

const AGE_COLUMN: CustomColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/**
 * Columns and row printer of a custom kind: the name, then the declared columns (or the age when none are declared). A value that is
 * missing, or that isn't of the column's type, is an empty cell.
 */
export function customColumns(
  declared: readonly CustomColumn[] | undefined,
): Pick<KindDefinition, 'columns' | 'printRow'> {
  const custom = declared === undefined || declared.length === 0 ? [AGE_COLUMN] : declared;
  const printers = custom.map((column) => cellPrinter(column));
  return {
    columns: [NAME_COLUMN, ...custom.map(definitionOf)],
    printRow: (object, nowMs) => [object.metadata.name ?? '', ...printers.map((print) => print(object, nowMs))],
  };
}

function definitionOf({ name, type, format, description, jsonPath, priority }: CustomColumn): PrinterColumn {
  return {
    name,
    type,
    ...(format === undefined ? undefined : { format }),
    description:
      description === undefined || description === ''
        ? `Custom resource definition column (in JSONPath format): ${jsonPath}`
        : description,
    priority: priority ?? 0,
  };
}

function cellPrinter({ type, jsonPath }: CustomColumn): (object: KubeObject, nowMs: number) => Cell {
  const path: JsonPath | undefined = compileJsonPath(jsonPath);
  return (object, nowMs) => {
    const value = path?.(object)[0];
    return value === undefined || value === null ? null : cellOf(value, type, nowMs);
  };
}

function cellOf(value: unknown, type: PrinterColumn['type'], nowMs: number): Cell {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : canonicalJson(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, nowMs) : null;
  }
}

function dateCell(value: string, nowMs: number): string {
  return Number.isNaN(Date.parse(value)) ? '<invalid>' : ageOf(value, nowMs);
}
