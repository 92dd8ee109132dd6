import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';
import { runValidations } from '../admission/admission.ts';
import { conflict, forbidden, notFound } from '../errors/api-errors.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import type { DeleteOptions } from './delete-options.ts';
import { graceSeconds } from './graceful-deletion.ts';
import { timestamp } from './object-meta.ts';
import { customResourceCleanup, hasSpecFinalizers, isFinished } from './update.ts';
import type { WriteDeps } from './write-deps.ts';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

export type DeleteOutcome =
  | { readonly kind: 'deleted'; readonly last: StoredObject }
  /** Marked; it goes when its finalizers or its grace period are over. */
  | { readonly kind: 'marked'; readonly stored: StoredObject }
  | { readonly kind: 'dry-run'; readonly object: KubeObject };

/** Deletes or marks one object. Throws 404, 409 and what admission says. */
export async function deleteObject(
  deps: WriteDeps,
  request: ResourceRequest,
  options: DeleteOptions,
  name: string,
  namespace: string,
): Promise<DeleteOutcome> {
  const { resource, kind } = request;
  for (let tries = 1; ; tries += 1) {
    const stored = deps.source.get(resource, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    if (deps.source.isVirtual(resource, namespace, name)) {
      throw forbidden(resource, name, 'this object is computed by the control plane and cannot be deleted');
    }
    checkPreconditions(request, options, stored);
    const admission = {
      operation: 'DELETE' as const,
      user: request.user,
      kind,
      resource,
      subresource: '',
      namespace,
      name,
      old: stored.object,
      isDryRun: options.isDryRun,
    };
    const validating = runValidations(deps.admission, admission, undefined);
    // oxlint-disable-next-line no-await-in-loop
    if (validating !== undefined) await validating;
    const marked = mark(stored.object, options, deps.now());
    if (marked === stored.object && !isFinished(marked)) return { kind: 'marked', stored };
    if (options.isDryRun) return { kind: 'dry-run', object: stored.object };
    const isGone = isFinished(marked);
    // oxlint-disable-next-line no-await-in-loop
    const result = await deps.store.commit([
      {
        resource,
        namespace,
        name,
        object: isGone ? lastState(stored.object, marked) : marked,
        expect: stored.revision,
        isDelete: isGone,
      },
    ]);
    if (result.kind === 'committed' && result.objects[0] !== undefined) {
      return isGone ? { kind: 'deleted', last: result.objects[0] } : { kind: 'marked', stored: result.objects[0] };
    }
    if (tries >= deps.limits.conflictRetriesMax) throw conflict(resource, name);
  }
}

/** An object without finalizers goes as it was: watchers see no deletionTimestamp, as in Kubernetes. */
function lastState(old: KubeObject, marked: KubeObject): KubeObject {
  return withoutRevision(old.metadata.deletionTimestamp === undefined ? old : marked);
}

function withoutRevision(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function checkPreconditions(
  { resource, kind }: ResourceRequest,
  options: DeleteOptions,
  { object, name }: StoredObject,
): void {
  const { uid, resourceVersion } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`;
    throw conflict({ ...resource, resource: kind.kind }, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`;
    throw conflict({ ...resource, resource: kind.kind }, name, why);
  }
}

/** The object on its way out; itself when this deletion adds nothing. */
function mark(object: KubeObject, options: DeleteOptions, nowMs: number): KubeObject {
  if (object.kind === 'Namespace' && object.apiVersion === 'v1') return markNamespace(object, nowMs);
  const finalizers = finalizersFor(object, options);
  const grace = graceSeconds(object, options.gracePeriodSeconds);
  const before = object.metadata;
  const isMarked = before.deletionTimestamp !== undefined;
  const isSooner = isMarked && grace < (before.deletionGracePeriodSeconds ?? 0);
  if (isMarked && finalizers === before.finalizers && !isSooner) return object;
  const { finalizers: _, resourceVersion: _revision, ...metadata } = before;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(isMarked && !isSooner
        ? {}
        : { deletionTimestamp: timestamp(nowMs + grace * 1000), deletionGracePeriodSeconds: grace }),
      ...(isMarked || before.generation === undefined ? {} : { generation: before.generation + 1 }),
      ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    },
  };
}

/** Namespaces end in two steps: marked here, emptied and let go by the namespace controller. */
function markNamespace(object: KubeObject, nowMs: number): KubeObject {
  if (object.metadata.deletionTimestamp !== undefined && hasSpecFinalizers(object)) return object;
  const { resourceVersion: _, ...metadata } = object.metadata;
  const status = object['status'] as Readonly<Record<string, unknown>> | undefined;
  return {
    ...object,
    metadata: { ...metadata, deletionTimestamp: metadata.deletionTimestamp ?? timestamp(nowMs) },
    status: { ...status, phase: 'Terminating' },
  };
}

function withCleanup({ kind, metadata }: KubeObject): readonly string[] | undefined {
  const { finalizers } = metadata;
  if (kind !== 'CustomResourceDefinition' || metadata.deletionTimestamp !== undefined) return finalizers;
  return finalizers?.includes(customResourceCleanup) === true
    ? finalizers
    : [...(finalizers ?? []), customResourceCleanup];
}

function finalizersFor(object: KubeObject, { propagation }: DeleteOptions): readonly string[] | undefined {
  const current = withCleanup(object);
  if (propagation === undefined) return current;
  const wanted = propagation === 'Foreground' ? foregroundFinalizer : propagation === 'Orphan' ? orphanFinalizer : '';
  const rest = (current ?? []).filter((one) => one !== foregroundFinalizer && one !== orphanFinalizer);
  const next = wanted === '' ? rest : [...rest, wanted];
  const isSame = next.length === (current?.length ?? 0) && next.every((one) => current?.includes(one) === true);
  return isSame ? current : next;
}
