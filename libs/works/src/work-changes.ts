/**
 * Which Works a batch of changes alters. Two worlds are compared: `now` is the store, `before` is the store with the first state of everything that the batch changed put back.
 * Only bindings that a change leads to are looked at, and nothing is rendered here. A batch may be one commit (a live watch) or all that a resumed watch has missed: a Work
 * that changed several times is then told once.
 */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { compilePolicy } from '@flotilla/rendering/compiled-policy';
import type { AnyOverridePolicy, CompiledPolicy } from '@flotilla/rendering/compiled-policy';
import { scopeOf } from '@flotilla/rendering/override-index';
import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';

import type { Binding } from './binding.ts';
import { storeKey } from './store-key.ts';
import { contentVersion } from './content-version.ts';
import { clusterFacts } from './cluster-facts.ts';
import {
  clusterOverridePolicies,
  clusterResourceBindings,
  clusters,
  overridePolicies,
  resourceBindings,
  sameResource,
} from './resources.ts';
import type { IndexedBinding, WorkIndex } from './work-index.ts';
import { workFacts } from './work-object.ts';
import type { WorkInputs } from './work-object.ts';
import { planWorks } from './work-plan.ts';

/** Looks an object up by its store key. */
export type World = (key: string) => StoredObject | undefined;

export interface WorkChangesDeps {
  readonly index: WorkIndex;
  readonly now: World;
  /** `undefined`: there is no such Work in that world. */
  readonly inputsOf: (binding: StoredObject, cluster: string, world: World) => WorkInputs | undefined;
  readonly show: (inputs: WorkInputs, revision: number) => StoredObject;
}

/** What a batch did to one binding's Works. */
interface Touch {
  revision: number;
  isWhole: boolean;
  readonly clusters: Set<string>;
}

/** In the order of their revisions. */
export function changedWorks(deps: WorkChangesDeps, changes: readonly ObjectChange[]): readonly ObjectChange[] {
  const touched = new Map<string, Touch>();
  for (const change of changes) touchBy(deps, change, touched);
  if (touched.size === 0) return [];
  const before = worldBefore(deps.now, changes);
  const events: ObjectChange[] = [];
  for (const [key, touch] of touched) compareWorlds(deps, key, touch, before, events);
  return events.sort((a, b) => a.object.revision - b.object.revision);
}

function worldBefore(now: World, changes: readonly ObjectChange[]): World {
  const first = new Map<string, StoredObject | undefined>();
  for (const { type, object, previous } of changes) {
    const key = storeKey(object);
    if (!first.has(key)) first.set(key, type === 'ADDED' ? undefined : previous);
  }
  return (key) => (first.has(key) ? first.get(key) : now(key));
}

function touchBy(deps: WorkChangesDeps, change: ObjectChange, touched: Map<string, Touch>): void {
  const { index } = deps;
  const { object, previous } = change;
  const { resource, revision } = object;
  if (sameResource(resource, resourceBindings) || sameResource(resource, clusterResourceBindings)) {
    touchOf(touched, storeKey(object), revision);
  } else if (sameResource(resource, clusters)) {
    if (change.type === 'MODIFIED' && sameFacts(previous, object)) return;
    for (const { key } of index.in(object.name)) touchOf(touched, key, revision).clusters.add(object.name);
  } else if (sameResource(resource, overridePolicies) || sameResource(resource, clusterOverridePolicies)) {
    touchByOverride(deps, change, touched);
  } else {
    const binding = index.ofTemplate(storeKey(object));
    if (binding === undefined) return;
    if (change.type === 'MODIFIED' && previous !== undefined && contentVersion(previous) === contentVersion(object)) {
      return;
    }
    touchOf(touched, binding.key, revision).isWhole = true;
  }
}

function touchOf(touched: Map<string, Touch>, key: string, revision: number): Touch {
  const known = touched.get(key);
  if (known !== undefined) {
    known.revision = Math.max(known.revision, revision);
    return known;
  }
  const touch: Touch = { revision, isWhole: false, clusters: new Set() };
  touched.set(key, touch);
  return touch;
}

function sameFacts(previous: StoredObject | undefined, object: StoredObject): boolean {
  return clusterFacts(previous?.object as Cluster | undefined) === clusterFacts(object.object as Cluster);
}

/** Works where the policy took part, or does now: its old and its new version tell. */
function touchByOverride(deps: WorkChangesDeps, change: ObjectChange, touched: Map<string, Touch>): void {
  const versions = [change.previous, change.type === 'DELETED' ? undefined : change.object]
    .filter((version) => version !== undefined)
    .map(({ object }) => compilePolicy(object as AnyOverridePolicy));
  const [first] = versions;
  if (first === undefined) return;
  for (const entry of deps.index.selectedBy(scopeOf(first.reference, versions))) {
    const template = deps.now(entry.templateKey);
    if (template === undefined) continue;
    const selecting = versions.filter((version) => isSelecting(version, template.object));
    if (selecting.length > 0) touchTargets(deps, entry, selecting, change.object.revision, touched);
  }
}

function isSelecting(policy: CompiledPolicy, template: KubeObject): boolean {
  return scopeOf(policy.reference, [policy]).matches(template);
}

function touchTargets(
  deps: WorkChangesDeps,
  entry: IndexedBinding,
  policies: readonly CompiledPolicy[],
  revision: number,
  touched: Map<string, Touch>,
): void {
  for (const name of entry.clusters) {
    const cluster = deps.now(clusterKey(name))?.object as Cluster | undefined;
    if (cluster === undefined) continue;
    if (!policies.some(({ rules }) => rules.some(({ targets }) => targets(cluster)))) continue;
    touchOf(touched, entry.key, revision).clusters.add(name);
  }
}

export function clusterKey(name: string): string {
  return storeKey({ resource: clusters, namespace: '', name });
}

function compareWorlds(
  { index, inputsOf, now, show }: WorkChangesDeps,
  key: string,
  touch: Touch,
  before: World,
  events: ObjectChange[],
): void {
  const bindingNow = index.get(key)?.stored;
  const bindingBefore = before(key);
  const isSameBinding = bindingNow === bindingBefore;
  for (const cluster of clustersOf(bindingBefore, bindingNow)) {
    const were = bindingBefore === undefined ? undefined : inputsOf(bindingBefore, cluster, before);
    const are = bindingNow === undefined ? undefined : inputsOf(bindingNow, cluster, now);
    const { revision } = touch;
    const headers = {};
    if (were === undefined) {
      if (are !== undefined) {
        events.push({ type: 'ADDED', object: show(are, revision), previous: undefined, headers });
      }
    } else if (are === undefined) {
      events.push({ type: 'DELETED', object: show(were, revision), previous: show(were, 0), headers });
    } else {
      const isTouched = touch.isWhole || touch.clusters.has(cluster);
      if (!isTouched && (isSameBinding || workFacts(were) === workFacts(are))) continue;
      events.push({ type: 'MODIFIED', object: show(are, revision), previous: show(were, 0), headers });
    }
  }
}

function clustersOf(...bindings: readonly (StoredObject | undefined)[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const binding of bindings) {
    if (binding !== undefined) for (const name of planWorks(binding.object as Binding).keys()) names.add(name);
  }
  return names;
}
