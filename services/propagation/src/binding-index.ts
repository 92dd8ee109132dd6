/**
 * How bindings are found: by what changed, without looking at all of them.
 *
 * - by template and by object in a member: as soon as the kind is known (`identify`);
 * - by cluster: those that place something there, evict from there, or may still have something there (`place`);
 * - by the kind and namespace of the template: what an override policy may select.
 */
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { OverrideScope } from '@flotilla/rendering/override-index';

import { placesOf } from '@flotilla/works/binding-plan';
import { storeKey } from '@flotilla/works/store-key';
import { bindingOf } from './binding-state.ts';
import type { BindingState } from './binding-state.ts';
import { TemplateIndex } from '@flotilla/works/template-index';

const none: ReadonlySet<BindingState> = new Set();

export class BindingIndex {
  readonly #byKey = new Map<string, BindingState>();
  readonly #byTemplate = new Map<string, BindingState>();
  /** Templates have one identity over all members, so one index serves all. */
  readonly #byTarget = new Map<string, BindingState>();
  readonly #byCluster = new Map<string, Set<BindingState>>();
  readonly #templates: TemplateIndex<BindingState>;
  /** What the clusters of a binding were when it was placed last. */
  readonly #clustersOf = new Map<BindingState, ReadonlySet<string>>();

  constructor(kinds: KindRegistry) {
    this.#templates = new TemplateIndex(kinds);
  }

  get(key: string): BindingState | undefined {
    return this.#byKey.get(key);
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  ofTemplate(templateKey: string): BindingState | undefined {
    return this.#byTemplate.get(templateKey);
  }

  ofTarget(key: string): BindingState | undefined {
    return this.#byTarget.get(key);
  }

  /** A snapshot: what is done with it may change the index. */
  in(cluster: string): readonly BindingState[] {
    return [...(this.#byCluster.get(cluster) ?? none)];
  }

  /** Those whose template a changed override policy may select; the scope itself has the exact test. A snapshot. */
  selectedBy(scope: OverrideScope): readonly BindingState[] {
    return this.#templates.selectedBy(scope);
  }

  /** A target of every resource that any binding has: what members are watched for. */
  *resources(): Iterable<ObjectTarget> {
    for (const { target } of this.#templates.samples()) if (target !== undefined) yield target;
  }

  add(state: BindingState): void {
    this.#byKey.set(state.key, state);
    this.place(state);
  }

  /** The kind is known: from here on, changes of the template and reports of members find the binding. */
  identify(state: BindingState, target: ObjectTarget): void {
    this.#forgetTarget(state);
    state.target = target;
    const { apiVersion, resource } = target;
    state.templateKey = storeKey({ ...target, resource: { group: parseApiVersion(apiVersion).group, resource } });
    this.#byTemplate.set(state.templateKey, state);
    this.#byTarget.set(targetKey(target), state);
    this.#templates.set(state.templateKey, state);
  }

  /** Its clusters may have changed. */
  place(state: BindingState): void {
    const before = this.#clustersOf.get(state);
    const after = new Set([...placesOf(bindingOf(state).spec), ...state.clusters.keys(), ...state.removedFrom]);
    for (const cluster of after) {
      if (before?.has(cluster) === true) continue;
      const states = this.#byCluster.get(cluster);
      if (states === undefined) this.#byCluster.set(cluster, new Set([state]));
      else states.add(state);
    }
    for (const cluster of before ?? []) if (!after.has(cluster)) takeFrom(this.#byCluster, cluster, state);
    this.#clustersOf.set(state, after);
  }

  remove(state: BindingState): void {
    this.#byKey.delete(state.key);
    this.#forgetTarget(state);
    for (const cluster of this.#clustersOf.get(state) ?? []) takeFrom(this.#byCluster, cluster, state);
    this.#clustersOf.delete(state);
  }

  #forgetTarget(state: BindingState): void {
    const { target, templateKey } = state;
    if (target === undefined) return;
    // Another binding of the same template (a mistake) may have taken the place.
    if (this.#byTemplate.get(templateKey) === state) this.#byTemplate.delete(templateKey);
    if (this.#byTarget.get(targetKey(target)) === state) this.#byTarget.delete(targetKey(target));
    this.#templates.remove(templateKey, state);
  }
}

function takeFrom(map: Map<string, Set<BindingState>>, key: string, state: BindingState): void {
  const states = map.get(key);
  states?.delete(state);
  if (states?.size === 0) map.delete(key);
}
