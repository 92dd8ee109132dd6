/** Asking the control plane for objects: as tables or as they are, page by page. */
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import type { ServedKind } from '../discovery.ts';
import { explained } from './get-object.ts';
import { tableAccept } from './table.ts';
import type { ServerTable, TableRow } from './table.ts';

export interface GetOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly watch?: boolean;
  readonly headers: boolean;
  readonly output?: 'wide' | 'json' | 'yaml' | 'name';
}

/** One question to the server: a kind, and all or one of its objects. */
export interface Target {
  readonly kind: ServedKind;
  readonly path: string;
  readonly name?: string;
}

const pageSize = 500;

/** Who manages which field is long and seldom wanted. */
export function shown(object: KubeObject): KubeObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export interface Paged {
  readonly items?: readonly KubeObject[];
  readonly metadata?: { readonly continue?: string };
}

export async function* pages<Page extends Paged>(
  { client }: ControlPlane,
  target: Target,
  options: GetOptions,
  accept?: string,
): AsyncIterable<Page> {
  let next = '';
  do {
    const page = await client.get<Page>(
      `${target.path}?${listQuery(options, { limit: String(pageSize), continue: next })}`,
      accept,
    );
    yield page;
    next = page.metadata?.continue ?? '';
  } while (next !== '');
}

export function listQuery(options: GetOptions, extra: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ includeObject: 'Object' });
  if (options.selector !== undefined) query.set('labelSelector', options.selector);
  if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
  for (const [key, value] of Object.entries(extra)) if (value !== '') query.set(key, value);
  return query.toString();
}

export interface ReadTable {
  readonly target: Target;
  readonly table: ServerTable;
  readonly rows: readonly TableRow[];
}

export async function readTable(controlPlane: ControlPlane, target: Target, options: GetOptions): Promise<ReadTable> {
  if (target.name !== undefined) {
    try {
      const table = await controlPlane.client.get<ServerTable>(`${target.path}?includeObject=Object`, tableAccept);
      return { target, table, rows: table.rows ?? [] };
    } catch (error) {
      throw await explained(controlPlane, target.kind, controlPlane.namespace, target.name, error);
    }
  }
  let first: ServerTable | undefined;
  const rows: TableRow[] = [];
  for await (const page of pages<ServerTable>(controlPlane, target, options, tableAccept)) {
    first ??= page;
    rows.push(...(page.rows ?? []));
  }
  return { target, table: first ?? { kind: 'Table' }, rows };
}
