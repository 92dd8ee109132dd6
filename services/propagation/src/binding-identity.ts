import type { ResourceId } from '@flotilla/kinds/kind-definition';
import { clusterResourceBindingIdLabel, resourceBindingIdLabel } from '@flotilla/kinds/karmada/well-known';
import type { BindingIdentity } from '@flotilla/rendering/identity-stamp';

import type { Binding } from './binding-state.ts';
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
