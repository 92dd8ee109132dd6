import type { FieldError, MutableKubeObject } from '@flotilla/kinds/kind-definition';
import { validateMetadataUpdate } from '@flotilla/kinds/metadata-validation';
import { formatApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { runMutations, runValidations, type AdmissionRequest } from '../admission/admission.ts';
import { conflict, forbidden, invalid, notFound, unclassified } from '../errors/api-errors.ts';
import { inVersionOf } from '../read/object-bytes.ts';
import { recordUpdate } from '../patch/managed-fields.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import type { WriteOutcome } from './create.ts';
import { isNoChange, isSpecChanged, sealed, stampUpdate, timestamp } from './object-meta.ts';
import { storedDraft, storedRequest, withStoredDefaults } from './stored-version.ts';
import { checkSize, commitOne, isBuiltIn, writeContext, type WriteDeps } from './write-deps.ts';
import type { WriteOptions } from './write-options.ts';

/** What a change comes to, given the object as it is now in the requested version. Called again after a lost race. */
export interface Proposal {
  /** Private to the update. `metadata.resourceVersion`, when set, must be the current one. */
  readonly draft: MutableKubeObject;
  /** Set by server-side apply, which computes its own. */
  readonly managedFields?: KubeObject['metadata']['managedFields'];
}

export interface UpdateInput {
  readonly request: ResourceRequest;
  readonly options: WriteOptions;
  /** Which door: '' = the object, 'status', or another subresource that writes through the main strategy (`scale`). */
  readonly subresource: string;
  readonly bodyBytes: number;
  readonly propose: (current: KubeObject, stored: StoredObject) => Proposal | Promise<Proposal>;
}

/** Reads, proposes, admits, validates and stores; starts again when another writer was faster and the caller named no revision. */
export async function updateObject(deps: WriteDeps, input: UpdateInput): Promise<WriteOutcome> {
  const { request } = input;
  const { resource, route } = request;
  for (let tries = 1; ; tries += 1) {
    const stored = deps.source.get(resource, route.namespace, route.name);
    if (stored === undefined) throw notFound(resource, route.name);
    if (deps.source.isVirtual(resource, route.namespace, route.name)) {
      throw forbidden(resource, route.name, 'this object is computed by the control plane and cannot be written');
    }
    // Each try starts from what the last one lost to.
    // oxlint-disable-next-line no-await-in-loop
    const outcome = await tryUpdate(deps, input, stored);
    if (outcome !== undefined) return outcome;
    if (tries >= deps.limits.conflictRetriesMax) throw conflict(resource, route.name);
  }
}

/** undefined: lost the race. */
async function tryUpdate(deps: WriteDeps, given: UpdateInput, stored: StoredObject): Promise<WriteOutcome | undefined> {
  const { kind: requested } = given.request;
  const current = deps.encoder.objectOf(stored, requested);
  const proposing = given.propose(current, stored);
  const proposal = proposing instanceof Promise ? await proposing : proposing;
  checkPreconditions(given, proposal.draft, current, stored);

  const input = { ...given, request: storedRequest(given.request) };
  const { request, options, subresource } = input;
  const { resource, route, kind } = request;
  const old = kind === requested ? current : deps.encoder.objectOf(stored, kind);
  const draft = storedDraft(proposal.draft, requested);
  stampUpdate(draft, old);

  const admission: AdmissionRequest = {
    operation: 'UPDATE',
    user: request.user,
    kind,
    resource,
    subresource,
    namespace: route.namespace,
    name: route.name,
    old,
    isDryRun: options.isDryRun,
  };
  const nowMs = deps.now();
  if (subresource === 'status') keepAllButStatus(draft, old);
  trackFields(given, draft, proposal.managedFields, current, nowMs);
  const mutating = runMutations(deps.admission, admission, draft);
  if (mutating !== undefined) await mutating;

  prepare(deps, input, draft, old, nowMs);
  const valid = sealed(draft);
  validateChange(request, subresource, valid, old);
  const validating = runValidations(deps.admission, admission, valid);
  if (validating !== undefined) await validating;

  const updated = withStoredDefaults(valid, requested);
  if (isNoChange(updated, old)) return { kind: 'stored', stored };
  checkSize(deps, updated, input.bodyBytes + stored.bytes.length);
  for (const warning of kind.warnings?.(updated) ?? []) request.warnings.push(warning);
  if (options.isDryRun) {
    return { kind: 'dry-run', object: withRevision(inVersionOf(updated, requested), stored.revision) };
  }
  const result = await commitOne(deps, replacementOf(stored, updated));
  const [written] = result.kind === 'committed' ? result.objects : [];
  if (written === undefined) return undefined;
  return isFinished(updated)
    ? { kind: 'gone', object: withRevision(inVersionOf(updated, requested), written.revision) }
    : { kind: 'stored', stored: written };
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** The write that puts `updated` in the place of `stored`; a deletion, which carries the last state that was stored, when nothing holds it any more. */
export function replacementOf(stored: StoredObject, updated: KubeObject): ObjectWrite {
  const { resource, namespace, name, revision } = stored;
  const isDelete = isFinished(updated);
  const { resourceVersion: _, ...metadata } = isDelete ? stored.object.metadata : updated.metadata;
  const object = { ...(isDelete ? stored.object : updated), metadata };
  return { resource, namespace, name, object, expect: revision, isDelete };
}

/** A deleted object goes with its last finalizer. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if ((deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !(object.kind === 'Namespace' && object.apiVersion === 'v1' && hasSpecFinalizers(object));
}

/** Keeps a CustomResourceDefinition until its objects are gone. */
export const customResourceCleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** Namespaces have finalizers of their own in `spec`. */
export function hasSpecFinalizers(object: KubeObject): boolean {
  const spec = object['spec'] as { readonly finalizers?: readonly string[] } | undefined;
  return (spec?.finalizers?.length ?? 0) > 0;
}

function checkPreconditions(
  { request, options }: UpdateInput,
  draft: MutableKubeObject,
  old: KubeObject,
  stored: StoredObject,
): void {
  const { resource, route, kind, verb } = request;
  const { uid, resourceVersion } = draft.metadata;
  if (typeof uid === 'string' && uid !== '' && uid !== old.metadata.uid) {
    throw conflict(
      resource,
      route.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
    );
  }
  if (typeof resourceVersion === 'string' && resourceVersion !== '' && resourceVersion !== '0') {
    if (!/^\d+$/.test(resourceVersion)) {
      throw unclassified(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
    }
    if (resourceVersion !== String(stored.revision)) throw conflict(resource, route.name);
    return;
  }
  if (verb === 'update' && !kind.allowsUnconditionalUpdate && !options.isForced) {
    throw invalid(kind.group, kind.plural, route.name, [
      {
        field: 'metadata.resourceVersion',
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
}

function prepare(deps: WriteDeps, input: UpdateInput, draft: MutableKubeObject, old: KubeObject, nowMs: number): void {
  const { request, subresource } = input;
  const { kind } = request;
  const hasStatus = kind.subresources.status === true;
  if (subresource === 'status' || isDirect(subresource)) return;
  if (hasStatus) {
    if (old['status'] === undefined) delete draft['status'];
    else draft['status'] = old['status'];
  }
  kind.prepareForUpdate?.(draft, old, writeContext(deps, request.user.name, nowMs));
  if (kind.hasGeneration && isSpecChanged(sealed(draft), old, hasStatus)) {
    draft.metadata['generation'] = (old.metadata.generation ?? 0) + 1;
  }
}

/** Doors that change one field the main door keeps: what they propose is stored as it is. */
function isDirect(subresource: string): boolean {
  return subresource === 'binding' || subresource === 'finalize';
}

function keepAllButStatus(draft: MutableKubeObject, old: KubeObject): void {
  const { status } = draft;
  const { managedFields } = draft.metadata;
  for (const field in draft) if (old[field] === undefined) delete draft[field];
  Object.assign(draft, old);
  draft.metadata = { ...old.metadata, managedFields };
  if (status === undefined) delete draft['status'];
  else draft['status'] = status;
}

function validateChange({ kind }: ResourceRequest, subresource: string, updated: KubeObject, old: KubeObject): void {
  const errors: FieldError[] = [...validateMetadataUpdate(updated.metadata, old.metadata)];
  const ofKind = isDirect(subresource)
    ? undefined
    : subresource === 'status'
      ? kind.validateStatus?.(updated, old)
      : kind.validate?.(updated, old);
  if (ofKind !== undefined && ofKind.length > 0) errors.push(...ofKind);
  if (errors.length > 0) throw invalid(kind.group, kind.kind, updated.metadata.name ?? '', errors);
}

/** Ownership is of what the client changed, not of what the strategy then puts right, and is told in the version that the client speaks. */
function trackFields(
  { request, options, subresource }: UpdateInput,
  draft: MutableKubeObject,
  managedFields: Proposal['managedFields'],
  old: KubeObject,
  nowMs: number,
): void {
  const { kind } = request;
  draft.metadata['managedFields'] =
    managedFields ??
    recordUpdate({
      old,
      updated: inVersionOf(sealed(draft), kind),
      manager: options.manager,
      apiVersion: formatApiVersion(kind.group, kind.version),
      subresource: subresource === '' ? undefined : subresource,
      nowIso: timestamp(nowMs),
      schema: kind.schema(),
      hasStatusSubresource: kind.subresources.status === true,
      isBuiltIn: isBuiltIn(kind),
    });
}
