/** Checks of cluster affinities, taints and tolerations: shared by policies, overrides, clusters and others. */
import type { FieldError } from '../kind-definition.ts';
import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from '../field-error.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { checkLabelValue, checkQualifiedName } from '../name-rule.ts';
import type { Taint, TaintEffect, Toleration } from './core-schema.ts';
import type { ClusterAffinity } from './policy.ts';

const selectableFields = ['provider', 'region', 'zone'];
const fieldOperators = ['In', 'NotIn'];

export function validateClusterAffinity(affinity: ClusterAffinity | undefined, path: string): readonly FieldError[] {
  if (affinity === undefined) return [];
  const errors: FieldError[] = [];
  if (affinity.labelSelector !== undefined) {
    errors.push(...validateLabelSelector(affinity.labelSelector, `${path}.labelSelector`));
  }
  (affinity.fieldSelector?.matchExpressions ?? []).forEach(({ key, operator }, index) => {
    const expression = `${path}.fieldSelector.matchExpressions[${index}]`;
    if (!selectableFields.includes(key)) errors.push(unsupportedValue(`${expression}.key`, key, selectableFields));
    if (!fieldOperators.includes(operator)) {
      errors.push(unsupportedValue(`${expression}.operator`, operator, fieldOperators));
    }
  });
  return errors;
}

export function isEmptyAffinity(affinity: ClusterAffinity): boolean {
  const { labelSelector, fieldSelector, clusterNames = [], exclude = [] } = affinity;
  return labelSelector === undefined && fieldSelector === undefined && clusterNames.length + exclude.length === 0;
}

export function validateTolerations(tolerations: readonly Toleration[], path: string): readonly FieldError[] {
  return tolerations.flatMap((toleration, index) => validateToleration(toleration, `${path}[${index}]`));
}

function validateToleration(toleration: Toleration, path: string): readonly FieldError[] {
  const { key = '', operator = 'Equal', value = '', effect = '', tolerationSeconds } = toleration;
  const errors: FieldError[] = [];
  if (key !== '') {
    for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(`${path}.key`, key, complaint));
  } else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidValue(`${path}.operator`, operator, detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === 'Exists' && value !== '') {
    errors.push(invalidValue(`${path}.value`, value, "value must be empty when `operator` is 'Exists'"));
  }
  if (operator === 'Equal') {
    for (const complaint of checkLabelValue(value)) errors.push(invalidValue(`${path}.value`, value, complaint));
  }
  if (operator === 'Lt' || operator === 'Gt') {
    errors.push(unsupportedValue(`${path}.operator`, operator, ['Equal', 'Exists']));
  }
  return errors;
}

/** `effects`: those that are allowed here. */
export function validateTaints(
  taints: readonly Taint[],
  path: string,
  effects: readonly TaintEffect[],
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  taints.forEach(({ key, value = '', effect }, index) => {
    const field = `${path}[${index}]`;
    if (key === '') errors.push(requiredValue(`${field}.key`));
    else for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(`${field}.key`, key, complaint));
    for (const complaint of checkLabelValue(value)) errors.push(invalidValue(`${field}.value`, value, complaint));
    if (!effects.includes(effect)) errors.push(unsupportedValue(`${field}.effect`, effect, effects));
    const identity = `${key}:${effect}`;
    if (seen.has(identity)) errors.push(duplicateValue(field, identity));
    seen.add(identity);
  });
  return errors;
}
