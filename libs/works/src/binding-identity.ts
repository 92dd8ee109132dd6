import type { ResourceId } from '@flotilla/kinds/kind-definition';
import {
  clusterResourceBindingIdLabel,
  clusterResourceBindingNameAnnotation,
  resourceBindingIdLabel,
  resourceBindingNameAnnotation,
  resourceBindingNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { BindingIdentity } from '@flotilla/rendering/identity-stamp';

import { storeKey } from './store-key.ts';
import type { Binding } from './binding.ts';
import { clusterResourceBindings, resourceBindings } from './resources.ts';

/** Label that carries the binding's permanent id: on the binding and on its objects in members. */
export function idLabel(binding: Binding): string {
  return binding.kind === 'ClusterResourceBinding' ? clusterResourceBindingIdLabel : resourceBindingIdLabel;
}

export function permanentId(binding: Binding): string | undefined {
  return binding.metadata.labels?.[idLabel(binding)];
}

export function bindingIdentity(binding: Binding): BindingIdentity {
  const { name = '', namespace = '' } = binding.metadata;
  const isNamespaced = binding.kind === 'ResourceBinding';
  return {
    kind: binding.kind,
    namespace: isNamespaced ? namespace : '',
    name,
    permanentId: permanentId(binding) ?? '',
  };
}

export function bindingResource(binding: Binding): ResourceId {
  return binding.kind === 'ClusterResourceBinding' ? clusterResourceBindings : resourceBindings;
}

/** Key of the binding that an object in a member says it belongs to. Not proof: labels and annotations get copied, by people and by controllers. */
export function claimedBindingKey({ metadata: { annotations = {} } }: KubeObject): string {
  const clusterScoped = annotations[clusterResourceBindingNameAnnotation];
  if (clusterScoped !== undefined) {
    return storeKey({ resource: clusterResourceBindings, namespace: '', name: clusterScoped });
  }
  const namespace = annotations[resourceBindingNamespaceAnnotation] ?? '';
  return storeKey({ resource: resourceBindings, namespace, name: annotations[resourceBindingNameAnnotation] ?? '' });
}

/** Whether the object carries the binding's permanent id: what is removed must. */
export function isOwnedBy(binding: Binding, observed: KubeObject): boolean {
  const id = permanentId(binding);
  return id !== undefined && observed.metadata.labels?.[idLabel(binding)] === id;
}
