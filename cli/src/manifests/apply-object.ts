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
    throw withRemedy(error, { body, dryRun, namespace });
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

interface Attempt {
  readonly body: KubeObject;
  readonly dryRun: boolean;
  readonly namespace: string | undefined;
}

function withRemedy(error: unknown, { body, dryRun: isDryRun, namespace }: Attempt): unknown {
  if (!(error instanceof StatusError)) return error;
  const { status, code } = error;
  if (code === 413) return tooLarge(error, body);
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

/** The server names its limit in the text alone: `limit is 3145728`. */
function tooLarge(error: StatusError, body: KubeObject): CliError {
  const limit = /limit is (\d+)/.exec(error.message)?.[1];
  const size = mebibytes(Buffer.byteLength(JSON.stringify(body)));
  const most = limit === undefined ? '' : `, and the control plane takes at most ${mebibytes(Number(limit))}`;
  return new CliError(`${body.kind} "${body.metadata.name ?? ''}" is too large: ${size}${most}`, {
    hint: 'Split it into several objects, or keep large data in a volume, an image or object storage',
    cause: error,
  });
}

function mebibytes(bytes: number): string {
  return `${Number((bytes / (1024 * 1024)).toFixed(2))} MiB`;
}
