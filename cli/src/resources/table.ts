/** The tables that API servers compute: which columns and rows are shown. */
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ServedKind } from '../discovery.ts';
import { clusterTable } from './cluster-table.ts';

export const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export interface ServerTable {
  readonly kind: 'Table';
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number }[] | null;
  readonly rows?: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: KubeObject;
}

export interface Column {
  readonly name: string;
  readonly value: (row: TableRow) => string;
}

export interface ColumnOptions {
  readonly isWide: boolean;
  readonly withNamespace: boolean;
  /** Several kinds are shown: names say which. */
  readonly withKind: boolean;
  readonly nowMs: number;
}

/** Columns for the objects of one kind. Clusters have columns of ours, because where and how full they are matters most here. */
export function columnsOf(kind: ServedKind, table: ServerTable, options: ColumnOptions): readonly Column[] {
  const isCluster = kind.group === 'cluster.karmada.io' && kind.plural === 'clusters';
  const own = isCluster ? clusterTable(options) : serverColumns(table, options.isWide);
  const prefixed = options.withKind ? own.map((column, index) => (index === 0 ? withKind(column, kind) : column)) : own;
  return options.withNamespace && kind.isNamespaced ? [namespaceColumn, ...prefixed] : prefixed;
}

const namespaceColumn: Column = { name: 'NAMESPACE', value: ({ object }) => object?.metadata.namespace ?? '' };

function withKind(column: Column, { singular, group }: ServedKind): Column {
  const prefix = `${singular}${group === '' ? '' : `.${group}`}/`;
  return { name: column.name, value: (row) => prefix + column.value(row) };
}

function serverColumns(table: ServerTable, isWide: boolean): readonly Column[] {
  return (table.columnDefinitions ?? []).flatMap(({ name, priority = 0 }, index) =>
    priority > 0 && !isWide ? [] : [{ name: name.toUpperCase(), value: (row: TableRow) => cellText(row.cells[index]) }],
  );
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined || cell === '') return '<none>';
  if (Array.isArray(cell)) return cell.join(',');
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell as string | number | boolean);
}
