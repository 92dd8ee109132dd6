import type { KindDefinition, PrinterColumn } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** False: `columnDefinitions` is null, as in every watch event after the first. */
  readonly withHeaders?: boolean;
  /** Metadata of the list; absent for a single object or watch event, whose resourceVersion is taken. */
  readonly listMeta?: {
    readonly resourceVersion?: string | undefined;
    readonly continue?: string | undefined;
    readonly remainingItemCount?: number | undefined;
  };
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly conditions?: readonly unknown[];
  readonly object: unknown;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly columnDefinitions: readonly TableColumn[] | null;
  readonly rows: readonly TableRow[];
}

/** The `meta.k8s.io/v1` Table of some objects: a list, or one object of a get or watch event. */
export function tableOf(
  definition: Pick<KindDefinition, 'columns' | 'printRow'>,
  objects: readonly KubeObject[],
  options: TableOptions,
): Table {
  throw new Error(`pending ${definition.columns.length} ${objects.length} ${options.nowMs}`);
}

/** Reads the `includeObject` query parameter; absent means `Metadata`, anything unknown `undefined` (400). */
export function parseIncludeObject(value: string | null | undefined): IncludeObject | undefined {
  throw new Error(`pending ${value}`);
}

export type { PrinterColumn };
