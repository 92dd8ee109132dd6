/** Tolerations, spreading and pod affinity of a pod specification. */
import { invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkLabelValue, checkQualifiedName } from '../../name-rule.ts';
import { checkOneOf, checkPositive, type Errors } from '../errors.ts';
import type { PodAffinity, PodSpec, Toleration, TopologySpreadConstraint } from './pod-types.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateScheduling(errors: Errors, spec: PodSpec, path: string): void {
  validateTolerations(errors, spec.tolerations ?? [], `${path}.tolerations`);
  (spec.topologySpreadConstraints ?? []).forEach((constraint, index) => {
    validateSpread(errors, constraint, `${path}.topologySpreadConstraints[${index}]`);
  });
  validatePodAffinity(errors, spec.affinity?.podAffinity, `${path}.affinity.podAffinity`);
  validatePodAffinity(errors, spec.affinity?.podAntiAffinity, `${path}.affinity.podAntiAffinity`);
}

export function validateTolerations(errors: Errors, tolerations: readonly Toleration[], path: string): void {
  tolerations.forEach((toleration, index) => {
    const field = `${path}[${index}]`;
    const key = toleration.key ?? '';
    if (key !== '') {
      for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(`${field}.key`, key, complaint));
    } else if (toleration.operator !== 'Exists') {
      errors.push(
        invalidValue(
          `${field}.operator`,
          toleration.operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== 'NoExecute') {
      errors.push(
        invalidValue(
          `${field}.effect`,
          toleration.effect ?? '',
          "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
      );
    }
    validateTolerationValue(errors, toleration, field);
    if (toleration.effect !== undefined && !effects.includes(toleration.effect)) {
      errors.push(unsupportedValue(`${field}.effect`, toleration.effect, effects));
    }
  });
}

function validateTolerationValue(errors: Errors, toleration: Toleration, path: string): void {
  const value = toleration.value ?? '';
  switch (toleration.operator) {
    case undefined:
    case '':
    case 'Equal':
      for (const complaint of checkLabelValue(value)) errors.push(invalidValue(`${path}.operator`, value, complaint));
      return;
    case 'Exists':
      if (value !== '') {
        errors.push(invalidValue(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
      }
      return;
    default:
      errors.push(unsupportedValue(`${path}.operator`, toleration.operator, ['Equal', 'Exists']));
  }
}

function validateSpread(errors: Errors, constraint: TopologySpreadConstraint, path: string): void {
  const maxSkew = constraint.maxSkew ?? 0;
  if (maxSkew <= 0) errors.push(invalidValue(`${path}.maxSkew`, maxSkew, 'must be greater than zero'));
  if ((constraint.topologyKey ?? '') === '') errors.push(requiredValue(`${path}.topologyKey`, 'can not be empty'));
  checkOneOf(errors, `${path}.whenUnsatisfiable`, constraint.whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']);
  checkPositive(errors, `${path}.minDomains`, constraint.minDomains);
}

function validatePodAffinity(errors: Errors, affinity: PodAffinity | undefined, path: string): void {
  (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).forEach((term, index) => {
    const field = `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}].topologyKey`;
    checkTopologyKey(errors, field, term.topologyKey ?? '');
  });
  (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach((preference, index) => {
    const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    const weight = preference.weight ?? 0;
    if (weight < 1 || weight > 100) errors.push(invalidValue(`${field}.weight`, weight, 'must be in the range 1-100'));
    checkTopologyKey(errors, `${field}.podAffinityTerm.topologyKey`, preference.podAffinityTerm?.topologyKey ?? '');
  });
}

function checkTopologyKey(errors: Errors, field: string, key: string): void {
  if (key === '') errors.push(requiredValue(field, 'can not be empty'));
  for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(field, key, complaint));
}
