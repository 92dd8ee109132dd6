/** Query and path parameters of operations, as OpenAPI v3 describes them. kubectl looks for `fieldValidation` and `dryRun` on PATCH. */

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly required?: true;
  readonly schema: { readonly type: 'string' | 'integer' | 'boolean'; readonly uniqueItems: true };
}

type ParameterType = Parameter['schema']['type'];

function query(name: string, type: ParameterType, description: string): Parameter {
  return { name, in: 'query', description, schema: { type, uniqueItems: true } };
}

function path(name: string, description: string): Parameter {
  return { name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } };
}

const dryRun = query('dryRun', 'string', 'All: everything but the write itself happens.');
const fieldManager = query('fieldManager', 'string', 'Name of the writer in managedFields; required for apply.');
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What unknown and duplicate fields mean: Ignore, Warn or Strict.',
);
const force = query('force', 'boolean', 'Takes over fields of other managers; only for apply.');

export const prettyParameter = query('pretty', 'string', 'true: the answer is indented.');

export const namespaceParameter = path('namespace', 'Namespace of the object.');

export function nameParameter(kind: string): Parameter {
  return path('name', `Name of the ${kind}.`);
}

export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation];
export const patchParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation, force];
export const readParameters: readonly Parameter[] = [
  query('resourceVersion', 'string', 'How fresh the answer must be.'),
];

export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds until the object is gone; zero means at once.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'What happens to dependents: Orphan, Background or Foreground.'),
];

export const listParameters: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Asks for BOOKMARK events.'),
  query('continue', 'string', 'Token of the next page.'),
  query('fieldSelector', 'string', 'Selects by fields.'),
  query('labelSelector', 'string', 'Selects by labels.'),
  query('limit', 'integer', 'Most items in one page.'),
  query('resourceVersion', 'string', 'Revision to read at or to watch from.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'A watch begins with what is there, ended by a bookmark.'),
  query('timeoutSeconds', 'integer', 'Seconds until the request ends.'),
  query('watch', 'boolean', 'A stream of changes instead of a list.'),
];
