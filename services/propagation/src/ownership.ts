/** Whose work is whose: bindings and namespaces each by themselves, Clusters and all that users ask of them by the cluster's name, since their Works may want the same object. */
import type { Partitions } from '@flotilla/lease/partitions';
import type { ObjectWrite } from '@flotilla/store/object-store';
import { clusters, namespaces, resourceBindings, sameResource, works } from '@flotilla/works/resources';
import { storeKey } from '@flotilla/works/store-key';
import { executionNamespacePrefix } from '@flotilla/kinds/karmada/well-known';

export interface Ownership {
  namespace(name: string): boolean;
  cluster(name: string): boolean;
  binding(key: string): boolean;
}

export function createOwnership(partitions: Pick<Partitions, 'owns'>): Ownership {
  return {
    namespace: (name) => partitions.owns(namespaceKey(name)),
    cluster: (name) => partitions.owns(clusterKey(name)),
    binding: (key) => partitions.owns(key),
  };
}

export function namespaceKey(name: string): string {
  return storeKey({ resource: namespaces, namespace: '', name });
}

export function clusterKey(name: string): string {
  return storeKey({ resource: clusters, namespace: '', name });
}

/** The key that decides who may make the writes. `bindingOf` leads from a template, whose status goes with its binding's, to that binding. */
export function ownerKeyOf([first]: readonly ObjectWrite[], bindingOf: (templateKey: string) => string): string {
  if (first === undefined) return '';
  if (sameResource(first.resource, works)) return clusterKey(first.namespace.slice(executionNamespacePrefix.length));
  const isOwnKey = first.resource.group === resourceBindings.group || sameResource(first.resource, clusters);
  return isOwnKey ? storeKey(first) : bindingOf(storeKey(first));
}
