import { methodNotAllowed, pathNotFound } from './errors/api-errors.ts';
import type { ConnectHandler } from './connect/connect-handler.ts';
import { handleGet } from './read/get.ts';
import { handleList } from './read/list.ts';
import { waitUntilCurrent } from './read/resource-version.ts';
import { handleWatch, type WatchDeps } from './read/watch.ts';
import type { ResourceRequest } from './request/resource-request.ts';
import type { SubresourceHandler } from './subresources/subresource-handler.ts';
import { handleScale } from './write/scale.ts';
import type { WriteDeps } from './write/write-deps.ts';
import {
  handleCreate,
  handleDelete,
  handleDeleteCollection,
  handlePatch,
  handleUpdate,
} from './write/write-handlers.ts';

export interface ResourceApiDeps {
  readonly read: WatchDeps;
  readonly write: WriteDeps;
  /** Subresources beyond status and scale: key `pods/eviction`, `serviceaccounts/token`. */
  readonly subresources: ReadonlyMap<string, SubresourceHandler>;
  /** Subresources that are passed through: key `clusters/proxy`. */
  readonly connectors: ReadonlyMap<string, ConnectHandler>;
}

/** Handles a request whose kind is served and whose user may do it. Throws or rejects; every promise in between would cost each request a turn. */
export async function handleResource(deps: ResourceApiDeps, request: ResourceRequest): Promise<void> {
  // A write answers from what is there, too: that something is missing, or has changed. Reads wait by themselves, unless they name a revision.
  const isWrite = !['get', 'list', 'watch'].includes(request.verb);
  if (isWrite && deps.read.untilCurrent !== undefined) await waitUntilCurrent(deps.read);
  return dispatch(deps, request);
}

function dispatch(deps: ResourceApiDeps, request: ResourceRequest): Promise<void> {
  const { route, kind, verb } = request;
  switch (route.subresource) {
    case '':
      return handleObject(deps, request);
    case 'status':
      if (kind.subresources.status === true) return handleStatus(deps, request);
      break;
    case 'scale':
      if (kind.subresources.scale !== undefined) {
        if (verb !== 'get' && verb !== 'update' && verb !== 'patch') throw methodNotAllowed();
        return handleScale(deps.write, request, kind.subresources.scale);
      }
      break;
    default:
      break;
  }
  const key = `${kind.plural}/${route.subresource}`;
  const connector = deps.connectors.get(key);
  if (connector !== undefined) return connector.connect(request);
  const handler = deps.subresources.get(key);
  if (handler === undefined || handler.group !== kind.group) throw pathNotFound();
  return handler.handle(request);
}

function handleObject({ read, write }: ResourceApiDeps, request: ResourceRequest): Promise<void> {
  if (!request.kind.verbs.includes(request.verb) || isMisplaced(request)) throw methodNotAllowed();
  switch (request.verb) {
    case 'get':
      return handleGet(read, request);
    case 'list':
      return handleList(read, request);
    case 'watch':
      return handleWatch(read, request);
    case 'create':
      return handleCreate(write, request);
    case 'update':
      return handleUpdate(write, request, '');
    case 'patch':
      return handlePatch(write, request, '');
    case 'delete':
      return handleDelete(write, request);
    case 'deletecollection':
      return handleDeleteCollection(write, request);
  }
}

/** Objects are created in their collection; everything else but lists and collective deletion needs a name. */
function isMisplaced({ verb, route }: ResourceRequest): boolean {
  const hasName = route.name !== '';
  return verb === 'create' ? hasName : (verb === 'update' || verb === 'patch') && !hasName;
}

function handleStatus({ read, write }: ResourceApiDeps, request: ResourceRequest): Promise<void> {
  switch (request.verb) {
    case 'get':
      return handleGet(read, request);
    case 'update':
      return handleUpdate(write, request, 'status');
    case 'patch':
      return handlePatch(write, request, 'status');
    default:
      throw methodNotAllowed();
  }
}
