import { formatApiVersion } from '@flotilla/kinds/kube-object';
import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import { badRequest, notFound } from '../errors/api-errors.ts';
import { success } from '../errors/status.ts';
import { respondObject, respondParsed } from '../read/get.ts';
import { respondJsonBytes, respondValue } from '../http/respond.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { isSelected, parseSelection } from '../selectors/selection.ts';
import { createObject, type WriteOutcome } from './create.ts';
import { deleteObject } from './delete.ts';
import { readDeleteOptions, type DeleteOptions } from './delete-options.ts';
import { decodeDraft } from './draft.ts';
import { isRecord } from '../patch/json-value.ts';
import { patchObject } from './patch.ts';
import { readObject } from './request-body.ts';
import { updateObject } from './update.ts';
import type { WriteDeps } from './write-deps.ts';
import { parseWriteOptions } from './write-options.ts';

/** Deletions of one deletecollection that run at the same time. */
const deletionsInFlight = 32;

export async function handleCreate(deps: WriteDeps, request: ResourceRequest): Promise<void> {
  const options = parseWriteOptions(request);
  const { value, length, source } = await readObject(request.exchange, deps.limits.bodyBytesMax, request.kind.kind);
  const draft = decodeDraft(value, request.kind, options.fieldValidation, request.warnings, { source });
  respondOutcome(deps, request, 201, await createObject(deps, { request, draft, options, bodyBytes: length }));
}

export async function handleUpdate(
  deps: WriteDeps,
  request: ResourceRequest,
  subresource: '' | 'status',
): Promise<void> {
  const options = parseWriteOptions(request);
  const { kind, route, resource } = request;
  const { value, length, source } = await readObject(request.exchange, deps.limits.bodyBytesMax, kind.kind);
  const draft = decodeDraft(value, kind, options.fieldValidation, request.warnings, { source });
  checkName(request, draft.metadata);
  const isMissing = deps.source.get(resource, route.namespace, route.name) === undefined;
  if (isMissing && subresource === '' && kind.allowsCreateOnUpdate) {
    const { uid } = draft.metadata;
    if (typeof uid === 'string' && uid !== '') throw notFound(resource, route.name);
    delete draft.metadata['resourceVersion'];
    respondOutcome(deps, request, 201, await createObject(deps, { request, draft, options, bodyBytes: length }));
    return;
  }
  let isFirst = true;
  const outcome = await updateObject(deps, {
    request,
    options,
    subresource,
    bodyBytes: length,
    propose() {
      // A second try needs a draft that the first one hasn't written to.
      const fresh = isFirst ? draft : decodeDraft(JSON.parse(JSON.stringify(value)), kind, 'Ignore', []);
      isFirst = false;
      return { draft: fresh };
    },
  });
  respondOutcome(deps, request, 200, outcome);
}

function checkName({ route }: ResourceRequest, metadata: Readonly<Record<string, unknown>>): void {
  const { name, namespace } = metadata;
  if (typeof name === 'string' && name !== '' && name !== route.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${route.name})`);
  }
  if (name === undefined || name === '') {
    throw badRequest(`the name of the object (${route.name} based on URL) was undeterminable: name must be provided`);
  }
  if (typeof namespace === 'string' && namespace !== '' && namespace !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

export async function handlePatch(
  deps: WriteDeps,
  request: ResourceRequest,
  subresource: '' | 'status',
): Promise<void> {
  const { outcome, isCreated } = await patchObject(deps, request, parseWriteOptions(request), subresource);
  respondOutcome(deps, request, isCreated ? 201 : 200, outcome);
}

export async function handleDelete(deps: WriteDeps, request: ResourceRequest): Promise<void> {
  const options = await readDeleteOptions(request, deps.limits.bodyBytesMax);
  const { route, resource, exchange, kind, warnings } = request;
  const outcome = await deleteObject(
    deps,
    request,
    withDefaultPropagation(request, options),
    route.name,
    route.namespace,
  );
  switch (outcome.kind) {
    case 'deleted': {
      if (returnsDeletedObject(kind)) {
        respondObject(deps, request, 200, outcome.last);
        return;
      }
      const uid = outcome.last.object.metadata.uid ?? '';
      const group = resource.group === '' ? {} : { group: resource.group };
      respondValue(
        exchange,
        200,
        success({ name: route.name, ...group, kind: resource.resource, uid }),
        'json',
        warnings,
      );
      return;
    }
    case 'marked':
      respondObject(deps, request, 200, outcome.stored);
      return;
    case 'dry-run': {
      const { metadata } = outcome.object;
      const group = resource.group === '' ? {} : { group: resource.group };
      respondValue(
        exchange,
        200,
        success({ name: route.name, ...group, kind: resource.resource, uid: metadata.uid ?? '' }),
      );
    }
  }
}

/** Some old kinds keep their dependents unless told otherwise. */
function withDefaultPropagation({ kind, warnings }: ResourceRequest, options: DeleteOptions): DeleteOptions {
  if (options.propagation !== undefined) return options;
  if (kind.group === 'batch' && kind.kind === 'Job') {
    warnings.push(
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    );
    return { ...options, propagation: 'Orphan' };
  }
  return kind.group === '' && kind.kind === 'ReplicationController' ? { ...options, propagation: 'Orphan' } : options;
}

const returningKinds: ReadonlySet<string> = new Set([
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'PodTemplate',
  'ResourceQuota',
  'Service',
  'ServiceAccount',
]);

/** A few core kinds answer a deletion with the object, for reasons lost in time. */
function returnsDeletedObject(kind: KindDefinition): boolean {
  return kind.group === '' && returningKinds.has(kind.kind);
}

/** Deletes what is selected at this moment; objects that go by another hand meanwhile are fine. */
export async function handleDeleteCollection(deps: WriteDeps, request: ResourceRequest): Promise<void> {
  const options = await readDeleteOptions(request, deps.limits.bodyBytesMax);
  const { route, resource, kind, parameters } = request;
  const selection = parseSelection(parameters, kind);
  const revision = deps.source.revision;
  const selected = deps.source
    .list(resource, route.namespace === '' ? undefined : route.namespace)
    .filter((object) => isSelected(selection, object));
  const queue = selected.values();
  const worker = async (): Promise<void> => {
    for (const stored of queue) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        await deleteObject(deps, request, options, stored.name, stored.namespace);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(deletionsInFlight, selected.length) }, worker));
  respondValue(request.exchange, 200, {
    kind: kind.listKind,
    apiVersion: formatApiVersion(kind.group, kind.version),
    metadata: { resourceVersion: String(revision) },
    items: selected.map((stored) => deps.encoder.objectOf(stored, kind)),
  });
}

function isNotFound(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error)) return false;
  return isRecord(error.status) && error.status['code'] === 404;
}

export function respondOutcome(deps: WriteDeps, request: ResourceRequest, status: number, outcome: WriteOutcome): void {
  const { exchange, kind, negotiated, parameters, warnings } = request;
  if (outcome.kind === 'stored') {
    if (negotiated.as === 'object' && negotiated.format === 'json') {
      respondJsonBytes(exchange, status, deps.encoder.bytesOf(outcome.stored, kind), warnings);
      return;
    }
    respondObject(deps, request, status, outcome.stored);
    return;
  }
  respondParsed({ exchange, kind, negotiated, parameters, warnings }, status, outcome.object, deps.now());
}
