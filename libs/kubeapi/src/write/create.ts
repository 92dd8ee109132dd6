import type { FieldError, MutableKubeObject } from '@flotilla/kinds/kind-definition';
import { validateMetadata } from '@flotilla/kinds/metadata-validation';
import { formatApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';
import { runMutations, runValidations, type AdmissionRequest } from '../admission/admission.ts';
import { alreadyExists, badRequest, invalid, unclassified } from '../errors/api-errors.ts';
import { inVersionOf } from '../read/object-bytes.ts';
import { recordUpdate } from '../patch/managed-fields.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { sealed, stampCreation, timestamp } from './object-meta.ts';
import { storedDraft, storedRequest, withStoredDefaults } from './stored-version.ts';
import { checkSize, commitOne, isBuiltIn, writeContext, type WriteDeps } from './write-deps.ts';
import type { WriteOptions } from './write-options.ts';

export type WriteOutcome =
  | { readonly kind: 'stored'; readonly stored: StoredObject }
  /** Dry run: what would have been stored. */
  | { readonly kind: 'dry-run'; readonly object: KubeObject }
  /** The write took away what held a deleted object. */
  | { readonly kind: 'gone'; readonly object: KubeObject };

export interface CreateInput {
  readonly request: ResourceRequest;
  readonly draft: MutableKubeObject;
  readonly options: WriteOptions;
  readonly bodyBytes: number;
  /** Server-side apply computes its own. */
  readonly managedFields?: KubeObject['metadata']['managedFields'];
}

const generateTries = 8;
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Admits, stamps, validates and stores a new object. Throws 404 (namespace), 409, 413, 422 and what admission says. */
export async function createObject(deps: WriteDeps, input: CreateInput): Promise<WriteOutcome> {
  const { options } = input;
  const { kind: requested } = input.request;
  const { metadata } = input.draft;
  const prefix = typeof metadata['generateName'] === 'string' ? metadata['generateName'] : '';
  const isGenerated = (metadata['name'] === undefined || metadata['name'] === '') && prefix !== '';
  checkIdentity(input.request, input.draft);
  if (isGenerated) metadata['name'] = generatedName(prefix, deps.newUid());

  const nowMs = deps.now();
  trackFields(input, nowMs);
  const request = storedRequest(input.request);
  const draft = storedDraft(input.draft, requested);
  const admission = admissionRequest(request, options, draft);
  const mutating = runMutations(deps.admission, admission, draft);
  if (mutating !== undefined) await mutating;

  stampCreation(draft, request.kind, request.route.namespace, nowMs, deps.newUid());
  request.kind.prepareForCreate?.(draft, writeContext(deps, request.user.name, nowMs));
  const object = sealed(draft);
  validateNew(request, object);
  const validating = runValidations(deps.admission, admission, object);
  if (validating !== undefined) await validating;
  checkSize(deps, object, input.bodyBytes);
  for (const warning of request.kind.warnings?.(object) ?? []) request.warnings.push(warning);
  return store(deps, input, withStoredDefaults(object, requested), isGenerated ? prefix : undefined);
}

function checkIdentity({ route, kind }: ResourceRequest, draft: MutableKubeObject): void {
  const { metadata } = draft;
  const given = metadata['namespace'];
  if (typeof given === 'string' && given !== '' && given !== route.namespace) {
    throw badRequest(
      kind.isNamespaced
        ? `the namespace of the provided object does not match the namespace sent on the request`
        : `namespace may not be set on cluster-scoped resources`,
    );
  }
  if (kind.isNamespaced && route.namespace === '') {
    throw badRequest('an empty namespace may not be set during creation');
  }
  const version = metadata['resourceVersion'];
  if (typeof version === 'string' && version !== '' && version !== '0') {
    throw unclassified('resourceVersion should not be set on objects to be created');
  }
}

function generatedName(prefix: string, uid: string): string {
  const digits = uid.replaceAll('-', '');
  let suffix = '';
  for (let at = 0; at < 10; at += 2) {
    suffix += suffixAlphabet[Number.parseInt(digits.slice(at, at + 2), 16) % suffixAlphabet.length] ?? 'x';
  }
  return prefix.slice(0, 63 - suffix.length) + suffix;
}

function admissionRequest(request: ResourceRequest, options: WriteOptions, draft: MutableKubeObject): AdmissionRequest {
  const name = draft.metadata['name'];
  return {
    operation: 'CREATE',
    user: request.user,
    kind: request.kind,
    resource: request.resource,
    subresource: '',
    namespace: request.route.namespace,
    name: typeof name === 'string' ? name : '',
    isDryRun: options.isDryRun,
  };
}

function validateNew({ kind }: ResourceRequest, object: KubeObject): void {
  const errors: FieldError[] = [...validateMetadata(object.metadata, kind)];
  const ofKind = kind.validate?.(object, undefined);
  if (ofKind !== undefined && ofKind.length > 0) errors.push(...ofKind);
  if (errors.length > 0) throw invalid(kind.group, kind.kind, object.metadata.name ?? '', errors);
}

/** Ownership is of what the client sent (and defaults made of it), not of what the server adds. */
function trackFields({ request, draft, options, managedFields }: CreateInput, nowMs: number): void {
  const { kind } = request;
  const updated = sealed(draft);
  draft.metadata['managedFields'] =
    managedFields ??
    recordUpdate({
      old: undefined,
      updated,
      manager: options.manager,
      apiVersion: formatApiVersion(kind.group, kind.version),
      nowIso: timestamp(nowMs),
      schema: kind.schema(),
      hasStatusSubresource: kind.subresources.status === true,
      isBuiltIn: isBuiltIn(kind),
    });
}

async function store(
  deps: WriteDeps,
  { request, options }: CreateInput,
  first: KubeObject,
  prefix: string | undefined,
): Promise<WriteOutcome> {
  const { resource, route, kind } = request;
  let object = first;
  for (let tries = 1; ; tries += 1) {
    const name = object.metadata.name ?? '';
    const taken = deps.source.get(resource, route.namespace, name);
    if (taken === undefined) {
      if (options.isDryRun) return { kind: 'dry-run', object: inVersionOf(object, kind) };
      // oxlint-disable-next-line no-await-in-loop
      const result = await commitOne(deps, { resource, namespace: route.namespace, name, object, expect: 0 });
      if (result.kind === 'committed' && result.objects[0] !== undefined)
        return { kind: 'stored', stored: result.objects[0] };
    }
    if (prefix === undefined || tries >= generateTries) {
      throw alreadyExists(resource, name, taken?.object.metadata.deletionTimestamp !== undefined);
    }
    object = { ...object, metadata: { ...object.metadata, name: generatedName(prefix, deps.newUid()) } };
  }
}
