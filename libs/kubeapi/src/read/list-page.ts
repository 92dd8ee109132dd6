import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';
import { badRequest, expired } from '../errors/api-errors.ts';
import type { ApiLimits } from '../limits.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { exactFieldValue } from '@flotilla/kinds/field-selector';
import { isSelected, parseSelection, type Selection } from '../selectors/selection.ts';
import { formatContinueToken, parseContinueToken } from './continue-token.ts';
import type { ListSnapshots } from './list-snapshots.ts';
import type { ObjectSource } from './object-source.ts';
import { historicList } from './historic-list.ts';
import { checkVersionMatch, parseResourceVersion, waitForRevision, waitUntilCurrent } from './resource-version.ts';

/** One page of a list: everything in it was true at `revision`. */
export interface ListPage {
  readonly items: readonly StoredObject[];
  readonly revision: number;
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

export interface ListDeps {
  readonly store: ObjectStore;
  readonly source: ObjectSource;
  readonly snapshots: ListSnapshots;
  readonly limits: ApiLimits;
  readonly now: () => number;
  /** Resolves when the store has all that the log had at the call. Absent: it always has. */
  readonly untilCurrent?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

const inconsistent = -1;
const expiredMessage =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Reads the page that the request means. Throws 400, 410, 422 and 504 as kube-apiserver does. */
export async function readPage(deps: ListDeps, request: ResourceRequest): Promise<ListPage> {
  const { parameters, kind } = request;
  const selection = parseSelection(parameters, kind);
  const match = checkVersionMatch(parameters, false);
  const limit = parseLimit(parameters);
  const token = parameters?.get('continue') ?? '';
  if (token !== '') return continuePage(deps, request, selection, token, limit);
  const given = parseResourceVersion(parameters, listVersionProblem);
  const wanted = given ?? 0;
  if (given === undefined) await waitUntilCurrent(deps);
  if (wanted > 0) await waitForRevision(deps.store, wanted, deps.limits.freshnessTimeoutMs);
  // With a limit and no match given, a revision has always meant exactly that one.
  const isExact = match === 'Exact' || (match === undefined && limit > 0);
  const isHistoric = wanted > 0 && wanted < deps.store.revision && isExact;
  if (isHistoric) {
    const all = await historicList(deps.source, request.resource, request.route.namespace, wanted);
    return cut(
      deps,
      all.filter((object) => isSelected(selection, object)),
      wanted,
      limit,
      selection,
    );
  }
  // Both in one turn of the event loop: every item is of this revision.
  const revision = deps.source.revision;
  return cut(deps, select(deps.source, request, selection), revision, limit, selection);
}

function listVersionProblem(message: string): Error {
  return badRequest(`invalid resource version: ${message}`);
}

function parseLimit(parameters: URLSearchParams | undefined): number {
  const text = parameters?.get('limit') ?? '';
  if (text === '') return 0;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Math.max(limit, 0);
}

function select(source: ObjectSource, request: ResourceRequest, selection: Selection): readonly StoredObject[] {
  const namespace = request.route.namespace === '' ? undefined : request.route.namespace;
  const name = selection.fields.length === 0 ? undefined : exactFieldValue(selection.fields, 'metadata.name');
  if (name !== undefined && (namespace !== undefined || !request.kind.isNamespaced)) {
    const found = source.get(request.resource, namespace ?? '', name);
    return found !== undefined && isSelected(selection, found) ? [found] : [];
  }
  const all = source.list(request.resource, namespace);
  return selection.isEverything ? all : all.filter((object) => isSelected(selection, object));
}

function continuePage(
  deps: ListDeps,
  request: ResourceRequest,
  selection: Selection,
  text: string,
  limit: number,
): ListPage {
  const version = request.parameters?.get('resourceVersion') ?? '';
  if (version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const token = parseContinueToken(text);
  if (token.revision === inconsistent) {
    const revision = deps.source.revision;
    const rest = afterKey(select(deps.source, request, selection), token.after);
    return cut(deps, rest, revision, limit, selection);
  }
  const snapshot = deps.snapshots.find(token.snapshot, token.revision, deps.now());
  if (snapshot === undefined) {
    throw expired(expiredMessage, formatContinueToken({ revision: inconsistent, snapshot: '', after: token.after }));
  }
  const rest = afterKey(snapshot.items, token.after);
  return cut(deps, rest, snapshot.revision, limit, selection, token.snapshot);
}

/** `items` are selected and in order. A list that needs another page is kept under a new number, or goes on under `snapshot`. */
function cut(
  deps: ListDeps,
  items: readonly StoredObject[],
  revision: number,
  limit: number,
  selection: Selection,
  snapshot?: string,
): ListPage {
  if (limit === 0 || items.length <= limit) return { items, revision };
  const page = items.slice(0, limit);
  const last = page[page.length - 1];
  const id = snapshot ?? deps.snapshots.keep(items, revision, deps.now());
  return {
    items: page,
    revision,
    continueToken: formatContinueToken({ revision, snapshot: id, after: last === undefined ? '' : orderKey(last) }),
    ...(selection.isEverything ? { remainingItemCount: items.length - limit } : {}),
  };
}

function orderKey({ namespace, name }: StoredObject): string {
  return `${namespace}/${name}`;
}

/** Binary search: items are ordered by namespace, then name. */
function afterKey(items: readonly StoredObject[], key: string): readonly StoredObject[] {
  const slash = key.indexOf('/');
  const namespace = key.slice(0, slash);
  const name = key.slice(slash + 1);
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    const isAfter =
      item !== undefined && (item.namespace > namespace || (item.namespace === namespace && item.name > name));
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return items.slice(low);
}
