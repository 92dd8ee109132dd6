/** From changes in the store to templates that have to be looked at: each change costs what it affects, not what exists. Status reports, heartbeats and our own writes cost next to nothing. */
import type { PolicyIndex } from '@flotilla/placement/policy/policy-index';
import { policyRef, type AnyPropagationPolicy } from '@flotilla/placement/policy/compiled-policy';
import { selectedTemplates, type TemplateSource } from '@flotilla/placement/policy/selected-templates';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectChange, ObjectStore, StoredObject, Subscription } from '@flotilla/store/object-store';
import { bindingIdLabel, bindingOf } from './binding.ts';
import { bindingKey, type Bindings } from './bindings.ts';
import type { Claims } from './claims.ts';
import type { DependencyChange, Dependents } from './dependents.ts';
import { matchesNothingOf } from './fleet-match.ts';
import type { Fleet } from './fleet.ts';
import type { PlacementCache } from './placement-cache.ts';
import {
  clusterOverridePolicies,
  clusterPropagationPolicies,
  clusterResourceBindings,
  clusters,
  federatedResourceQuotas,
  overridePolicies,
  priorityClasses,
  propagationPolicies,
  resourceBindings,
  workloadRebalancers,
} from './resources.ts';
import { isSameJson } from './same-json.ts';
import { isStatusOnly } from './status-only.ts';
import { templateSource } from './template-source.ts';
import { isTemplate, locate, templateKey, type TemplateKey } from './template-key.ts';
import type { Waiting } from './waiting.ts';
import type { WorkloadGroups } from './workload-groups.ts';

export interface ChangeRouterDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly fleet: Fleet;
  readonly policies: PolicyIndex;
  readonly bindings: Bindings;
  readonly dependents: Dependents;
  readonly groups: WorkloadGroups;
  readonly placements: PlacementCache;
  readonly claims: Claims;
  readonly waiting: Waiting;
  readonly ownHeaders: Readonly<Record<string, string>>;
  readonly lookAt: (key: TemplateKey) => void;
  readonly lookLater: (key: TemplateKey) => void;
  readonly rebalance: (name: string) => void;
  /** Usage of the namespace's quotas may have changed. */
  readonly recount: (namespace: string) => void;
}

export interface ChangeRouter {
  /** Takes in all that is there, then follows. */
  start(): void;
  /** Looks again at all that there is of these keys: templates, rebalancers, quotas. */
  lookAtAll(isMeant: (key: string) => boolean): void;
  stop(): void;
}

type Handler = (change: ObjectChange) => void;

export function createChangeRouter(deps: ChangeRouterDeps): ChangeRouter {
  return new StoreChangeRouter(deps);
}

class StoreChangeRouter implements ChangeRouter {
  readonly #deps: ChangeRouterDeps;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #templates: TemplateSource;
  readonly #listed = new Set<string>();
  #subscription: Subscription | undefined;
  #isStarted = false;
  #forgetKinds: (() => void) | undefined;

  constructor(deps: ChangeRouterDeps) {
    this.#deps = deps;
    this.#templates = templateSource(deps.store, deps.kinds);
    const onPolicy: Handler = (change) => this.#onPolicy(change);
    const onBinding: Handler = (change) => this.#onBinding(change);
    const onRequirement: Handler = ({ type }) => {
      if (type !== 'MODIFIED') this.#lookAtAll(this.#deps.waiting.keys('requirement'));
    };
    const handlers: readonly (readonly [ResourceId, Handler])[] = [
      [clusters, (change) => this.#onCluster(change)],
      [propagationPolicies, onPolicy],
      [clusterPropagationPolicies, onPolicy],
      [resourceBindings, onBinding],
      [clusterResourceBindings, onBinding],
      [overridePolicies, onRequirement],
      [clusterOverridePolicies, onRequirement],
      [priorityClasses, onRequirement],
      [federatedResourceQuotas, (change) => this.#onQuota(change)],
      [workloadRebalancers, ({ type, object }) => type !== 'DELETED' && this.#deps.rebalance(object.name)],
    ];
    this.#handlers = new Map(handlers.map(([resource, handler]) => [resourceKey(resource), handler]));
  }

  start(): void {
    const { store, kinds } = this.#deps;
    const subscription = store.subscribe({
      from: store.revision,
      onChanges: (changes) => {
        for (const change of changes) this.#take(change);
      },
    });
    if (subscription.kind === 'expired') throw new Error('a store has no changes after its own revision');
    this.#subscription = subscription;
    for (const key of this.#handlers.keys()) this.#list(resourceOf(key));
    this.#listKinds();
    this.#isStarted = true;
    this.#forgetKinds = kinds.onChange(() => this.#onKinds());
  }

  lookAtAll(isMeant: (key: string) => boolean): void {
    const { store, kinds, bindings, claims, rebalance, recount, lookAt } = this.#deps;
    const look = (key: TemplateKey): void => {
      if (isMeant(key)) lookAt(key);
    };
    for (const [key] of bindings.entries()) look(key);
    for (const resource of distinctResources(kinds)) {
      if (this.#handlers.has(resourceKey(resource))) continue;
      for (const object of store.list(resource)) {
        if (!isTemplate(object)) continue;
        const key = templateKey(object);
        if (bindings.has(key) || !isMeant(key) || !this.#mayConcern(key, object)) continue;
        if (claims.isClaimed(key) || this.#isWanted(key, object.object)) look(key);
      }
    }
    for (const { name } of store.list(workloadRebalancers)) rebalance(name);
    for (const namespace of new Set(store.list(federatedResourceQuotas).map((quota) => quota.namespace))) {
      recount(namespace);
    }
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#forgetKinds?.();
  }

  #listKinds(): void {
    for (const { group, plural } of this.#deps.kinds.all()) this.#list({ group, resource: plural });
  }

  #list(resource: ResourceId): void {
    const key = resourceKey(resource);
    if (this.#listed.has(key)) return;
    this.#listed.add(key);
    for (const object of this.#deps.store.list(resource)) {
      this.#take({ type: 'ADDED', object, previous: undefined, headers: {} });
    }
  }

  #onKinds(): void {
    const { bindings, dependents, lookAt } = this.#deps;
    for (const key of bindings.resolve()) lookAt(key);
    for (const [, stored] of bindings.entries()) {
      const binding = bindingOf(stored);
      if (binding.spec.propagateDeps !== true) continue;
      this.#lookAtDependencies(dependents.set(bindingKey(stored), binding, bindingIdLabel(stored.namespace)));
    }
    this.#listKinds();
  }

  #take(change: ObjectChange): void {
    const handler = this.#handlers.get(resourceKey(change.object.resource));
    if (handler !== undefined) handler(change);
    else if (isTemplate(change.object)) this.#onTemplate(change);
  }

  #onTemplate(change: ObjectChange): void {
    const { bindings, claims, lookAt, waiting } = this.#deps;
    const { type, object } = change;
    const key = templateKey(object);
    if (type === 'DELETED') {
      claims.set(key, undefined);
      waiting.forget(key);
      if (bindings.has(key)) lookAt(key);
      return;
    }
    if (!this.#mayConcern(key, object)) return;
    claims.set(key, object.object);
    if (this.#isOwn(change) || isStatusOnly(change)) return;
    if (bindings.has(key) || claims.isClaimed(key) || this.#isWanted(key, object.object)) lookAt(key);
  }

  /** Keeps objects that nobody propagates from being parsed at all. */
  #mayConcern(key: TemplateKey, { resource }: StoredObject): boolean {
    const { kinds, policies, dependents, bindings, claims } = this.#deps;
    if (bindings.has(key) || claims.isClaimed(key) || dependents.mayNeed(key)) return true;
    return kinds.versions(resource.group, resource.resource).some(({ kind }) => policies.knowsKind(kind));
  }

  #isWanted(key: TemplateKey, template: KubeObject): boolean {
    const { policies, dependents } = this.#deps;
    const { apiVersion, kind, metadata } = template;
    const { namespace = '', name = '', labels } = metadata;
    return (
      policies.matches({ apiVersion, kind, namespace, name, labels }).length > 0 ||
      (dependents.mayNeed(key) && dependents.referrersOf(key, template).length > 0)
    );
  }

  #onPolicy({ type, object }: ObjectChange): void {
    const { policies, claims } = this.#deps;
    const source = object.object as AnyPropagationPolicy;
    const keys = new Set(claims.heldBy(policyRef(source)));
    if (type === 'DELETED') {
      policies.remove(policyRef(source));
    } else {
      const policy = policies.set(source);
      // At the start templates come after the policies, each by itself.
      if (this.#isStarted) {
        for (const template of selectedTemplates(policy, this.#templates)) {
          const location = locate(referenceTo(template), this.#deps.kinds);
          if (location !== undefined && isTemplate(location)) keys.add(templateKey(location));
        }
      }
    }
    this.#lookAtAll(keys);
  }

  /** Counting again writes only what differs, so our own writes end it. */
  #onQuota({ type, object }: ObjectChange): void {
    if (type !== 'DELETED') this.#deps.recount(object.namespace);
    this.#lookAtAll(this.#deps.waiting.keys('quota'));
  }

  #onBinding(change: ObjectChange): void {
    const { bindings, groups, dependents, lookAt } = this.#deps;
    const { type, object } = change;
    const isGone = type === 'DELETED';
    const binding = isGone ? undefined : bindingOf(object);
    const key = isGone ? bindings.remove(object) : bindings.set(object);
    groups.set(bindingKey(object), object.namespace, binding?.spec);
    if (this.#isStarted && !this.#isOwn(change)) this.#recountIfLimited(object.namespace);
    this.#lookAtDependencies(dependents.set(bindingKey(object), binding, bindingIdLabel(object.namespace)));
    if (bindingOf(object).spec.workloadAffinityGroups !== undefined) this.#lookAtAll(this.#deps.waiting.grouped());
    if (key === undefined || this.#isOwn(change)) return;
    if (!isStatusOnly(change) || !isSameJson(binding?.spec, change.previous?.object['spec'])) lookAt(key);
  }

  #recountIfLimited(namespace: string): void {
    const { store, recount } = this.#deps;
    if (namespace !== '' && store.count(federatedResourceQuotas) > 0) recount(namespace);
  }

  #lookAtDependencies({ keys, selections }: DependencyChange): void {
    this.#lookAtAll(keys);
    for (const { keyStart, matches } of selections) {
      const [group = '', resource = '', namespace = ''] = keyStart.split('/');
      for (const stored of this.#deps.store.list({ group, resource }, namespace)) {
        if (matches(stored.object.metadata.labels)) this.#deps.lookAt(templateKey(stored));
      }
    }
  }

  #onCluster(change: ObjectChange): void {
    const { fleet, waiting, lookLater } = this.#deps;
    const before = fleet.snapshot();
    switch (fleet.take(change)) {
      case 'placement':
        this.#lookAtAffected(change.object.name, before);
        this.#lookAtAll([...waiting.keys('cluster'), ...waiting.keys('room')]);
        return;
      case 'apis':
        this.#lookAtAll(waiting.keys('cluster'));
        return;
      case 'capacity':
        for (const key of waiting.keys('room')) lookLater(key);
        return;
      case 'none':
    }
  }

  /** Bindings whose affinity meets the cluster as it was or as it is, and those that are in it. */
  #lookAtAffected(name: string, before: ReturnType<Fleet['snapshot']>): void {
    const { bindings, fleet, placements, lookAt } = this.#deps;
    const after = fleet.snapshot();
    const versions = [before, after]
      .map(({ clusters: list, positions }) => list[positions.get(name) ?? -1])
      .filter((cluster) => cluster !== undefined);
    for (const [key, stored] of bindings.entries()) {
      const binding = bindingOf(stored);
      const { placement, clusters: targets = [] } = binding.spec;
      if (placement === undefined) continue;
      const isTarget = targets.some((target) => target.name === name);
      const compiled = placements.get(placement);
      if (isTarget || !matchesNothingOf(compiled, versions)) lookAt(key);
    }
  }

  #lookAtAll(keys: Iterable<TemplateKey>): void {
    for (const key of keys) this.#deps.lookAt(key);
  }

  #isOwn({ headers }: ObjectChange): boolean {
    return Object.entries(this.#deps.ownHeaders).every(([name, value]) => headers[name] === value);
  }
}

function distinctResources(kinds: KindRegistry): readonly ResourceId[] {
  const keys = new Set(kinds.all().map(({ group, plural }) => resourceKey({ group, resource: plural })));
  return [...keys].map(resourceOf);
}

function resourceKey({ group, resource }: ResourceId): string {
  return `${group}/${resource}`;
}

function resourceOf(key: string): ResourceId {
  const [group = '', resource = ''] = key.split('/');
  return { group, resource };
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): Parameters<typeof locate>[0] {
  const { namespace, name } = metadata;
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
