import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ClusterOverridePolicy, OverridePolicy } from '@flotilla/kinds/karmada/policy';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import type { ServedKind } from '../discovery.ts';
import { getObject } from '../resources/get-object.ts';
import type { Binding, Fleet, Workload } from './workload.ts';

export interface WorkloadName {
  readonly kind: string;
  readonly name: string;
}

const workApi = '/apis/work.karmada.io/v1alpha2';
const policyApi = '/apis/policy.karmada.io/v1alpha1';
const clustersPath = '/apis/cluster.karmada.io/v1alpha1/clusters';

/** A binding may be named too: then it is about its template. Rejects when the template does not exist. */
export async function readWorkload(controlPlane: ControlPlane, { kind: text, name }: WorkloadName): Promise<Workload> {
  const discovery = await controlPlane.discovery();
  const kind = discovery.resolve(text);
  const object = await getObject(controlPlane, kind, controlPlane.namespace, name);
  if (!isBinding(object)) return { kind, template: object, binding: await findBinding(controlPlane, kind, object) };
  const { resource } = object.spec;
  const templateKind = discovery.find(resource.apiVersion, resource.kind) ?? discovery.resolve(resource.kind);
  const template = await getObject(controlPlane, templateKind, resource.namespace, resource.name ?? '');
  return { kind: templateKind, template, binding: object };
}

function isBinding(object: KubeObject): object is Binding {
  return parseApiVersion(object.apiVersion).group === 'work.karmada.io' && object.kind.endsWith('ResourceBinding');
}

/** By its usual name; where that is taken by another one or not allowed, by looking at all. */
export async function findBinding(
  { client }: ControlPlane,
  kind: ServedKind,
  template: KubeObject,
): Promise<Binding | undefined> {
  const { name = '', namespace } = template.metadata;
  const collection = kind.isNamespaced
    ? `${workApi}/namespaces/${encodeURIComponent(namespace ?? '')}/resourcebindings`
    : `${workApi}/clusterresourcebindings`;
  const usual = await client.find<Binding>(
    `${collection}/${encodeURIComponent(`${name}-${template.kind.toLowerCase()}`)}`,
  );
  if (usual !== undefined && isAbout(usual, kind, name)) return usual;
  const { items = [] } = await client.get<{ readonly items?: readonly Binding[] }>(collection);
  return items.find((binding) => isAbout(binding, kind, name));
}

function isAbout({ spec }: Binding, kind: ServedKind, name: string): boolean {
  const { resource } = spec;
  return (
    resource.kind === kind.kind && resource.name === name && parseApiVersion(resource.apiVersion).group === kind.group
  );
}

export async function readFleet({ client }: ControlPlane, { template }: Workload): Promise<Fleet> {
  const { namespace } = template.metadata;
  const list = async <Item>(path: string): Promise<readonly Item[]> =>
    (await client.get<{ readonly items?: readonly Item[] }>(path)).items ?? [];
  const [clusters, clusterWide, namespaced] = await Promise.all([
    list<Cluster>(clustersPath),
    list<ClusterOverridePolicy>(`${policyApi}/clusteroverridepolicies`),
    namespace === undefined
      ? []
      : list<OverridePolicy>(`${policyApi}/namespaces/${encodeURIComponent(namespace)}/overridepolicies`),
  ]);
  return {
    clusters,
    overrides: [
      ...clusterWide.map((policy) => ({ ...policy, kind: 'ClusterOverridePolicy' as const })),
      ...namespaced.map((policy) => ({ ...policy, kind: 'OverridePolicy' as const })),
    ],
  };
}
