import type { ClusterResourceBinding, ResourceBinding, ResourceHealth } from '@flotilla/kinds/karmada/work';

import type { StoredObject } from '@flotilla/store/object-store';

export type Binding = ResourceBinding | ClusterResourceBinding;

/** What is known about the object of one binding in one cluster. Rebuilt from the members and from the binding's status after a restart. */
export interface ClusterState {
  /** The part of the member's status that is reported, as JSON: compared before anything is written. */
  statusJson: string | undefined;
  health: ResourceHealth;
  /** `undefined` until the first attempt ended. */
  isApplied: boolean | undefined;
  appliedMessage: string;
  /** What the intent was last made from: an equal one isn't set again. */
  intentKey: string;
}

/** Working memory about one binding. */
export interface BindingState {
  readonly key: string;
  stored: StoredObject;
  readonly clusters: Map<string, ClusterState>;
  /** Clusters that confirmed the removal: the plan may still name them, but nothing is left to do there. */
  readonly removedFrom: Set<string>;
  /** Key of the template in the store. */
  templateKey: string;
}

export function bindingOf(state: BindingState): Binding {
  return state.stored.object as Binding;
}

export function newClusterState(): ClusterState {
  return { statusJson: undefined, health: 'Unknown', isApplied: undefined, appliedMessage: '', intentKey: '' };
}

/** `group/resource/namespace/name`: one key for everything in the store. */
export function storeKey(object: {
  readonly resource: { readonly group: string; readonly resource: string };
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${object.resource.group}/${object.resource.resource}/${object.namespace}/${object.name}`;
}
