/**
 * From bindings to intents. For every binding the plan (which cluster applies, holds, removes) is computed from stored state and handed to the members' engines; what those report flows
 * into the binding's state and from there into its status.
 *
 * Deletion. A binding carries our finalizer: it stays, marked for deletion, until every cluster that may hold the object has removed it. An object in a
 * member is removed only when it carries the binding's permanent id, read at that moment.
 */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import {
  clusterResourceBindingNameAnnotation,
  resourceBindingNameAnnotation,
  resourceBindingNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { ApplyOutcome, Intent, MemberSync } from '@flotilla/member/member-sync';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { OverrideScope } from '@flotilla/rendering/override-index';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { idLabel, permanentId } from './binding-identity.ts';
import { conflictResolution, contentVersion, isNamed, isSameIntent } from './binding-intent.ts';
import { planBinding } from './binding-plan.ts';
import type { ClusterRole } from './binding-plan.ts';
import { bindingOf, newClusterState, storeKey } from './binding-state.ts';
import type { Binding, BindingState } from './binding-state.ts';
import { isLost } from './cluster-facts.ts';
import { isFullyAppliedOutdated } from './fully-applied.ts';
import type { TemplateRenderer } from './ports.ts';
import { clusterResourceBindings, clusters, resourceBindings } from './resources.ts';

export interface BindingsDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
  readonly renderer: TemplateRenderer;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  readonly memberNames: () => readonly string[];
  /** The binding's status has to be written. */
  readonly onStatusChanged: (key: string) => void;
  /** Nothing of this binding is left in any member: it may go. */
  readonly onRemovedEverywhere: (state: BindingState) => void;
}

export class Bindings {
  readonly #deps: BindingsDeps;
  readonly #states = new Map<string, BindingState>();
  readonly #byTemplate = new Map<string, string>();
  /** Target key → binding key. Templates have one identity over all members, so one index serves all. */
  readonly #byTarget = new Map<string, string>();

  constructor(deps: BindingsDeps) {
    this.#deps = deps;
  }

  get(key: string): BindingState | undefined {
    return this.#states.get(key);
  }

  templateOf(state: BindingState): StoredObject | undefined {
    const target = this.#targetOf(bindingOf(state));
    if (target === undefined) return undefined;
    const { group } = parseApiVersion(target.apiVersion);
    return this.#deps.store.get({ group, resource: target.resource }, target.namespace, target.name);
  }

  /** Takes a stored binding in (new or changed) and acts on it. */
  take(stored: StoredObject): void {
    const key = storeKey(stored);
    const state = this.#states.get(key);
    if (state === undefined) {
      this.#begin(key, stored);
      return;
    }
    const before = bindingOf(state);
    state.stored = stored;
    if (isSameIntent(before, bindingOf(state))) return;
    this.sync(state);
  }

  /** The binding is gone from the store (its finalizer was taken off, or somebody forced it): stop caring. */
  drop(key: string): void {
    const state = this.#states.get(key);
    if (state === undefined) return;
    this.#states.delete(key);
    if (this.#byTemplate.get(state.templateKey) === key) this.#byTemplate.delete(state.templateKey);
    const target = this.#targetOf(bindingOf(state));
    if (target === undefined) return;
    if (this.#byTarget.get(targetKey(target)) === key) this.#byTarget.delete(targetKey(target));
    for (const cluster of state.clusters.keys()) this.#deps.memberOf(cluster)?.forget(target);
  }

  syncTemplate(templateKey: string): void {
    const state = this.#states.get(this.#byTemplate.get(templateKey) ?? '');
    if (state !== undefined) this.sync(state);
  }

  /** An override policy changed: bindings of templates that may render differently now. */
  syncOverridden(scope: OverrideScope): void {
    for (const state of this.#candidatesOf(scope)) {
      const template = this.templateOf(state);
      if (template !== undefined && scope.matches(template.object)) this.sync(state);
    }
  }

  /** Selectors that name their objects lead to them; all others are compared with every template. */
  #candidatesOf({ selectors, namespace }: OverrideScope): Iterable<BindingState> {
    const found = new Set<BindingState>();
    for (const selector of selectors ?? []) {
      const { group, version } = parseApiVersion(selector.apiVersion);
      const plural = this.#deps.kinds.byKind(group, version, selector.kind)?.plural;
      const inNamespace = selector.namespace ?? namespace;
      if (selector.name === undefined || inNamespace === undefined || plural === undefined)
        return this.#states.values();
      const resource = { group, resource: plural };
      const key = this.#byTemplate.get(storeKey({ resource, namespace: inNamespace, name: selector.name }));
      const state = this.#states.get(key ?? '');
      if (state !== undefined) found.add(state);
    }
    return selectors === undefined ? this.#states.values() : found;
  }

  /** A member's engine is a new one that knows nothing, or its cluster changed in a way that renders may depend on, or left the fleet. */
  syncCluster(cluster: string, cause: 'opened' | 'changed' | 'left'): void {
    const member = this.#deps.memberOf(cluster);
    for (const state of this.#states.values()) {
      // Whatever the plan says, and whether or not there is a cluster of this name again: that is another one.
      if (cause === 'left') this.#leave(state, cluster);
      const clusterState = state.clusters.get(cluster);
      if (cause === 'opened') {
        const target = this.#targetOf(bindingOf(state));
        if (target !== undefined) member?.watch(target.apiVersion, target.resource);
        if (clusterState !== undefined) clusterState.intentKey = '';
      }
      if (clusterState !== undefined || isNamed(bindingOf(state), cluster)) this.sync(state);
    }
  }

  /** Computes the plan of one binding and hands each cluster its intent. Idempotent and cheap when nothing changed. */
  sync(state: BindingState): void {
    const binding = bindingOf(state);
    const target = this.#targetOf(binding);
    if (target === undefined) return;
    if (state.templateKey === '') this.#index(state, target);
    const isDeleting = binding.metadata.deletionTimestamp !== undefined;
    const template = this.templateOf(state);
    if (!isDeleting && (template === undefined || !this.#isScheduled(binding, template.object))) return;
    const plan = planBinding({ spec: binding.spec, isDeleting, presentIn: state.clusters.keys() });
    const isLeaving = this.#isLeavingDirectly(state, plan);
    for (const [cluster, role] of plan) {
      if (isLeaving && role.kind === 'apply' && !state.clusters.has(cluster)) continue;
      if (role.kind !== 'remove') state.removedFrom.delete(cluster);
      else if (state.removedFrom.has(cluster)) continue;
      this.#give(state, target, template, cluster, role);
    }
    if (isFullyAppliedOutdated(state)) this.#deps.onStatusChanged(state.key);
    if (state.clusters.size > 0) return;
    if (isDeleting) this.#deps.onRemovedEverywhere(state);
    // Scaled to zero, say: no member will ever report, and that is to be told.
    else this.#deps.onStatusChanged(state.key);
  }

  takeOutcome(cluster: string, key: string, outcome: ApplyOutcome): void {
    const state = this.#states.get(this.#byTarget.get(key) ?? '');
    const clusterState = state?.clusters.get(cluster);
    if (state === undefined || clusterState === undefined) return;
    if (outcome.kind === 'removed') {
      state.clusters.delete(cluster);
      state.removedFrom.add(cluster);
      // The plan may want it there again by now.
      this.sync(state);
    } else {
      clusterState.isApplied = outcome.kind === 'applied';
      clusterState.appliedMessage = outcome.kind === 'failed' ? outcome.message : '';
    }
    this.#deps.onStatusChanged(state.key);
  }

  takeObserved(cluster: string, key: string, observed: KubeObject | undefined): void {
    const state = this.#states.get(this.#byTarget.get(key) ?? '');
    const clusterState = state?.clusters.get(cluster);
    if (state === undefined || clusterState === undefined) return;
    const { interpreter } = this.#deps;
    const status = observed === undefined ? undefined : interpreter.reflectStatus(observed);
    const statusJson = status === undefined ? undefined : JSON.stringify(status);
    const health = observed === undefined ? 'Unknown' : interpreter.interpretHealth(observed);
    if (clusterState.statusJson === statusJson && clusterState.health === health) return;
    clusterState.statusJson = statusJson;
    clusterState.health = health;
    this.#deps.onStatusChanged(state.key);
  }

  /** An object in a member that carries a binding's id but has no intent: left over from a placement that has changed since. */
  takeUnclaimed(cluster: string, unclaimed: ObjectTarget, observed: KubeObject): boolean {
    const { annotations = {}, labels = {} } = observed.metadata;
    const clusterScoped = annotations[clusterResourceBindingNameAnnotation];
    const key =
      clusterScoped === undefined
        ? storeKey({
            resource: resourceBindings,
            namespace: annotations[resourceBindingNamespaceAnnotation] ?? '',
            name: annotations[resourceBindingNameAnnotation] ?? '',
          })
        : storeKey({ resource: clusterResourceBindings, namespace: '', name: clusterScoped });
    const state = this.#states.get(key);
    const id = state === undefined ? undefined : permanentId(bindingOf(state));
    if (state === undefined || id === undefined || labels[idLabel(bindingOf(state))] !== id) return false;
    const target = this.#targetOf(bindingOf(state));
    // Labels get copied, by people and by controllers.
    if (target === undefined || targetKey(target) !== targetKey(unclaimed)) return false;
    state.removedFrom.delete(cluster);
    if (!state.clusters.has(cluster)) state.clusters.set(cluster, newClusterState());
    this.sync(state);
    return true;
  }

  #begin(key: string, stored: StoredObject): void {
    const binding = stored.object as Binding;
    const state: BindingState = { key, stored, clusters: new Map(), removedFrom: new Set(), templateKey: '' };
    for (const item of binding.status?.aggregatedStatus ?? []) {
      state.clusters.set(item.clusterName, {
        ...newClusterState(),
        statusJson: item.status === undefined ? undefined : JSON.stringify(item.status),
        health: item.health ?? 'Unknown',
        isApplied: item.applied,
        appliedMessage: item.appliedMessage ?? '',
      });
    }
    this.#states.set(key, state);
    this.sync(state);
  }

  /** Once the kind is known: from here on, changes of the template and reports of members find the binding. */
  #index(state: BindingState, target: ObjectTarget): void {
    state.templateKey = storeKey({
      ...target,
      resource: { group: parseApiVersion(target.apiVersion).group, resource: target.resource },
    });
    this.#byTemplate.set(state.templateKey, state.key);
    this.#byTarget.set(targetKey(target), state.key);
    for (const name of this.#deps.memberNames()) {
      this.#deps.memberOf(name)?.watch(target.apiVersion, target.resource);
    }
  }

  /** "Directly": nothing begins elsewhere before it has ended in the cluster that it leaves, so that it never runs twice. */
  #isLeavingDirectly(state: BindingState, plan: ReadonlyMap<string, ClusterRole>): boolean {
    return (bindingOf(state).spec.gracefulEvictionTasks ?? []).some(
      ({ fromCluster, purgeMode }) =>
        purgeMode === 'Directly' &&
        plan.get(fromCluster)?.kind === 'remove' &&
        !state.removedFrom.has(fromCluster) &&
        !this.#isOutOfReach(fromCluster),
    );
  }

  /** Left the fleet, or leaves it and does not answer: nothing can be removed there. */
  #isOutOfReach(cluster: string): boolean {
    const stored = this.#deps.store.get(clusters, '', cluster);
    return stored === undefined || isLost(stored.object as Cluster);
  }

  /** Nothing to do there any more, nothing to wait for. */
  #leave(state: BindingState, cluster: string): void {
    state.removedFrom.delete(cluster);
    if (state.clusters.delete(cluster)) this.#deps.onStatusChanged(state.key);
  }

  #give(
    state: BindingState,
    target: ObjectTarget,
    template: StoredObject | undefined,
    cluster: string,
    role: ClusterRole,
  ): void {
    const stored = this.#deps.store.get(clusters, '', cluster);
    if (stored === undefined || (role.kind === 'remove' && this.#isOutOfReach(cluster))) {
      this.#leave(state, cluster);
      return;
    }
    const known = state.clusters.get(cluster);
    if (role.kind === 'hold' && known === undefined) return;
    const clusterState = known ?? newClusterState();
    state.clusters.set(cluster, clusterState);
    const binding = bindingOf(state);
    const intentKey = this.#intentKey(binding, template, stored.object as Cluster, role);
    if (clusterState.intentKey === intentKey) return;
    const member = this.#deps.memberOf(cluster);
    if (member === undefined) return;
    clusterState.intentKey = intentKey;
    member.setIntent(this.#intent(state, target, template, cluster, role));
  }

  #intent(
    state: BindingState,
    target: ObjectTarget,
    template: StoredObject | undefined,
    cluster: string,
    role: ClusterRole,
  ): Intent {
    if (role.kind === 'remove') {
      const id = permanentId(bindingOf(state));
      const label = idLabel(bindingOf(state));
      return {
        kind: 'remove',
        target,
        isPreserved: role.isPreserved,
        isOurs: (observed) => id !== undefined && observed.metadata.labels?.[label] === id,
      };
    }
    if (role.kind === 'hold' || template === undefined) return { kind: 'hold', target };
    const { store, renderer } = this.#deps;
    const binding = bindingOf(state);
    const { object } = template;
    return {
      kind: 'apply',
      target,
      conflictResolution: conflictResolution(object, binding),
      render: () => {
        const current = store.get(clusters, '', cluster)?.object as Cluster | undefined;
        if (current === undefined) return { kind: 'failed', message: `cluster ${cluster} has left the fleet` };
        return renderer.render(object, binding, current, role);
      },
    };
  }

  /** Equal keys mean equal intents: what the render and the way to apply it depend on. */
  #intentKey(binding: Binding, template: StoredObject | undefined, cluster: Cluster, role: ClusterRole): string {
    const id = permanentId(binding);
    if (role.kind !== 'apply' || template === undefined) return JSON.stringify([role, id]);
    const { object } = template;
    return JSON.stringify([
      role,
      id,
      contentVersion(template),
      this.#deps.renderer.overridesVersion(object, cluster),
      conflictResolution(object, binding),
      binding.metadata.generation,
    ]);
  }

  /** False while the scheduler has not yet dealt with the template's replicas: rendering now would write every member twice. */
  #isScheduled(binding: Binding, template: KubeObject): boolean {
    const interpreted = this.#deps.interpreter.getReplicas(template);
    return (
      interpreted === undefined || binding.spec.replicas === undefined || interpreted.replicas === binding.spec.replicas
    );
  }

  #targetOf(binding: Binding): ObjectTarget | undefined {
    const { apiVersion, kind, namespace = '', name = '' } = binding.spec.resource;
    const { group, version } = parseApiVersion(apiVersion);
    const definition = this.#deps.kinds.byKind(group, version, kind);
    if (definition === undefined) return undefined;
    return { apiVersion, kind, resource: definition.plural, namespace, name };
  }
}
