/** Checks of PropagationPolicy and ClusterPropagationPolicy. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { forbiddenValue, immutableDetail, invalidValue, requiredValue } from '../field-error.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { checkQualifiedName } from '../name-rule.ts';
import { validatePlacement } from './placement-validation.ts';
import type {
  ApplicationFailover,
  ClusterPropagationPolicy,
  FailoverBehavior,
  PropagationPolicy,
  PropagationSpec,
  ResourceSelector,
  StatePreservation,
  Suspension,
} from './policy.ts';
import { defaultSchedulerName } from './well-known.ts';

/** Expects objects that their schema accepts, after defaulting. */
export function validatePropagationPolicy(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const { spec, metadata } = object as PropagationPolicy | ClusterPropagationPolicy;
  const before = (old as PropagationPolicy | undefined)?.spec;
  const errors: FieldError[] = [];
  if (before !== undefined && schedulerOf(spec) !== schedulerOf(before)) {
    const detail = `${immutableDetail}; create a new policy to use another scheduler`;
    errors.push(invalidValue('spec.schedulerName', spec.schedulerName ?? '', detail));
  }
  errors.push(...validateResourceSelectors(spec.resourceSelectors, metadata.namespace));
  if (spec.preemption === 'Always') errors.push(...validatePreemption(spec.resourceSelectors));
  if (spec.placement !== undefined) errors.push(...validatePlacement(spec.placement, 'spec.placement'));
  if (spec.failover !== undefined) errors.push(...validateFailover(spec.failover, spec));
  if (spec.suspension !== undefined) errors.push(...validateSuspension(spec.suspension, 'spec.suspension'));
  return errors;
}

function schedulerOf(spec: PropagationSpec): string {
  return spec.schedulerName ?? defaultSchedulerName;
}

/** `policyNamespace` is absent for cluster-scoped policies, which may select anywhere. Also for override policies. */
export function validateResourceSelectors(
  selectors: readonly ResourceSelector[],
  policyNamespace: string | undefined,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  selectors.forEach(({ apiVersion, kind, namespace, labelSelector }, index) => {
    const path = `spec.resourceSelectors[${index}]`;
    if (apiVersion === '') errors.push(requiredValue(`${path}.apiVersion`));
    if (kind === '') errors.push(requiredValue(`${path}.kind`));
    if (policyNamespace !== undefined && namespace !== undefined && namespace !== policyNamespace) {
      const detail = `must be the policy's own namespace "${policyNamespace}"; use a cluster-scoped policy to select elsewhere`;
      errors.push(invalidValue(`${path}.namespace`, namespace, detail));
    }
    if (labelSelector !== undefined) errors.push(...validateLabelSelector(labelSelector, `${path}.labelSelector`));
  });
  return errors;
}

function validatePreemption(selectors: readonly ResourceSelector[]): readonly FieldError[] {
  const detail = 'must name one template when preemption is Always, so that nothing is taken over by accident';
  return selectors.flatMap(({ name = '' }, index) =>
    name === '' ? [requiredValue(`spec.resourceSelectors[${index}].name`, detail)] : [],
  );
}

function validateFailover({ application, cluster }: FailoverBehavior, spec: PropagationSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (application !== undefined) {
    if (spec.propagateDeps !== true) {
      const detail = 'must be true with failover.application, so that what the application needs moves with it';
      errors.push(invalidValue('spec.propagateDeps', spec.propagateDeps ?? false, detail));
    }
    errors.push(...validateApplicationFailover(application, 'spec.failover.application'));
  }
  if (cluster?.statePreservation !== undefined) {
    errors.push(...validateStatePreservation(cluster.statePreservation, 'spec.failover.cluster.statePreservation'));
  }
  return errors;
}

function validateApplicationFailover(failover: ApplicationFailover, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { decisionConditions, purgeMode = 'Gracefully', gracePeriodSeconds, statePreservation } = failover;
  const { tolerationSeconds = 0 } = decisionConditions;
  if (tolerationSeconds < 0) {
    const field = `${path}.decisionConditions.tolerationSeconds`;
    errors.push(invalidValue(field, tolerationSeconds, 'must be greater than or equal to 0'));
  }
  if (gracePeriodSeconds !== undefined && purgeMode !== 'Gracefully') {
    const detail = `may only be set when purgeMode is Gracefully, not ${purgeMode}`;
    errors.push(forbiddenValue(`${path}.gracePeriodSeconds`, detail));
  }
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds <= 0) {
    errors.push(invalidValue(`${path}.gracePeriodSeconds`, gracePeriodSeconds, 'must be greater than 0'));
  }
  if (statePreservation !== undefined) {
    errors.push(...validateStatePreservation(statePreservation, `${path}.statePreservation`));
  }
  return errors;
}

function validateStatePreservation({ rules }: StatePreservation, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  rules.forEach(({ aliasLabelName, jsonPath }, index) => {
    const field = `${path}.rules[${index}]`;
    for (const complaint of checkQualifiedName(aliasLabelName)) {
      errors.push(invalidValue(`${field}.aliasLabelName`, aliasLabelName, complaint));
    }
    if (jsonPath === '') errors.push(requiredValue(`${field}.jsonPath`));
  });
  return errors;
}

/** Also for bindings. */
export function validateSuspension(suspension: Suspension, path: string): readonly FieldError[] {
  const clusterNames = suspension.dispatchingOnClusters?.clusterNames ?? [];
  if (suspension.dispatching !== true || clusterNames.length === 0) return [];
  const detail = 'may not be used together with dispatching, which holds back every cluster; remove one of them';
  return [forbiddenValue(`${path}.dispatchingOnClusters`, detail)];
}

/** What is accepted but probably not meant. */
export function warnAboutPropagationPolicy(object: KubeObject): readonly string[] {
  const { spec } = object as PropagationPolicy | ClusterPropagationPolicy;
  const warnings: string[] = [];
  if (spec.association !== undefined) warnings.push('spec.association is deprecated; use spec.propagateDeps');
  const { spreadConstraints = [], replicaScheduling } = spec.placement ?? {};
  const { replicaSchedulingType, replicaDivisionPreference, weightPreference } = replicaScheduling ?? {};
  const isWeighted = replicaSchedulingType === 'Divided' && replicaDivisionPreference === 'Weighted';
  if (spreadConstraints.length > 0 && isWeighted && weightPreference?.dynamicWeight === undefined) {
    warnings.push('spec.placement.spreadConstraints are ignored with static weights; use dynamicWeight or Aggregated');
  }
  return warnings;
}
