/**
 * From bindings to intents. For every binding the plan (which cluster applies, holds, removes) is computed from stored state and handed to the members' engines; what those report flows
 * into the binding's state and from there into its status.
 *
 * Deletion. A binding carries our finalizer: it stays, marked for deletion, until every cluster that may hold the object has removed it. An object in a
 * member is removed only when it carries the binding's permanent id, read at that moment.
 */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { ApplyOutcome } from '@flotilla/member/intent';
import type { MemberSync } from '@flotilla/member/member-sync';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { OverrideScope } from '@flotilla/rendering/override-index';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { claimedBindingKey, isOwnedBy } from '@flotilla/works/binding-identity';
import { BindingIndex } from './binding-index.ts';
import { intentKeyOf, intentOf, isSameIntent, noteContent } from './binding-intent.ts';
import { planBinding } from '@flotilla/works/binding-plan';
import type { ClusterRole } from '@flotilla/works/binding-plan';
import { storeKey } from '@flotilla/works/store-key';
import { bindingOf, newBindingState, newClusterState } from './binding-state.ts';
import type { Binding } from '@flotilla/works/binding';
import type { BindingState } from './binding-state.ts';
import { isLost } from '@flotilla/works/cluster-facts';
import { fenced } from './fenced.ts';
import { isFullyAppliedOutdated } from './fully-applied.ts';
import type { TemplateRenderer } from '@flotilla/works/template-renderer';
import { takeReport } from './reported-status.ts';
import { clusters } from '@flotilla/works/resources';
import { SlicedWork } from './sliced-work.ts';
import type { SlicedWorkDeps } from './sliced-work.ts';

export interface BindingsDeps extends Pick<SlicedWorkDeps<BindingState>, 'yieldTurn' | 'onError'> {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
  readonly renderer: TemplateRenderer;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  readonly memberNames: () => readonly string[];
  /** Whether the binding is this replica's, asked before each act in a member. */
  readonly owns: (key: string) => boolean;
  /** The binding's status has to be written. */
  readonly onStatusChanged: (key: string) => void;
  /** Nothing of this binding is left in any member: it may go. */
  readonly onRemovedEverywhere: (state: BindingState) => void;
  /** Overrides do not fit the template in this cluster; told once for each message. */
  readonly onRenderFailed: (state: BindingState, cluster: string, message: string) => void;
}

/** Bindings looked at between two turns of the event loop. */
export const sliceMax = 100;

export class Bindings {
  readonly #deps: BindingsDeps;
  readonly #index: BindingIndex;
  readonly #due: SlicedWork<BindingState>;

  constructor(deps: BindingsDeps) {
    this.#deps = deps;
    this.#index = new BindingIndex(deps.kinds);
    this.#due = new SlicedWork({ ...deps, handle: (state) => this.sync(state) }, { sliceMax });
  }

  /** Bindings that wait to be looked at. */
  get depth(): number {
    return this.#due.size;
  }

  stop(): void {
    this.#due.stop();
  }

  get(key: string): BindingState | undefined {
    return this.#index.get(key);
  }

  ofTemplate(templateKey: string): BindingState | undefined {
    return this.#index.ofTemplate(templateKey);
  }

  templateOf({ target }: BindingState): StoredObject | undefined {
    if (target === undefined) return undefined;
    const { group } = parseApiVersion(target.apiVersion);
    return this.#deps.store.get({ group, resource: target.resource }, target.namespace, target.name);
  }

  /** Takes a stored binding in (new or changed) and acts on it. */
  take(stored: StoredObject): void {
    const key = storeKey(stored);
    const known = this.#index.get(key);
    const state = known ?? newBindingState(key, stored);
    const before = bindingOf(state);
    state.stored = stored;
    if (known === undefined) this.#index.add(state);
    else if (isSameIntent(before, bindingOf(state))) return;
    else this.#index.place(state);
    this.sync(state);
  }

  /** The binding is gone from the store (its finalizer was taken off, or somebody forced it), or another replica's now: stop caring. */
  drop(key: string): void {
    const state = this.#index.get(key);
    if (state === undefined) return;
    this.#index.remove(state);
    this.#due.delete(state);
    const { target } = state;
    if (target === undefined) return;
    for (const cluster of state.clusters.keys()) this.#deps.memberOf(cluster)?.forget(target);
  }

  /** Keys of the bindings that are looked after here. */
  keys(): Iterable<string> {
    return this.#index.keys();
  }

  /** An override policy changed: bindings of templates that may render differently now. */
  syncOverridden(scope: OverrideScope): void {
    this.#due.add(this.#index.selectedBy(scope), (state) => {
      const template = this.templateOf(state);
      return template !== undefined && scope.matches(template.object);
    });
  }

  /** A member's engine is a new one that knows nothing, or its cluster changed in a way that renders may depend on, or left the fleet. */
  syncCluster(cluster: string, cause: 'opened' | 'changed' | 'left'): void {
    const states = this.#index.in(cluster);
    if (cause === 'opened') {
      const member = this.#deps.memberOf(cluster);
      for (const { apiVersion, resource } of this.#index.resources()) member?.watch(apiVersion, resource);
    }
    // At once, and whether or not there is a cluster of this name again: that is another one, or another engine.
    for (const state of states) {
      if (cause === 'left') this.#leave(state, cluster);
      const clusterState = state.clusters.get(cluster);
      if (cause === 'opened' && clusterState !== undefined) clusterState.intentKey = '';
    }
    this.#due.add(states);
  }

  /** Computes the plan of one binding and hands each cluster its intent. Idempotent and cheap when nothing changed. */
  sync(state: BindingState): void {
    const binding = bindingOf(state);
    const target = this.#identify(state);
    if (target === undefined) return;
    const isDeleting = binding.metadata.deletionTimestamp !== undefined;
    const template = this.templateOf(state);
    if (!isDeleting && (template === undefined || !this.#isScheduled(binding, template.object))) return;
    if (template !== undefined) noteContent(state, template);
    const plan = planBinding({
      spec: binding.spec,
      isDeleting,
      presentIn: state.clusters.keys(),
      isLeaving: (cluster) => this.#clusterOf(cluster)?.metadata.deletionTimestamp !== undefined,
    });
    const isLeaving = this.#isLeavingDirectly(state, plan);
    for (const cluster of state.removedFrom) if (!plan.has(cluster)) state.removedFrom.delete(cluster);
    for (const [cluster, role] of plan) {
      if (isLeaving && role.kind === 'apply' && !state.clusters.has(cluster)) continue;
      if (role.kind !== 'remove') state.removedFrom.delete(cluster);
      else if (state.removedFrom.has(cluster)) continue;
      this.#give(state, target, template, cluster, role);
    }
    this.#index.place(state);
    if (isFullyAppliedOutdated(state)) this.#deps.onStatusChanged(state.key);
    if (state.clusters.size > 0) return;
    if (isDeleting) this.#deps.onRemovedEverywhere(state);
    // Scaled to zero, say: no member will ever report, and that is to be told.
    else this.#deps.onStatusChanged(state.key);
  }

  takeOutcome(cluster: string, key: string, outcome: ApplyOutcome): void {
    const state = this.#index.ofTarget(key);
    const clusterState = state?.clusters.get(cluster);
    if (state === undefined || clusterState === undefined) return;
    if (outcome.kind === 'removed') {
      state.clusters.delete(cluster);
      state.removedFrom.add(cluster);
      // The plan may want it there again by now.
      this.sync(state);
    } else {
      const message = outcome.kind === 'failed' ? outcome.message : '';
      const isNews = message !== clusterState.appliedMessage;
      clusterState.isApplied = outcome.kind === 'applied';
      clusterState.appliedMessage = message;
      if (isNews && message !== '' && message === clusterState.renderFailure) {
        this.#deps.onRenderFailed(state, cluster, message);
      }
    }
    this.#deps.onStatusChanged(state.key);
  }

  takeObserved(cluster: string, key: string, observed: KubeObject | undefined): void {
    const state = this.#index.ofTarget(key);
    const clusterState = state?.clusters.get(cluster);
    if (state === undefined || clusterState === undefined) return;
    if (takeReport(clusterState, observed, this.#deps.interpreter)) this.#deps.onStatusChanged(state.key);
  }

  /** An object in a member that carries a binding's id but has no intent: left over from a placement that has changed since. */
  takeUnclaimed(cluster: string, unclaimed: ObjectTarget, observed: KubeObject): boolean {
    const state = this.#index.get(claimedBindingKey(observed));
    if (state?.target === undefined || !isOwnedBy(bindingOf(state), observed)) return false;
    if (targetKey(state.target) !== targetKey(unclaimed)) return false;
    state.removedFrom.delete(cluster);
    if (!state.clusters.has(cluster)) state.clusters.set(cluster, newClusterState());
    this.#index.place(state);
    this.sync(state);
    return true;
  }

  /** What and where the object is; the last that was known when its kind is not served any more. */
  #identify(state: BindingState): ObjectTarget | undefined {
    const { apiVersion, kind, namespace = '', name = '' } = bindingOf(state).spec.resource;
    const before = state.target;
    if (before?.apiVersion === apiVersion && before.kind === kind && before.namespace === namespace) {
      if (before.name === name) return before;
    }
    const { group, version } = parseApiVersion(apiVersion);
    const definition = this.#deps.kinds.byKind(group, version, kind);
    if (definition === undefined) return before;
    const target = { apiVersion, kind, resource: definition.plural, namespace, name };
    this.#index.identify(state, target);
    for (const member of this.#deps.memberNames()) {
      this.#deps.memberOf(member)?.watch(target.apiVersion, target.resource);
    }
    return target;
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
    const object = this.#clusterOf(cluster);
    return object === undefined || isLost(object);
  }

  #clusterOf(cluster: string): Cluster | undefined {
    return this.#deps.store.get(clusters, '', cluster)?.object as Cluster | undefined;
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
    const object = this.#clusterOf(cluster);
    if (object === undefined || (role.kind === 'remove' && this.#isOutOfReach(cluster))) {
      this.#leave(state, cluster);
      return;
    }
    const known = state.clusters.get(cluster);
    if (role.kind === 'hold' && known === undefined) return;
    const clusterState = known ?? newClusterState();
    state.clusters.set(cluster, clusterState);
    const request = { state, target, template, cluster, clusterState, role };
    const intentKey = intentKeyOf(this.#deps, request, object);
    if (clusterState.intentKey === intentKey) return;
    const member = this.#deps.memberOf(cluster);
    if (member === undefined) return;
    clusterState.intentKey = intentKey;
    member.setIntent(fenced(intentOf(this.#deps, request), () => this.#deps.owns(state.key)));
  }

  /** False while the scheduler has not yet dealt with the template's replicas: rendering now would write every member twice. */
  #isScheduled(binding: Binding, template: KubeObject): boolean {
    const interpreted = this.#deps.interpreter.getReplicas(template);
    return (
      interpreted === undefined || binding.spec.replicas === undefined || interpreted.replicas === binding.spec.replicas
    );
  }
}
