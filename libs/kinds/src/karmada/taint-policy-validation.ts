/** Checks of ClusterTaintPolicy. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { forbiddenValue } from '../field-error.ts';
import { validateClusterAffinity, validateTaints } from './affinity-validation.ts';
import type { ClusterTaintPolicy } from './policy.ts';

/** `allowsNoExecute`: whether policies may evict workloads, which the operator of the platform decides. Expects objects that their schema accepts. */
export function validateClusterTaintPolicy(object: KubeObject, allowsNoExecute: boolean): readonly FieldError[] {
  const { spec } = object as ClusterTaintPolicy;
  const errors: FieldError[] = [
    ...validateClusterAffinity(spec.targetClusters, 'spec.targetClusters'),
    ...validateTaints(spec.taints, 'spec.taints', ['NoSchedule', 'NoExecute']),
  ];
  if (allowsNoExecute) return errors;
  const detail = 'NoExecute moves workloads away and is not allowed here; the platform must be set up to allow it';
  spec.taints.forEach(({ effect }, index) => {
    if (effect === 'NoExecute') errors.push(forbiddenValue(`spec.taints[${index}].effect`, detail));
  });
  return errors;
}
