/** A placement prepared for many decisions: selectors compiled, defaults of absent fields applied, the strategy named. Immutable but for its cache of verdicts. */
import type { Toleration } from '@flotilla/kinds/karmada/cluster';
import {
  compileClusterAffinity,
  matchesEveryCluster,
  type AffinityMatcher,
} from '@flotilla/kinds/karmada/cluster-affinity';
import type { ClusterAffinity, Placement, SpreadConstraint } from '@flotilla/kinds/karmada/policy';
import { createVerdictCache, type VerdictCache } from './verdict-cache.ts';

/** How replicas are given to clusters. */
export type Strategy = 'duplicated' | 'static-weight' | 'dynamic-weight' | 'aggregated';

export interface CompiledPlacement {
  readonly source: Placement;
  /** At least one; without `clusterAffinities` one unnamed term. */
  readonly terms: readonly AffinityTerm[];
  readonly hasNamedTerms: boolean;
  readonly tolerations: readonly Toleration[];
  readonly spread: readonly SpreadRule[];
  readonly strategy: Strategy;
  readonly weightRules: readonly WeightRule[];
  /** The placement as JSON: what `policy.karmada.io/applied-placement` holds. */
  readonly json: string;
  readonly verdicts: VerdictCache;
}

export interface AffinityTerm {
  readonly name: string;
  /** Tier 0 is the affinity itself, the others are its overflow tiers in order. */
  readonly tiers: readonly AffinityTier[];
}

export interface AffinityTier {
  readonly name: string;
  readonly match: AffinityMatcher;
}

/** One spread constraint. Without `maxGroups` there is no upper limit. */
export interface SpreadRule {
  /** `cluster`, `region`, `zone`, `provider`, or `label:<key>`. */
  readonly dimension: string;
  readonly minGroups: number;
  readonly maxGroups: number;
}

export interface WeightRule {
  readonly match: AffinityMatcher;
  readonly weight: number;
}

export function compilePlacement(source: Placement = {}): CompiledPlacement {
  const strategy = strategyOf(source);
  const affinities = source.clusterAffinities ?? [];
  return {
    source,
    terms: affinities.length > 0 ? affinities.map((term) => compileTerm(term, strategy)) : [unnamedTerm(source)],
    hasNamedTerms: affinities.length > 0,
    tolerations: source.clusterTolerations ?? [],
    spread: (source.spreadConstraints ?? []).map(compileSpread),
    strategy,
    weightRules: (source.replicaScheduling?.weightPreference?.staticWeightList ?? []).map((rule) => ({
      match: compileClusterAffinity(rule.targetCluster),
      weight: rule.weight,
    })),
    json: JSON.stringify(source),
    verdicts: createVerdictCache(),
  };
}

/** No replicaScheduling means Duplicated; Weighted without dynamicWeight means static weights. */
export function strategyOf({ replicaScheduling }: Placement): Strategy {
  if (replicaScheduling === undefined) return 'duplicated';
  if (replicaScheduling.replicaSchedulingType === 'Duplicated') return 'duplicated';
  if (replicaScheduling.replicaDivisionPreference === 'Aggregated') return 'aggregated';
  return replicaScheduling.weightPreference?.dynamicWeight ? 'dynamic-weight' : 'static-weight';
}

function unnamedTerm(source: Placement): AffinityTerm {
  return { name: '', tiers: [{ name: '', match: compileClusterAffinity(source.clusterAffinity) }] };
}

type TermSource = NonNullable<Placement['clusterAffinities']>[number];

/** Overflow tiers count only where capacity decides, and only behind a primary affinity that says something. */
function compileTerm(term: TermSource, strategy: Strategy): AffinityTerm {
  const primary: AffinityTier = { name: term.affinityName, match: compileClusterAffinity(term) };
  const saysSomething = primary.match !== matchesEveryCluster;
  const hasOverflow = (strategy === 'dynamic-weight' || strategy === 'aggregated') && saysSomething;
  const overflow: readonly (ClusterAffinity & { readonly affinityName: string })[] = hasOverflow
    ? (term.overflowAffinities ?? [])
    : [];
  return {
    name: term.affinityName,
    tiers: [primary, ...overflow.map((tier) => ({ name: tier.affinityName, match: compileClusterAffinity(tier) }))],
  };
}

function compileSpread(constraint: SpreadConstraint): SpreadRule {
  const label = constraint.spreadByLabel ?? '';
  const max = constraint.maxGroups ?? 0;
  return {
    dimension: label === '' ? (constraint.spreadByField ?? 'cluster') : `label:${label}`,
    minGroups: constraint.minGroups ?? 1,
    maxGroups: max > 0 ? max : Number.POSITIVE_INFINITY,
  };
}
