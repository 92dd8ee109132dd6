import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectTarget } from '@flotilla/member/object-target';

export type ManifestTarget =
  | { readonly kind: 'target'; readonly target: ObjectTarget; readonly manifest: KubeObject }
  /** The manifest can't be sent as it is, or not to this cluster as it is now. */
  | { readonly kind: 'unusable'; readonly message: string };

/** Where a manifest that a user put into a Work goes. Kinds that are not served here (a CustomResourceDefinition of the member alone) are found in what the cluster reports to serve. */
export function targetOfManifest(
  manifest: unknown,
  ordinal: number,
  kinds: KindRegistry,
  cluster: Cluster,
): ManifestTarget {
  const object = asObject(manifest);
  const where = `spec.workload.manifests[${ordinal}]`;
  if (object === undefined) return unusable(`${where} needs apiVersion, kind and metadata.name`);
  const { apiVersion, kind, metadata } = object;
  const { name = '', namespace = '' } = metadata;
  const { group, version } = parseApiVersion(apiVersion);
  const definition = kinds.byKind(group, version, kind);
  const resource = definition?.plural ?? enabledResource(cluster, apiVersion, kind);
  if (resource === undefined) return unusable(`${where}: the cluster is not known to serve ${kind} of ${apiVersion}`);
  if (definition?.isNamespaced === true && namespace === '') return unusable(`${where} needs metadata.namespace`);
  if (definition?.isNamespaced === false && namespace !== '') {
    return unusable(`${where}: ${kind} has no namespace, remove metadata.namespace`);
  }
  return { kind: 'target', target: { apiVersion, kind, resource, namespace, name }, manifest: object };
}

function unusable(message: string): ManifestTarget {
  return { kind: 'unusable', message };
}

function asObject(manifest: unknown): KubeObject | undefined {
  if (typeof manifest !== 'object' || manifest === null) return undefined;
  const { apiVersion, kind, metadata } = manifest as Partial<KubeObject>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof metadata !== 'object' || metadata === null) {
    return undefined;
  }
  const { name } = metadata;
  return apiVersion === '' || kind === '' || name === undefined || name === '' ? undefined : (manifest as KubeObject);
}

function enabledResource(cluster: Cluster, apiVersion: string, kind: string): string | undefined {
  const enablement = cluster.status?.apiEnablements?.find(({ groupVersion }) => groupVersion === apiVersion);
  // Subresources are listed with the kind that they take.
  return enablement?.resources?.find((one) => one.kind === kind && !one.name.includes('/'))?.name;
}
