import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import type { StoredObject } from '@flotilla/store/object-store';
import { badRequest, notFound, unclassified } from '../errors/api-errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Negotiated } from '../http/media-type.ts';
import { respondJsonBytes, respondValue } from '../http/respond.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { parseIncludeObject, tableOf } from '../table/table.ts';
import type { ListHandlerDeps } from './list.ts';
import { partialMetadata } from './object-bytes.ts';
import { parseResourceVersion, waitForRevision, waitUntilCurrent } from './resource-version.ts';

export async function handleGet(deps: ListHandlerDeps, request: ResourceRequest): Promise<void> {
  const wanted = parseResourceVersion(request.parameters, unclassified);
  if (wanted !== undefined && wanted > 0) await waitForRevision(deps.store, wanted, deps.limits.freshnessTimeoutMs);
  if (wanted === undefined) await waitUntilCurrent(deps);
  const found = deps.source.get(request.resource, request.route.namespace, request.route.name);
  if (found === undefined) throw notFound(request.resource, request.route.name);
  respondObject(deps, request, 200, found);
}

/** Answers one object in the form that was asked for. */
export function respondObject(
  deps: Pick<ListHandlerDeps, 'encoder' | 'now'>,
  request: Pick<ResourceRequest, 'exchange' | 'kind' | 'negotiated' | 'parameters' | 'warnings'>,
  status: number,
  stored: StoredObject,
): void {
  const { exchange, kind, negotiated, parameters, warnings } = request;
  if (negotiated.as === 'object' && negotiated.format === 'json') {
    respondJsonBytes(exchange, status, deps.encoder.bytesOf(stored, kind), warnings);
    return;
  }
  const object = deps.encoder.objectOf(stored, kind);
  respondParsed({ exchange, kind, negotiated, parameters, warnings }, status, object, deps.now());
}

/** The same for an object that isn't stored (dry run, Scale). */
export function respondParsed(
  request: {
    readonly exchange: Exchange;
    readonly kind: KindDefinition;
    readonly negotiated: Negotiated;
    readonly parameters: URLSearchParams | undefined;
    readonly warnings: readonly string[];
  },
  status: number,
  object: StoredObject['object'],
  nowMs: number,
): void {
  const { exchange, kind, negotiated, parameters, warnings } = request;
  switch (negotiated.as) {
    case 'object':
      respondValue(exchange, status, object, negotiated.format, warnings);
      return;
    case 'metadata':
      respondValue(exchange, status, partialMetadata(object, negotiated.metaVersion), negotiated.format, warnings);
      return;
    case 'table': {
      const includeObject = parseIncludeObject(parameters?.get('includeObject'));
      if (includeObject === undefined) throw badRequest('unrecognized includeObject value');
      const table = {
        ...tableOf(kind, [object], { includeObject, nowMs }),
        apiVersion: `meta.k8s.io/${negotiated.metaVersion}`,
      };
      respondValue(exchange, status, table, negotiated.format, warnings);
    }
  }
}
