import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { Overriders } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { CompiledPolicy, PolicyReference } from './compiled-policy.ts';
import type { OverrideSelection } from './override-index.ts';
import { OverrideFailure } from './override-failure.ts';
import { applyOverriders } from './overriders/overriders.ts';

/** One rule that took part in a manifest. */
export interface AppliedOverride {
  readonly policy: PolicyReference;
  /** Position of the rule within the policy. */
  readonly rule: number;
  readonly overriders: Overriders;
}

export type OverrideResult =
  | { readonly kind: 'applied'; readonly manifest: KubeObject; readonly overrides: readonly AppliedOverride[] }
  | OverrideFailed;

/** A rule does not fit the object: nothing may be sent to this cluster, other clusters are not concerned. */
export interface OverrideFailed {
  readonly kind: 'failed';
  readonly policy: PolicyReference;
  readonly rule: number;
  /** JSON pointer into the manifest. */
  readonly path: string;
  /** Names policy, rule and place; made for users. */
  readonly message: string;
}

/** The same empty list whenever nothing applied. */
const noOverrides: readonly AppliedOverride[] = Object.freeze([]);

/** Applies the rules that target the cluster, policy after policy. The manifest itself is returned when none does. */
export function applyOverrides(manifest: KubeObject, selection: OverrideSelection, cluster: Cluster): OverrideResult {
  const first = applyPolicies(manifest, selection.clusterWide, cluster);
  if (first.kind === 'failed') return first;
  const policies = isSelectedAlike(first.manifest, manifest)
    ? selection.namespaced
    : selection.reselect(first.manifest);
  if (policies.length === 0) return first;
  const second = applyPolicies(first.manifest, policies, cluster);
  if (second.kind === 'failed' || first.overrides.length === 0) return second;
  return { ...second, overrides: [...first.overrides, ...second.overrides] };
}

function isSelectedAlike({ metadata: left }: KubeObject, { metadata: right }: KubeObject): boolean {
  return left === right || (left.labels === right.labels && left.name === right.name);
}

function applyPolicies(manifest: KubeObject, policies: readonly CompiledPolicy[], cluster: Cluster): OverrideResult {
  let changed = manifest;
  let overrides: AppliedOverride[] | undefined;
  for (const { reference, rules } of policies) {
    for (const { index, targets, overriders } of rules) {
      if (!targets(cluster)) continue;
      try {
        changed = applyOverriders(changed, overriders);
      } catch (error) {
        if (error instanceof OverrideFailure) return failed(reference, index, error);
        throw error;
      }
      (overrides ??= []).push({ policy: reference, rule: index, overriders });
    }
  }
  return { kind: 'applied', manifest: changed, overrides: overrides ?? noOverrides };
}

/** The message is made of policy, rule, place and problem. */
export function failed(policy: PolicyReference, rule: number, failure: OverrideFailure): OverrideFailed {
  const name = policy.namespace === '' ? policy.name : `${policy.namespace}/${policy.name}`;
  return {
    kind: 'failed',
    policy,
    rule,
    path: failure.path,
    message: `${policy.kind} ${name}, rule ${rule + 1}, ${failure.path === '' ? '(whole object)' : failure.path}: ${failure.message}`,
  };
}
