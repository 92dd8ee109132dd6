import { isDeepStrictEqual } from 'node:util';

import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import type { ServedKind } from '../discovery.ts';
import { CliError, StatusError } from '../errors.ts';
import type { ObjectTarget } from './targeting.ts';

export interface Applied {
  readonly kind: ServedKind;
  readonly object: KubeObject;
  readonly verb: 'created' | 'configured' | 'unchanged';
}

export interface ApplyObjectOptions {
  readonly forceConflicts?: boolean;
  readonly dryRun?: boolean;
}

const fieldManager = 'flotilla';

/** Server-side apply of one object. */
export async function applyObject(
  { client }: ControlPlane,
  { kind, path, namespace }: ObjectTarget,
  object: KubeObject,
  { forceConflicts = false, dryRun = false }: ApplyObjectOptions,
): Promise<Applied> {
  const before = await client.find<KubeObject>(path);
  const query = new URLSearchParams({ fieldManager, force: String(forceConflicts), fieldValidation: 'Strict' });
  if (dryRun) query.set('dryRun', 'All');
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const body = { ...object, metadata: namespace === undefined ? metadata : { ...metadata, namespace } };
  try {
    const answer = await client.send<KubeObject>({
      method: 'PATCH',
      path: `${path}?${query.toString()}`,
      contentType: 'application/apply-patch+yaml',
      body,
    });
    return { kind, object: answer.body, verb: verbFor(before, answer.body) };
  } catch (error) {
    throw withRemedy(error, dryRun, namespace);
  }
}

function verbFor(before: KubeObject | undefined, after: KubeObject): Applied['verb'] {
  if (before === undefined) return 'created';
  return isDeepStrictEqual(withoutBookkeeping(before), withoutBookkeeping(after)) ? 'unchanged' : 'configured';
}

function withoutBookkeeping(object: KubeObject): KubeObject {
  const {
    managedFields: _managedFields,
    resourceVersion: _resourceVersion,
    generation: _generation,
    ...metadata
  } = object.metadata;
  const { status: _status, ...rest } = object;
  return { ...rest, metadata } as KubeObject;
}

function withRemedy(error: unknown, isDryRun: boolean, namespace: string | undefined): unknown {
  if (!(error instanceof StatusError)) return error;
  const { status, code } = error;
  if (code === 409 && (status.details?.causes ?? []).some(({ reason }) => reason === 'FieldManagerConflict')) {
    const fields = (status.details?.causes ?? []).map(({ field, message }) => `  ${field ?? ''}: ${message ?? ''}`);
    return new CliError('other managers have set some of its fields to something else', {
      hint: 'Leave these fields out, or take them over with --force-conflicts',
      details: fields,
      cause: error,
    });
  }
  if (code === 404 && status.details?.kind === 'namespaces') {
    const hint = isDryRun
      ? 'In a dry run nothing is created, so objects of a new namespace cannot be checked'
      : `Create it first: a manifest of kind Namespace named ${namespace ?? ''} in the same files will do`;
    return new CliError(`namespace "${namespace ?? ''}" does not exist`, { hint, cause: error });
  }
  return error;
}
