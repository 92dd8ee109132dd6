import { isReservedNamespace } from '@flotilla/kinds/karmada/well-known';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';

/** `group/resource/namespace/name`: identifies a template whatever version it is written in. */
export type TemplateKey = string;

export interface TemplateLocation {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
}

export function templateKey({ resource, namespace, name }: TemplateLocation): TemplateKey {
  return `${resource.group}/${resource.resource}/${namespace}/${name}`;
}

export function parseTemplateKey(key: TemplateKey): TemplateLocation {
  const [group = '', resource = '', namespace = '', ...name] = key.split('/');
  return { resource: { group, resource }, namespace, name: name.join('/') };
}

export interface ObjectReferenceFields {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** `undefined` while the kind isn't served. */
export function locate(reference: ObjectReferenceFields, kinds: KindRegistry): TemplateLocation | undefined {
  const { group, version } = parseApiVersion(reference.apiVersion);
  const definition = kinds.byKind(group, version, reference.kind);
  if (definition === undefined) return undefined;
  return {
    resource: { group, resource: definition.plural },
    namespace: reference.namespace ?? '',
    name: reference.name ?? '',
  };
}

const ownGroups = ['karmada.io', 'flotilla.io'];
const skippedResources = new Set([
  '/events',
  'events.k8s.io/events',
  'coordination.k8s.io/leases',
  'apiregistration.k8s.io/apiservices',
]);

/** False for what is never propagated: the platform's own kinds, events, leases, reserved namespaces and what is in them. */
export function isTemplate({ resource, namespace, name }: TemplateLocation): boolean {
  const { group } = resource;
  if (ownGroups.some((own) => group === own || group.endsWith(`.${own}`))) return false;
  if (skippedResources.has(`${group}/${resource.resource}`)) return false;
  return !isReservedNamespace(group === '' && resource.resource === 'namespaces' ? name : namespace);
}
