import type { PodSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { ClusterView } from '../runner/cluster-view.ts';
import { configMaps, secrets } from '../model/resources.ts';

interface Reference {
  readonly resource: ResourceId;
  readonly name: string;
}

/** The first ConfigMap or Secret that a pod can't start without and that isn't there: `configmap "settings" not found`. */
export function missingReference(view: ClusterView, namespace: string, spec: PodSpec): string | undefined {
  for (const { resource, name } of references(spec)) {
    if (view.get(resource, namespace, name) !== undefined) continue;
    return `${resource.resource.slice(0, -1)} "${name}" not found`;
  }
  return undefined;
}

function* references(spec: PodSpec): Generator<Reference> {
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    if (configMap !== undefined) yield* required(configMaps, configMap);
    if (secret !== undefined) yield* required(secrets, { ...secret, name: secret.secretName });
    for (const source of projected?.sources ?? []) {
      const { configMap: map } = source as { readonly configMap?: NamedReference };
      if (map !== undefined) yield* required(configMaps, map);
      if (source.secret !== undefined) yield* required(secrets, source.secret);
    }
  }
  for (const { env = [], envFrom = [] } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    for (const { configMapRef, secretRef } of envFrom) {
      if (configMapRef !== undefined) yield* required(configMaps, configMapRef);
      if (secretRef !== undefined) yield* required(secrets, secretRef);
    }
    for (const { valueFrom } of env) {
      if (valueFrom?.configMapKeyRef !== undefined) yield* required(configMaps, valueFrom.configMapKeyRef);
      if (valueFrom?.secretKeyRef !== undefined) yield* required(secrets, valueFrom.secretKeyRef);
    }
  }
}

interface NamedReference {
  readonly name?: string | undefined;
  readonly optional?: boolean;
}

function* required(resource: ResourceId, reference: NamedReference): Generator<Reference> {
  const { name, optional } = reference;
  if (name !== undefined && optional !== true) yield { resource, name };
}
