import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import { formatApiVersion, parseApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import {
  alreadyExists,
  applyConflict,
  badRequest,
  invalid,
  requestTooLarge,
  unclassified,
  unsupportedMediaType,
} from '../errors/api-errors.ts';
import { ApiError } from '../errors/status.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import type { PatchOutcome } from '../patch/patch-outcome.ts';
import { applyConfiguration } from '../patch/server-side-apply.ts';
import { applyStrategicMerge } from '../patch/strategic-merge.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { createObject, type WriteOutcome } from './create.ts';
import { decodeDraft } from './draft.ts';
import { findingsOf, type BodySource } from './duplicate-fields.ts';
import { cloneJson, isRecord } from '../patch/json-value.ts';
import { timestamp } from './object-meta.ts';
import { jsonProblem, parseYamlBody, readBytes } from './request-body.ts';
import { updateObject, type Proposal } from './update.ts';
import { isBuiltIn, type WriteDeps } from './write-deps.ts';
import type { WriteOptions } from './write-options.ts';

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
  applyCbor: 'application/apply-patch+cbor',
} as const;

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** A patch as it came, parsed. */
export interface PatchBody {
  readonly type: PatchType;
  readonly patch: unknown;
  readonly length: number;
  /** For names that come twice. */
  readonly source?: BodySource | undefined;
}

/** Throws 400, 413 and 415. */
export async function readPatch(deps: WriteDeps, request: ResourceRequest): Promise<PatchBody> {
  const { exchange, kind } = request;
  const type = patchTypeOf(mediaTypeOf(exchange.headers['content-type']), kind);
  if (type === undefined) {
    exchange.bodyStream().resume();
    throw unsupportedMediaType(acceptedTypes(kind));
  }
  const bytes = await readBytes(exchange, deps.limits.bodyBytesMax);
  if (type === 'apply') {
    const { value, length, source } = parseYamlBody(bytes, kind.kind);
    return { type, patch: value, length, source };
  }
  const text = bytes.toString('utf8');
  try {
    const patch: unknown = JSON.parse(text);
    const { length } = bytes;
    return type === 'json'
      ? { type, patch, length }
      : { type, patch, length, source: { syntax: 'patch', text, patch } };
  } catch (error) {
    throw badRequest(`error decoding patch: ${jsonProblem(error)}`);
  }
}

function acceptedTypes(kind: KindDefinition): readonly string[] {
  const { json, merge, strategic, apply } = patchTypes;
  return isBuiltIn(kind) ? [json, merge, strategic, apply] : [json, merge, apply];
}

function patchTypeOf(mediaType: string, kind: KindDefinition): PatchType | undefined {
  switch (mediaType) {
    case patchTypes.json:
      return 'json';
    case patchTypes.merge:
      return 'merge';
    case patchTypes.strategic:
      return isBuiltIn(kind) ? 'strategic' : undefined;
    case patchTypes.apply:
      return 'apply';
    default:
      return undefined;
  }
}

export interface PatchResult {
  readonly outcome: WriteOutcome;
  readonly isCreated: boolean;
}

/** All four kinds of patch, through the main door or `status`. */
export async function patchObject(
  deps: WriteDeps,
  request: ResourceRequest,
  options: WriteOptions,
  subresource: '' | 'status',
): Promise<PatchResult> {
  const body = await readPatch(deps, request);
  if (body.type === 'apply') return applyObject(deps, request, options, subresource, body);
  if (options.isForced) {
    throw invalid('meta.k8s.io', 'PatchOptions', '', [
      { field: 'force', reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch' },
    ]);
  }
  const outcome = await updateObject(deps, {
    request,
    options,
    subresource,
    bodyBytes: body.length,
    propose: (current) => ({ draft: patchedDraft(request, options, body, current) }),
  });
  return { outcome, isCreated: false };
}

function patchedDraft(request: ResourceRequest, options: WriteOptions, body: PatchBody, current: KubeObject) {
  const { kind } = request;
  const patched = patchedValue(kind, request, body, current);
  checkIdentity(request, patched);
  // What the patch left alone is shared with the stored object: the draft must be private.
  return decodeDraft(cloneJson(patched), kind, options.fieldValidation, request.warnings, {
    source: body.source,
    refuse: (why) => invalidPatch(patched, why),
  });
}

/** A patch that is refused for unknown fields and duplicates is a bad value, not a bad request. */
function invalidPatch(patched: Readonly<Record<string, unknown>>, why: string): ApiError {
  const value = JSON.stringify(JSON.stringify(patched));
  return invalid('', '', '', [
    { field: 'patch', reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${why}` },
  ]);
}

/** A patch can't rename or move. */
function checkIdentity({ route }: ResourceRequest, patched: Readonly<Record<string, unknown>>): void {
  const metadata = isRecord(patched['metadata']) ? patched['metadata'] : {};
  const { name, namespace } = metadata;
  if (name !== route.name) {
    throw badRequest(`the name of the object (${textOf(name)}) does not match the name on the URL (${route.name})`);
  }
  if ((namespace ?? '') !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** The object with the patch applied; throws 400, 413 or 422. */
export function patchedValue(
  kind: KindDefinition,
  request: Pick<ResourceRequest, 'route'>,
  body: PatchBody,
  current: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const outcome = runPatch(kind, body, current);
  if (outcome.kind === 'patched') return outcome.object;
  switch (outcome.code) {
    case 'malformed':
      throw badRequest(outcome.message);
    case 'too-large':
      throw requestTooLarge(outcome.message);
    case 'invalid':
      throw unprocessable(outcome.message);
  }
}

function runPatch(kind: KindDefinition, body: PatchBody, current: Readonly<Record<string, unknown>>): PatchOutcome {
  switch (body.type) {
    case 'json':
      return applyJsonPatch(current, body.patch);
    case 'merge':
      return applyMergePatch(current, body.patch);
    case 'strategic':
      return applyStrategicMerge(current, body.patch, kind.schema());
    case 'apply':
      return { kind: 'failed', code: 'malformed', message: 'server-side apply is not a plain patch' };
  }
}

function unprocessable(message: string): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Invalid',
    details: {},
    code: 422,
  });
}

async function applyObject(
  deps: WriteDeps,
  request: ResourceRequest,
  options: WriteOptions,
  subresource: '' | 'status',
  body: PatchBody,
): Promise<PatchResult> {
  if ((request.parameters?.get('fieldManager') ?? '') === '') {
    throw invalid('meta.k8s.io', 'PatchOptions', '', [
      { field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' },
    ]);
  }
  // Unknown fields are told from what was sent, not from the merged object.
  const applied = isRecord(body.patch) ? body.patch : {};
  checkApplied(request, applied);
  const clean = decodeDraftForApply(request, options, applied);
  const create = async (): Promise<PatchResult> => {
    const { draft, managedFields } = proposeApply(deps, request, options, subresource, clean, undefined);
    checkDuplicates(request, options, body);
    const outcome = await createObject(deps, { request, draft, options, bodyBytes: body.length, managedFields });
    return { outcome, isCreated: true };
  };
  const isMissing = deps.source.get(request.resource, request.route.namespace, request.route.name) === undefined;
  if (isMissing && subresource === '') {
    try {
      return await create();
    } catch (error) {
      // Somebody else created it in the meantime: then it is an update.
      const isRace =
        error instanceof ApiError && error.status.reason === alreadyExists(request.resource, '').status.reason;
      if (!isRace) throw error;
    }
  }
  const outcome = await updateObject(deps, {
    request,
    options,
    subresource,
    bodyBytes: body.length,
    propose: (current) => {
      const proposal = proposeApply(deps, request, options, subresource, clean, current);
      checkDuplicates(request, options, body);
      return proposal;
    },
  });
  return { outcome, isCreated: false };
}

function checkApplied({ route, kind }: ResourceRequest, applied: Readonly<Record<string, unknown>>): void {
  const apiVersion = formatApiVersion(kind.group, kind.version);
  if (applied['apiVersion'] !== apiVersion || applied['kind'] !== kind.kind) {
    const { group, version } = parseApiVersion(textOf(applied['apiVersion']));
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${textOf(applied['kind'])}`);
  }
  const metadata = isRecord(applied['metadata']) ? applied['metadata'] : {};
  const { name, namespace } = metadata;
  if (typeof name === 'string' && name !== '' && name !== route.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${route.name})`);
  }
  if (typeof namespace === 'string' && namespace !== '' && namespace !== route.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Checks types and unknown fields without filling in defaults: defaults aren't part of what the client applies. */
function decodeDraftForApply(
  request: ResourceRequest,
  options: WriteOptions,
  applied: Record<string, unknown>,
): unknown {
  decodeDraft(cloneJson(applied), request.kind, options.fieldValidation, request.warnings);
  return applied;
}

/** kube-apiserver looks for duplicates once it knows that the configuration can be applied. */
function checkDuplicates(
  request: ResourceRequest,
  { fieldValidation }: WriteOptions,
  { source, patch }: PatchBody,
): void {
  if (fieldValidation === 'Ignore') return;
  const { errors, warnings } = findingsOf(source, patch, [], true);
  if (fieldValidation === 'Strict' && errors.length > 0) {
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${errors.join(', ')}`);
  }
  request.warnings.push(...warnings);
}

function proposeApply(
  deps: WriteDeps,
  request: ResourceRequest,
  options: WriteOptions,
  subresource: '' | 'status',
  applied: unknown,
  live: KubeObject | undefined,
): Proposal & { readonly managedFields: NonNullable<Proposal['managedFields']> } {
  const { kind, route } = request;
  const outcome = applyConfiguration({
    live,
    applied: withName(applied, route.name),
    manager: options.manager,
    force: options.isForced,
    apiVersion: formatApiVersion(kind.group, kind.version),
    kind: kind.kind,
    subresource: subresource === '' ? undefined : subresource,
    nowIso: timestamp(deps.now()),
    schema: kind.schema(),
    hasStatusSubresource: kind.subresources.status === true,
    isBuiltIn: isBuiltIn(kind),
  });
  switch (outcome.kind) {
    case 'applied': {
      const draft = decodeDraft(cloneJson(outcome.object), kind, 'Ignore', []);
      return { draft, managedFields: outcome.object.metadata.managedFields ?? [] };
    }
    case 'conflicts':
      throw applyConflict(
        outcome.message,
        outcome.conflicts.map(({ field, message }) => ({ reason: 'FieldManagerConflict', message, field })),
      );
    case 'failed':
      throw outcome.code === 'malformed' ? malformedApply(outcome.message) : unprocessable(outcome.message);
  }
}

/** kube-apiserver doesn't classify what its merge library can't read. */
function malformedApply(message: string): ApiError {
  return message.startsWith('failed to create typed patch object') ? unclassified(message) : badRequest(message);
}

function withName(applied: unknown, name: string): unknown {
  if (!isRecord(applied)) return applied;
  const metadata = isRecord(applied['metadata']) ? applied['metadata'] : {};
  return { ...applied, metadata: { ...metadata, name } };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
