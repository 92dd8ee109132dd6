import type { ClusterResourceBinding, ResourceBinding } from '@flotilla/kinds/karmada/work';
import { clusterResourceBindingIdLabel, resourceBindingIdLabel } from '@flotilla/kinds/karmada/well-known';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { StoredObject } from '@flotilla/store/object-store';
import { fnv32a } from '@flotilla/placement/division/tie-order';
import { clusterResourceBindings, resourceBindings } from './resources.ts';

export type Binding = ResourceBinding | ClusterResourceBinding;

export const bindingApiVersion = 'work.karmada.io/v1alpha2';

export function bindingOf(stored: StoredObject): Binding {
  return stored.object as Binding;
}

export function bindingResource(namespace: string): ResourceId {
  return namespace === '' ? clusterResourceBindings : resourceBindings;
}

/** Label that carries the binding's permanent id. */
export function bindingIdLabel(namespace: string): string {
  return namespace === '' ? clusterResourceBindingIdLabel : resourceBindingIdLabel;
}

const nameMax = 253;

/** The familiar name: `web-deployment`. Names of RBAC objects may have colons, which binding names may not. */
export function familiarBindingName(name: string, kind: string): string {
  return fitName(`${name.replaceAll(':', '.')}-${kind.toLowerCase()}`);
}

/** For a template whose familiar name is taken by one of another group: `web-deployment-apps.example.com`. */
export function qualifiedBindingName(name: string, kind: string, group: string): string {
  return fitName(`${familiarBindingName(name, kind)}-${group === '' ? 'core' : group}`);
}

function fitName(name: string): string {
  return name.length <= nameMax ? name : `${name.slice(0, nameMax - 9)}-${fnv32a(name).toString(16).padStart(8, '0')}`;
}
