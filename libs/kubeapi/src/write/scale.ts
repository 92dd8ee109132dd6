import type { KindDefinition, ScaleSubresource } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { badRequest, conflict, invalid, notFound } from '../errors/api-errors.ts';
import { respondParsed } from '../read/get.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { cloneJson, isRecord } from '../patch/json-value.ts';
import { patchedValue, readPatch } from './patch.ts';
import { readObject } from './request-body.ts';
import { updateObject } from './update.ts';
import type { WriteDeps } from './write-deps.ts';
import { parseWriteOptions } from './write-options.ts';

/** The `scale` subresource: how many, as `autoscaling/v1` Scale, whatever the kind. */
export async function handleScale(deps: WriteDeps, request: ResourceRequest, scale: ScaleSubresource): Promise<void> {
  const { resource, route, verb } = request;
  if (verb === 'get') {
    const stored = deps.source.get(resource, route.namespace, route.name);
    if (stored === undefined) throw notFound(resource, route.name);
    respondScale(deps, request, scaleOf(stored.object, scale));
    return;
  }
  const options = parseWriteOptions(request);
  const body = verb === 'patch' ? await readPatch(deps, request) : undefined;
  const given = body === undefined ? await readObject(request.exchange, deps.limits.bodyBytesMax, 'Scale') : undefined;
  if (body?.type === 'apply') throw badRequest('server-side apply is not supported on the scale subresource');
  const outcome = await updateObject(deps, {
    request: { ...request, verb: 'patch' },
    options,
    subresource: 'scale',
    bodyBytes: body?.length ?? 0,
    propose(current) {
      const scaleNow = scaleOf(current, scale);
      const wanted =
        body === undefined ? given?.value : patchedValue(scalePatchKind(request.kind), request, body, scaleNow);
      const draft = cloneJson(current) as Parameters<NonNullable<KindDefinition['applyDefaults']>>[0];
      draft.metadata['resourceVersion'] = versionOf(request, wanted);
      writePath(draft, scale.specReplicasPath, replicasOf(request, wanted));
      return { draft };
    },
  });
  respondScale(deps, request, scaleOf(outcome.kind === 'stored' ? outcome.stored.object : outcome.object, scale));
}

/** A Scale has no lists to merge by key: a strategic patch of it is a merge patch of any kind. */
function scalePatchKind(kind: KindDefinition): KindDefinition {
  return { ...kind, schema: () => ({ kind: 'any' }) };
}

function respondScale(deps: WriteDeps, request: ResourceRequest, object: KubeObject): void {
  const { exchange, kind, parameters, warnings } = request;
  const negotiated = { ...request.negotiated, as: 'object' as const };
  respondParsed({ exchange, kind, negotiated, parameters, warnings }, 200, object, deps.now());
}

function scaleOf(object: KubeObject, scale: ScaleSubresource): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(
    scale.labelSelectorPath === undefined ? undefined : readPath(object, scale.labelSelectorPath),
  );
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: replicasField(readPath(object, scale.specReplicasPath)),
    status: {
      replicas: Number(readPath(object, scale.statusReplicasPath) ?? 0),
      ...(selector === undefined ? {} : { selector }),
    },
  };
}

function replicasField(value: unknown): { readonly replicas?: number } {
  return typeof value === 'number' && value !== 0 ? { replicas: value } : {};
}

/** Built-in kinds keep a LabelSelector, custom ones a string. */
function selectorText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  const labels = isRecord(value['matchLabels'])
    ? value['matchLabels']
    : 'matchExpressions' in value
      ? {}
      : isPlainLabels(value);
  const terms = Object.entries(labels)
    .map(([key, text]) => `${key}=${String(text)}`)
    .toSorted();
  const expressions = Array.isArray(value['matchExpressions']) ? value['matchExpressions'].filter(isRecord) : [];
  for (const { key, operator, values } of expressions) {
    const list = Array.isArray(values) ? values.map(String).toSorted().join(',') : '';
    if (operator === 'Exists') terms.push(String(key));
    else if (operator === 'DoesNotExist') terms.push(`!${String(key)}`);
    else terms.push(`${String(key)} ${operator === 'In' ? 'in' : 'notin'} (${list})`);
  }
  return terms.join(',');
}

/** ReplicationControllers select by a plain map. */
function isPlainLabels(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return 'matchLabels' in value ? {} : value;
}

function replicasOf({ route }: ResourceRequest, wanted: unknown): number {
  const spec = isRecord(wanted) && isRecord(wanted['spec']) ? wanted['spec'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0) return replicas;
  throw invalid('autoscaling', 'Scale', route.name, [
    {
      field: 'spec.replicas',
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`,
    },
  ]);
}

function versionOf({ resource, route }: ResourceRequest, wanted: unknown): unknown {
  const metadata = isRecord(wanted) && isRecord(wanted['metadata']) ? wanted['metadata'] : {};
  const name = metadata['name'];
  if (typeof name === 'string' && name !== '' && name !== route.name) {
    throw conflict(resource, route.name, `the name of the Scale (${name}) does not match the name on the URL`);
  }
  return metadata['resourceVersion'];
}

function readPath(value: unknown, path: readonly string[]): unknown {
  let at: unknown = value;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  return at;
}

function writePath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    const record: Record<string, unknown> = isRecord(next) ? next : {};
    at[key] = record;
    at = record;
  }
  const last = path[path.length - 1];
  if (last !== undefined) at[last] = value;
}
