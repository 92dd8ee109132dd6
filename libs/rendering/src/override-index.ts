/**
 * All override policies, found by what they select.
 *
 * Policies are kept per reach (cluster-wide, or one namespace) and there by the kind, and where they name it by the name, of what they select; those that select everything are
 * apart. A template is compared only with policies that select its kind and do not name another object, so a fleet whose policies are about other things costs two map lookups.
 */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { compilePolicy, matchStrength, noMatch, referenceOf } from './compiled-policy.ts';
import type { AnyOverridePolicy, CompiledPolicy, CompiledSelector, PolicyReference } from './compiled-policy.ts';

export interface OverrideIndex {
  /** Adds or replaces. Returns which templates may render differently now: those of the old and of the new version. */
  set(policy: AnyOverridePolicy): OverrideScope;
  /** `undefined` when there was no such policy. */
  remove(reference: PolicyReference): OverrideScope | undefined;
  has(reference: PolicyReference): boolean;
  /** What selects the template; the same `nothingSelected` whenever nothing does and nothing could. */
  select(template: KubeObject): OverrideSelection;
  readonly size: number;
}

/** The policies that select one template, in the order in which they apply: cluster-wide before namespaced, looser selection before closer, then by name. */
export interface OverrideSelection {
  readonly clusterWide: readonly CompiledPolicy[];
  readonly namespaced: readonly CompiledPolicy[];
  /** Namespaced policies see the object as the cluster-wide ones left it: ask again when those changed its labels or name. */
  readonly reselect: (changed: KubeObject) => readonly CompiledPolicy[];
}

/** What one change of a policy concerns. */
export interface OverrideScope {
  /** Exact test. */
  readonly matches: (template: KubeObject) => boolean;
  /** To find candidates without looking at every template; `undefined`: any template of `namespace`. */
  readonly selectors: readonly CompiledSelector[] | undefined;
  /** Absent: all namespaces and cluster-scoped templates. */
  readonly namespace?: string;
}

const noPolicies: readonly CompiledPolicy[] = Object.freeze([]);

export const nothingSelected: OverrideSelection = {
  clusterWide: noPolicies,
  namespaced: noPolicies,
  reselect: () => noPolicies,
};

export function createOverrideIndex(): OverrideIndex {
  const policies = new Map<string, CompiledPolicy>();
  const clusterWide = createReach();
  const namespaced = new Map<string, Reach>();

  function reachOf({ kind, namespace }: PolicyReference): Reach {
    if (kind === 'ClusterOverridePolicy') return clusterWide;
    const known = namespaced.get(namespace);
    if (known !== undefined) return known;
    const created = createReach();
    namespaced.set(namespace, created);
    return created;
  }

  function take(reference: PolicyReference): CompiledPolicy | undefined {
    const key = keyOf(reference);
    const policy = policies.get(key);
    if (policy === undefined) return undefined;
    policies.delete(key);
    const reach = reachOf(reference);
    reach.remove(policy);
    if (reference.kind === 'OverridePolicy' && reach.isEmpty()) namespaced.delete(reference.namespace);
    return policy;
  }

  return {
    set(policy) {
      const reference = referenceOf(policy);
      const former = take(reference);
      const compiled = compilePolicy(policy);
      policies.set(keyOf(reference), compiled);
      reachOf(reference).add(compiled);
      return scopeOf(reference, former === undefined ? [compiled] : [former, compiled]);
    },
    remove(reference) {
      const former = take(reference);
      return former === undefined ? undefined : scopeOf(reference, [former]);
    },
    has: (reference) => policies.has(keyOf(reference)),
    select(template) {
      const { namespace = '' } = template.metadata;
      const reach = namespace === '' ? undefined : namespaced.get(namespace);
      const first = clusterWide.matching(template);
      if (reach === undefined && first.length === 0) return nothingSelected;
      return {
        clusterWide: first,
        namespaced: reach?.matching(template) ?? noPolicies,
        reselect: (changed) => reach?.matching(changed) ?? noPolicies,
      };
    },
    get size() {
      return policies.size;
    },
  };
}

function keyOf({ kind, namespace, name }: PolicyReference): string {
  return `${kind}/${namespace}/${name}`;
}

/** What one policy concerns by any of these versions of it. */
export function scopeOf(reference: PolicyReference, versions: readonly CompiledPolicy[]): OverrideScope {
  const { kind, namespace } = reference;
  const isNamespaced = kind === 'OverridePolicy';
  const isUnselective = versions.some(({ selectors }) => selectors === undefined);
  return {
    matches: (template) =>
      (!isNamespaced || template.metadata.namespace === namespace) &&
      versions.some((version) => matchStrength(version, template) !== noMatch),
    selectors: isUnselective ? undefined : versions.flatMap(({ selectors }) => selectors ?? []),
    ...(isNamespaced ? { namespace } : {}),
  };
}

interface Reach {
  add(policy: CompiledPolicy): void;
  remove(policy: CompiledPolicy): void;
  isEmpty(): boolean;
  matching(template: KubeObject): readonly CompiledPolicy[];
}

function createReach(): Reach {
  const unselective = new Set<CompiledPolicy>();
  /** `kind apiVersion`, or `kind apiVersion name`. */
  const selective = new Map<string, Set<CompiledPolicy>>();

  return {
    add(policy) {
      if (policy.selectors === undefined) unselective.add(policy);
      for (const key of keysOf(policy)) {
        const bucket = selective.get(key);
        if (bucket === undefined) selective.set(key, new Set([policy]));
        else bucket.add(policy);
      }
    },
    remove(policy) {
      unselective.delete(policy);
      for (const key of keysOf(policy)) {
        const bucket = selective.get(key);
        bucket?.delete(policy);
        if (bucket?.size === 0) selective.delete(key);
      }
    },
    isEmpty: () => unselective.size === 0 && selective.size === 0,
    matching(template) {
      if (unselective.size === 0 && selective.size === 0) return noPolicies;
      const ofKind = selective.get(kindKey(template));
      const ofName = selective.get(nameKey(template, template.metadata.name ?? ''));
      if (unselective.size === 0 && ofKind === undefined && ofName === undefined) return noPolicies;
      return ordered(template, new Set([...unselective, ...(ofKind ?? []), ...(ofName ?? [])]));
    },
  };
}

interface TypedObject {
  readonly apiVersion: string;
  readonly kind: string;
}

function kindKey({ apiVersion, kind }: TypedObject): string {
  return `${kind} ${apiVersion}`;
}

function nameKey(object: TypedObject, name: string): string {
  return `${kindKey(object)} ${name}`;
}

function keysOf({ selectors = [] }: CompiledPolicy): readonly string[] {
  return selectors.map((selector) =>
    selector.name === undefined ? kindKey(selector) : nameKey(selector, selector.name),
  );
}

function ordered(template: KubeObject, candidates: ReadonlySet<CompiledPolicy>): readonly CompiledPolicy[] {
  const matches = [...candidates]
    .map((policy) => ({ policy, strength: matchStrength(policy, template) }))
    .filter(({ strength }) => strength !== noMatch);
  if (matches.length === 0) return noPolicies;
  matches.sort(
    (left, right) =>
      left.strength - right.strength || compareText(left.policy.reference.name, right.policy.reference.name),
  );
  return matches.map(({ policy }) => policy);
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
