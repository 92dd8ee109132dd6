import { formatPolicyRef, type CompiledPolicy } from '@flotilla/placement/policy/compiled-policy';
import type { ObjectStore } from '@flotilla/store/object-store';
import { clusterOverridePolicies, overridePolicies, priorityClasses } from './resources.ts';

/** All that the policy depends on is there. */
export interface PolicyRequirements {
  readonly kind: 'met';
  readonly priority: number | undefined;
}

export interface Unmet {
  readonly kind: 'unmet';
  readonly message: string;
}

/** A policy takes effect only when its override policies and its priority class exist. */
export function checkRequirements(store: ObjectStore, policy: CompiledPolicy): PolicyRequirements | Unmet {
  const { spec, metadata } = policy.source;
  const isNamespaced = policy.kind === 'PropagationPolicy';
  const resource = isNamespaced ? overridePolicies : clusterOverridePolicies;
  const namespace = isNamespaced ? (metadata.namespace ?? '') : '';
  const missing = (spec.dependentOverrides ?? []).filter((name) => store.get(resource, namespace, name) === undefined);
  if (missing.length > 0) {
    return {
      kind: 'unmet',
      message: `${formatPolicyRef(policy)} waits for dependent overrides: ${missing.join(', ')}`,
    };
  }
  if (spec.schedulePriority === undefined) return { kind: 'met', priority: undefined };
  const { priorityClassName } = spec.schedulePriority;
  const priority = store.get(priorityClasses, '', priorityClassName)?.object['value'];
  return typeof priority === 'number'
    ? { kind: 'met', priority }
    : { kind: 'unmet', message: `${formatPolicyRef(policy)} waits for PriorityClass ${priorityClassName}` };
}
