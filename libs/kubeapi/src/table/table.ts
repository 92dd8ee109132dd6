import type { KindDefinition, PrinterColumn } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';

/** What each row carries beside its cells: nothing, the object's metadata, or the whole object. */
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
  readonly conditions?: readonly RowCondition[];
  readonly object: unknown;
}

/** Tells clients which rows they may leave out: kubectl hides nothing by it today, others do. */
export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly columnDefinitions: readonly TableColumn[] | null;
  readonly rows: readonly TableRow[];
}

const META_API_VERSION = 'meta.k8s.io/v1';

/** The `meta.k8s.io/v1` Table of some objects: a list, or one object of a get or watch event. */
export function tableOf(
  definition: Pick<KindDefinition, 'columns' | 'printRow'>,
  objects: readonly KubeObject[],
  options: TableOptions,
): Table {
  return {
    kind: 'Table',
    apiVersion: META_API_VERSION,
    metadata: metadataOf(objects, options),
    columnDefinitions: options.withHeaders === false ? null : headersOf(definition),
    rows: objects.map((object) => rowOf(definition, object, options)),
  };
}

/** Reads the `includeObject` query parameter; absent means `Metadata`, anything unknown `undefined` (400). */
export function parseIncludeObject(value: string | null | undefined): IncludeObject | undefined {
  switch (value) {
    case undefined:
    case null:
    case '':
    case 'Metadata':
      return 'Metadata';
    case 'None':
    case 'Object':
      return value;
    default:
      return undefined;
  }
}

function metadataOf(objects: readonly KubeObject[], { listMeta }: TableOptions): Readonly<Record<string, unknown>> {
  const [first] = objects;
  if (listMeta === undefined) {
    const resourceVersion = objects.length === 1 ? first?.metadata.resourceVersion : undefined;
    return resourceVersion === undefined ? {} : { resourceVersion };
  }
  const { resourceVersion, continue: token, remainingItemCount } = listMeta;
  return {
    ...(resourceVersion === undefined || resourceVersion === '' ? undefined : { resourceVersion }),
    ...(token === undefined || token === '' ? undefined : { continue: token }),
    ...(remainingItemCount === undefined ? undefined : { remainingItemCount }),
  };
}

function headersOf({ columns }: Pick<KindDefinition, 'columns'>): readonly TableColumn[] {
  let headers = headersByColumns.get(columns);
  if (headers === undefined) {
    headers = columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format: format ?? '',
      description: description ?? '',
      priority,
    }));
    headersByColumns.set(columns, headers);
  }
  return headers;
}

const headersByColumns = new WeakMap<readonly PrinterColumn[], readonly TableColumn[]>();

function rowOf({ printRow }: Pick<KindDefinition, 'printRow'>, object: KubeObject, options: TableOptions): TableRow {
  const cells = printRow(object, options.nowMs);
  const conditions = conditionsOf(object);
  const included = includedObject(object, options.includeObject);
  return conditions === undefined ? { cells, object: included } : { cells, conditions, object: included };
}

function includedObject(object: KubeObject, include: IncludeObject): unknown {
  switch (include) {
    case 'None':
      return null;
    case 'Metadata':
      return { kind: 'PartialObjectMetadata', apiVersion: META_API_VERSION, metadata: object.metadata };
    case 'Object':
      return object;
  }
}

function conditionsOf({ kind, apiVersion, status }: KubeObject): readonly RowCondition[] | undefined {
  if (kind !== 'Pod' || apiVersion !== 'v1' || typeof status !== 'object' || status === null) return undefined;
  const phase = 'phase' in status ? status.phase : undefined;
  if (phase === 'Succeeded') {
    return [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod has completed successfully.' }];
  }
  if (phase !== 'Failed') return undefined;
  const message = 'The pod failed.';
  return [{ type: 'Completed', status: 'True', reason: phase, message }];
}
