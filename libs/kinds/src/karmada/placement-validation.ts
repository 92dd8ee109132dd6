/** Checks of `placement`, in policies and bindings. */
import type { FieldError } from '../kind-definition.ts';
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from '../field-error.ts';
import { checkQualifiedName } from '../name-rule.ts';
import { isEmptyAffinity, validateClusterAffinity, validateTolerations } from './affinity-validation.ts';
import type {
  ClusterAffinityTerm,
  Placement,
  ReplicaScheduling,
  SpreadConstraint,
  WorkloadAffinity,
} from './policy.ts';

export function validatePlacement(placement: Placement, path: string): readonly FieldError[] {
  const { clusterAffinity, clusterAffinities = [], replicaScheduling, workloadAffinity } = placement;
  const errors: FieldError[] = [];
  if (clusterAffinity !== undefined && clusterAffinities.length > 0) {
    const detail = 'may not be used together with clusterAffinity; make it the first of clusterAffinities instead';
    errors.push(forbiddenValue(`${path}.clusterAffinities`, detail));
  }
  errors.push(...validateClusterAffinity(clusterAffinity, `${path}.clusterAffinity`));
  errors.push(...validateAffinityTerms(clusterAffinities, replicaScheduling, `${path}.clusterAffinities`));
  errors.push(...validateTolerations(placement.clusterTolerations ?? [], `${path}.clusterTolerations`));
  errors.push(...validateSpreadConstraints(placement.spreadConstraints ?? [], `${path}.spreadConstraints`));
  (replicaScheduling?.weightPreference?.staticWeightList ?? []).forEach(({ targetCluster }, index) => {
    const field = `${path}.replicaScheduling.weightPreference.staticWeightList[${index}].targetCluster`;
    errors.push(...validateClusterAffinity(targetCluster, field));
  });
  if (workloadAffinity !== undefined) {
    errors.push(...validateWorkloadAffinity(workloadAffinity, `${path}.workloadAffinity`));
  }
  return errors;
}

function validateAffinityTerms(
  terms: readonly ClusterAffinityTerm[],
  scheduling: ReplicaScheduling | undefined,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const checkTermName = (name: string, field: string): void => {
    for (const complaint of checkQualifiedName(name)) errors.push(invalidValue(field, name, complaint));
    if (seen.has(name)) errors.push(duplicateValue(field, name));
    seen.add(name);
  };
  terms.forEach((term, index) => {
    const field = `${path}[${index}]`;
    const tiers = term.overflowAffinities ?? [];
    checkTermName(term.affinityName, `${field}.affinityName`);
    errors.push(...validateClusterAffinity(term, field));
    tiers.forEach((tier, tierIndex) => {
      const tierField = `${field}.overflowAffinities[${tierIndex}]`;
      checkTermName(tier.affinityName, `${tierField}.affinityName`);
      errors.push(...validateClusterAffinity(tier, tierField));
    });
    if (tiers.length > 0) errors.push(...validateOverflow(term, scheduling, `${field}.overflowAffinities`));
  });
  return errors;
}

function validateOverflow(
  term: ClusterAffinityTerm,
  scheduling: ReplicaScheduling | undefined,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (isEmptyAffinity(term)) {
    const detail =
      'needs conditions on the clusters of the group itself, e.g. clusterNames: an empty group leaves none over';
    errors.push(forbiddenValue(path, detail));
  }
  if (!dividesByCapacity(scheduling)) {
    const detail =
      'needs replicaSchedulingType Divided with replicaDivisionPreference Aggregated, or Weighted with weightPreference.dynamicWeight';
    errors.push(forbiddenValue(path, detail));
  }
  return errors;
}

function dividesByCapacity(scheduling: ReplicaScheduling | undefined): boolean {
  if (scheduling?.replicaSchedulingType !== 'Divided') return false;
  if (scheduling.replicaDivisionPreference === 'Aggregated') return true;
  const isDynamic = scheduling.weightPreference?.dynamicWeight !== undefined;
  return scheduling.replicaDivisionPreference === 'Weighted' && isDynamic;
}

function validateSpreadConstraints(constraints: readonly SpreadConstraint[], path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const fields = new Set<string>();
  constraints.forEach((constraint, index) => {
    const field = `${path}[${index}]`;
    const { spreadByField, spreadByLabel = '' } = constraint;
    if (spreadByField !== undefined && spreadByLabel !== '') {
      errors.push(
        forbiddenValue(`${field}.spreadByLabel`, 'may not be used together with spreadByField; use two constraints'),
      );
    }
    if (spreadByField !== undefined) {
      if (fields.has(spreadByField)) errors.push(duplicateValue(`${field}.spreadByField`, spreadByField));
      fields.add(spreadByField);
    }
    if (spreadByLabel !== '') {
      for (const complaint of checkQualifiedName(spreadByLabel)) {
        errors.push(invalidValue(`${field}.spreadByLabel`, spreadByLabel, complaint));
      }
    }
    errors.push(...validateGroupCounts(constraint, field));
  });
  if (fields.size > 0 && !fields.has('cluster')) {
    const detail = `needs a constraint with spreadByField cluster beside those for ${[...fields].join(', ')}`;
    errors.push(requiredValue(path, detail));
  }
  return errors;
}

function validateGroupCounts({ minGroups = 0, maxGroups = 0 }: SpreadConstraint, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const detail = 'must be greater than or equal to 0';
  if (minGroups < 0) errors.push(invalidValue(`${path}.minGroups`, minGroups, detail));
  if (maxGroups < 0) errors.push(invalidValue(`${path}.maxGroups`, maxGroups, detail));
  if (maxGroups > 0 && maxGroups < minGroups) {
    errors.push(
      invalidValue(`${path}.maxGroups`, maxGroups, `must be greater than or equal to minGroups (${minGroups})`),
    );
  }
  return errors;
}

function validateWorkloadAffinity({ affinity, antiAffinity }: WorkloadAffinity, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, term] of [['affinity', affinity] as const, ['antiAffinity', antiAffinity] as const]) {
    if (term === undefined) continue;
    for (const complaint of checkQualifiedName(term.groupByLabelKey)) {
      errors.push(invalidValue(`${path}.${name}.groupByLabelKey`, term.groupByLabelKey, complaint));
    }
  }
  if (affinity !== undefined && affinity.groupByLabelKey === antiAffinity?.groupByLabelKey) {
    const detail = 'must differ from affinity.groupByLabelKey: the same workloads cannot be both together and apart';
    errors.push(invalidValue(`${path}.antiAffinity.groupByLabelKey`, affinity.groupByLabelKey, detail));
  }
  return errors;
}
