/** Building blocks of the tables that `kubectl get` shows. */
import { formatLabelSelector } from '../../label-selector-syntax.ts';
import { labelRequirements, type LabelSelector } from '../../label-selector.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { PrinterColumn, RowPrinter } from '../../kind-definition.ts';
import { ageOf } from './human-duration.ts';

export type Cell = string | number | boolean | null;

export interface TableShape {
  readonly columns: readonly PrinterColumn[];
  readonly printRow: RowPrinter;
}

/** `Name` → `{name: 'Name', type: 'string'}`; `Desired:integer`; a trailing `*` means only with `-o wide`. The first column is the object's name. */
export function columnsOf(...specs: readonly string[]): readonly PrinterColumn[] {
  return specs.map((spec) => {
    const isWide = spec.endsWith('*');
    const [name = '', type = 'string'] = (isWide ? spec.slice(0, -1) : spec).split(':');
    return {
      name,
      type: columnType(type),
      ...(name === 'Name' && { format: 'name' }),
      priority: isWide ? 1 : 0,
    };
  });
}

function columnType(text: string): PrinterColumn['type'] {
  switch (text) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'date':
      return text;
    default:
      return 'string';
  }
}

/** A table whose first column is the name, with one cell from each of the other columns' functions. */
export function tableOf(
  columns: readonly string[],
  cells: (object: KubeObject, nowMs: number) => readonly Cell[],
): TableShape {
  return {
    columns: columnsOf('Name', ...columns),
    printRow: (object, nowMs) => [nameOf(object), ...cells(object, nowMs)],
  };
}

/** What kube-apiserver shows of kinds without columns of their own. */
export const createdAtColumns: TableShape = tableOf(['Created At:date'], (object) => [
  object.metadata.creationTimestamp ?? null,
]);

export const nameAndAge: TableShape = tableOf(['Age'], (object, nowMs) => [age(object, nowMs)]);

export function nameOf(object: KubeObject): string {
  return object.metadata.name ?? '';
}

export function age(object: KubeObject, nowMs: number): string {
  return ageOf(object.metadata.creationTimestamp, nowMs);
}

export const none = '<none>';
export const unset = '<unset>';

export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? none : text;
}

/** `app=web,tier in (a,b)`, empty for a selector that selects everything. */
export function selectorText(selector: LabelSelector | null | undefined): string {
  return selector === undefined || selector === null ? '' : formatLabelSelector(labelRequirements(selector));
}

/** `a=1,b=2` in the order of the keys, `<none>` when empty. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return none;
  return entries
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');
}

interface Contained {
  readonly name?: string;
  readonly image?: string;
}

export function containerCells(containers: readonly Contained[] | null | undefined): readonly [string, string] {
  const list = containers ?? [];
  return [list.map((one) => one.name ?? '').join(','), list.map((one) => one.image ?? '').join(',')];
}
