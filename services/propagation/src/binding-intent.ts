/** What a binding asks of one cluster's engine, and what that depends on: equal keys mean equal intents. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { conflictResolutionAnnotation, conflictResolutionOverwrite } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Intent } from '@flotilla/member/intent';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { contentVersion } from '@flotilla/works/content-version';
import { isOwnedBy, permanentId } from '@flotilla/works/binding-identity';
import type { ClusterRole } from '@flotilla/works/binding-plan';
import { bindingOf } from './binding-state.ts';
import type { Binding } from '@flotilla/works/binding';
import type { BindingState, ClusterState } from './binding-state.ts';
import type { TemplateRenderer } from '@flotilla/works/template-renderer';
import { clusters } from '@flotilla/works/resources';

export interface IntentDeps {
  readonly store: ObjectStore;
  readonly renderer: TemplateRenderer;
}

export interface IntentRequest {
  readonly state: BindingState;
  readonly target: ObjectTarget;
  /** `undefined` when it is gone: then nothing can be applied. */
  readonly template: StoredObject | undefined;
  readonly cluster: string;
  readonly clusterState: ClusterState;
  readonly role: ClusterRole;
}

export function intentOf({ store, renderer }: IntentDeps, request: IntentRequest): Intent {
  const { state, target, template, cluster, clusterState, role } = request;
  const binding = bindingOf(state);
  if (role.kind === 'remove') {
    const { isPreserved } = role;
    return { kind: 'remove', target, isPreserved, isOurs: (observed) => isOwnedBy(binding, observed) };
  }
  if (role.kind === 'hold' || template === undefined) return { kind: 'hold', target };
  const { object } = template;
  return {
    kind: 'apply',
    target,
    conflictResolution: conflictResolution(object, binding),
    render() {
      const current = store.get(clusters, '', cluster)?.object as Cluster | undefined;
      if (current === undefined) return { kind: 'failed', message: `cluster ${cluster} has left the fleet` };
      const result = renderer.render(object, binding, current, role);
      clusterState.renderFailure = result.kind === 'failed' ? result.message : undefined;
      return result;
    },
  };
}

export function intentKeyOf({ renderer }: IntentDeps, request: IntentRequest, cluster: Cluster): string {
  const { state, template, role } = request;
  if (role.kind !== 'apply' || template === undefined) return JSON.stringify([role, permanentId(bindingOf(state))]);
  return JSON.stringify([role, state.content.number, renderer.overridesVersion(template.object, cluster)]);
}

/** Notes what the intents of all clusters depend on: kept once for the binding, not for each of its clusters. */
export function noteContent({ content, stored }: BindingState, template: StoredObject): void {
  const binding = stored.object as Binding;
  const text = JSON.stringify([
    permanentId(binding),
    contentVersion(template),
    conflictResolution(template.object, binding),
    binding.metadata.generation,
  ]);
  if (content.text === text) return;
  content.text = text;
  content.number++;
}

/** The template's own word, else the binding's. */
export function conflictResolution(template: KubeObject, binding: Binding): 'Abort' | 'Overwrite' {
  const own = template.metadata.annotations?.[conflictResolutionAnnotation];
  if (own !== undefined) return own === conflictResolutionOverwrite ? 'Overwrite' : 'Abort';
  return binding.spec.conflictResolution === 'Overwrite' ? 'Overwrite' : 'Abort';
}

/** Between the two nothing changed that says what members shall have: a status write, say. */
export function isSameIntent(before: Binding, after: Binding): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    permanentId(before) === permanentId(after) &&
    (before.spec === after.spec || JSON.stringify(before.spec) === JSON.stringify(after.spec))
  );
}
