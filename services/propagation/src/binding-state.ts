import type { Fields } from '@flotilla/interpreter/object-field';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { StoredObject } from '@flotilla/store/object-store';
import type { Binding } from '@flotilla/works/binding';

import type { ReportedStatus } from './reported-status.ts';

/** What is known about the object of one binding in one cluster. Rebuilt from the members and from the binding's status after a restart. */
export interface ClusterState extends ReportedStatus {
  /** `undefined` until the first attempt ended. */
  isApplied: boolean | undefined;
  appliedMessage: string;
  /** Why it could not be rendered last. */
  renderFailure: string | undefined;
  /** What the intent was last made from: an equal one isn't set again. */
  intentKey: string;
}

/** Working memory about one binding. */
export interface BindingState {
  readonly key: string;
  stored: StoredObject;
  readonly clusters: Map<string, ClusterState>;
  /** Clusters that the plan still names, and that confirmed the removal: nothing is left to do there. */
  readonly removedFrom: Set<string>;
  /** `undefined` until its kind is known. */
  target: ObjectTarget | undefined;
  /** Key of the template in the store; empty until its kind is known. */
  templateKey: string;
  /** What all clusters' intents depend on, counted up whenever it changes. */
  readonly content: { text: string; number: number };
  /** The status that the template of this uid was given last. */
  aggregated: { readonly uid: string | undefined; readonly status: Fields } | undefined;
}

export function newBindingState(key: string, stored: StoredObject): BindingState {
  const state: BindingState = {
    key,
    stored,
    clusters: new Map(),
    removedFrom: new Set(),
    target: undefined,
    templateKey: '',
    content: { text: '', number: 0 },
    aggregated: undefined,
  };
  for (const item of bindingOf(state).status?.aggregatedStatus ?? []) {
    state.clusters.set(item.clusterName, {
      ...newClusterState(),
      statusJson: item.status === undefined ? undefined : JSON.stringify(item.status),
      health: item.health ?? 'Unknown',
      isApplied: item.applied,
      appliedMessage: item.appliedMessage ?? '',
    });
  }
  return state;
}

export function bindingOf(state: BindingState): Binding {
  return state.stored.object as Binding;
}

export function newClusterState(): ClusterState {
  return {
    statusJson: undefined,
    health: 'Unknown',
    isApplied: undefined,
    appliedMessage: '',
    renderFailure: undefined,
    intentKey: '',
  };
}
