/** A propagation policy prepared for matching: selectors compiled, precedence read out, placement compiled on first use. */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { compileLabelSelector, matchesEverything, type LabelMatcher } from '@flotilla/kinds/label-selector';
import type { ClusterPropagationPolicy, PropagationPolicy, ResourceSelector } from '@flotilla/kinds/karmada/policy';
import { clusterPropagationPolicyIdLabel, propagationPolicyIdLabel } from '@flotilla/kinds/karmada/well-known';
import { compilePlacement, type CompiledPlacement } from '../compiled-placement.ts';

export type AnyPropagationPolicy = PropagationPolicy | ClusterPropagationPolicy;

export interface PolicyRef {
  readonly kind: AnyPropagationPolicy['kind'];
  /** Empty for ClusterPropagationPolicy. */
  readonly namespace: string;
  readonly name: string;
}

/** What of a template policies look at. */
export interface TemplateFacts {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for cluster-scoped templates. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** Implicit precedence: 3 = the template is named, 2 = selected by labels, 1 = all of the kind. */
export type MatchStrength = 1 | 2 | 3;

export interface CompiledPolicy extends PolicyRef {
  readonly source: AnyPropagationPolicy;
  readonly permanentId: string;
  readonly priority: number;
  /** May take templates over from policies of lower rank. */
  readonly preempts: boolean;
  readonly isDeleting: boolean;
  readonly selectors: readonly CompiledSelector[];
  readonly placement: CompiledPlacement;
}

export interface CompiledSelector {
  readonly source: ResourceSelector;
  readonly strength: MatchStrength;
  /** Namespace that the selector is limited to; undefined = any, and cluster-scoped templates. */
  readonly namespace: string | undefined;
  readonly matchesLabels: LabelMatcher;
}

export function compilePolicy(source: AnyPropagationPolicy): CompiledPolicy {
  const { metadata, spec } = source;
  let placement: CompiledPlacement | undefined;
  return {
    ...policyRef(source),
    source,
    permanentId: permanentIdOf(source),
    priority: spec.priority ?? 0,
    preempts: spec.preemption === 'Always',
    isDeleting: metadata.deletionTimestamp !== undefined,
    selectors: spec.resourceSelectors.map((selector) => compileSelector(selector, source)),
    get placement(): CompiledPlacement {
      return (placement ??= compilePlacement(spec.placement));
    },
  };
}

/** A namespaced policy reaches only its own namespace, whatever its selectors say. */
function compileSelector(source: ResourceSelector, policy: AnyPropagationPolicy): CompiledSelector {
  const { name = '', labelSelector } = source;
  const named = source.namespace === '' ? undefined : source.namespace;
  return {
    source,
    strength: name !== '' ? 3 : labelSelector === undefined ? 1 : 2,
    namespace: policy.kind === 'PropagationPolicy' ? (policy.metadata.namespace ?? '') : named,
    matchesLabels: name !== '' || labelSelector === undefined ? matchesEverything : compileLabelSelector(labelSelector),
  };
}

export function policyRef({ kind, metadata }: AnyPropagationPolicy): PolicyRef {
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

/** Admission stamps a permanent id on every policy; the UID stands in for it on objects that never passed admission. */
function permanentIdOf({ kind, metadata }: AnyPropagationPolicy): string {
  const label = kind === 'PropagationPolicy' ? propagationPolicyIdLabel : clusterPropagationPolicyIdLabel;
  return metadata.labels?.[label] ?? metadata.uid ?? '';
}

export function formatPolicyRef({ kind, namespace, name }: PolicyRef): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function isSamePolicy(left: PolicyRef, right: PolicyRef): boolean {
  return left.kind === right.kind && left.namespace === right.namespace && left.name === right.name;
}

export function templateFacts({ apiVersion, kind, metadata }: KubeObject): TemplateFacts {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '', labels: metadata.labels };
}
