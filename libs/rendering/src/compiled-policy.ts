/** An override policy made ready for matching: selectors and cluster affinities are compiled once, when the policy changes. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { compileClusterMatcher } from '@flotilla/kinds/karmada/cluster-affinity';
import type {
  ClusterOverridePolicy,
  Overriders,
  OverridePolicy,
  ResourceSelector,
} from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { compileLabelSelector } from '@flotilla/kinds/label-selector';
import type { LabelMatcher } from '@flotilla/kinds/label-selector';

export type AnyOverridePolicy = OverridePolicy | ClusterOverridePolicy;

export interface PolicyReference {
  readonly kind: 'OverridePolicy' | 'ClusterOverridePolicy';
  /** Empty for ClusterOverridePolicy. */
  readonly namespace: string;
  readonly name: string;
}

export interface CompiledRule {
  /** Position within the policy. */
  readonly index: number;
  readonly targets: (cluster: Cluster) => boolean;
  readonly overriders: Overriders;
}

export interface CompiledPolicy {
  readonly reference: PolicyReference;
  readonly rules: readonly CompiledRule[];
  /** `undefined`: every template within the policy's reach. */
  readonly selectors: readonly CompiledSelector[] | undefined;
}

export interface CompiledSelector {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: any namespace. */
  readonly namespace?: string;
  /** Present: the labels do not matter. */
  readonly name?: string;
  readonly acceptsLabels?: LabelMatcher;
}

/** How closely a selector describes a template; a closer policy is applied later and so wins. */
export type MatchStrength = 0 | 1 | 2 | 3;
export const noMatch: MatchStrength = 0;
const matchesKind: MatchStrength = 1;
const matchesLabels: MatchStrength = 2;
const matchesName: MatchStrength = 3;

export function compilePolicy(policy: AnyOverridePolicy): CompiledPolicy {
  const { targetCluster, overriders } = policy.spec;
  const overrideRules = policy.spec.overrideRules ?? [];
  const resourceSelectors = policy.spec.resourceSelectors ?? [];
  const rules =
    overrideRules.length > 0 ? overrideRules : overriders === undefined ? [] : [{ targetCluster, overriders }];
  return {
    reference: referenceOf(policy),
    rules: rules.map((rule, index) => ({
      index,
      targets: compileClusterMatcher(rule.targetCluster),
      overriders: rule.overriders ?? {},
    })),
    selectors: resourceSelectors.length === 0 ? undefined : resourceSelectors.map(compileSelector),
  };
}

export function referenceOf(policy: AnyOverridePolicy): PolicyReference {
  const { namespace = '', name = '' } = policy.metadata;
  return { kind: policy.kind, namespace: policy.kind === 'OverridePolicy' ? namespace : '', name };
}

function compileSelector(selector: ResourceSelector): CompiledSelector {
  const { apiVersion, kind, namespace = '', name = '', labelSelector } = selector;
  const base = { apiVersion, kind, ...(namespace === '' ? {} : { namespace }) };
  if (name !== '') return { ...base, name };
  return labelSelector === undefined ? base : { ...base, acceptsLabels: compileLabelSelector(labelSelector) };
}

/** The closest of the policy's selectors. Does not look at the policy's own namespace. */
export function matchStrength(policy: CompiledPolicy, template: KubeObject): MatchStrength {
  if (policy.selectors === undefined) return matchesKind;
  let best: MatchStrength = noMatch;
  for (const selector of policy.selectors) {
    const strength = selectorStrength(selector, template);
    if (strength > best) best = strength;
  }
  return best;
}

function selectorStrength(selector: CompiledSelector, template: KubeObject): MatchStrength {
  const { namespace, name, labels } = template.metadata;
  if (selector.kind !== template.kind || selector.apiVersion !== template.apiVersion) return noMatch;
  if (selector.namespace !== undefined && selector.namespace !== namespace) return noMatch;
  if (selector.name !== undefined) return selector.name === name ? matchesName : noMatch;
  if (selector.acceptsLabels === undefined) return matchesKind;
  return selector.acceptsLabels(labels) ? matchesLabels : noMatch;
}
