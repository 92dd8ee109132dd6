import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkPathSegment } from '../../name-rule.ts';
import { checkNamed, checkOneOf, type Errors } from '../errors.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { AutoscalerSpec, MetricSpec, MetricTarget, ScalingRules } from './hpa-types.ts';

const sourceFields = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
} as const;
const sourceTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const targetTypes = ['Utilization', 'Value', 'AverageValue'];
const windowMaxSeconds = 3600;
const periodMaxSeconds = 1800;

export function validateAutoscaler(object: KubeObject): readonly FieldError[] {
  const spec = object['spec'] as AutoscalerSpec;
  const errors: Errors = [];
  const minimum = spec.minReplicas;
  const maximum = spec.maxReplicas ?? 0;
  if (minimum !== undefined && minimum < 1) {
    errors.push(invalidValue('spec.minReplicas', minimum, 'must be greater than or equal to 1'));
  }
  if (maximum === 0) errors.push(requiredValue('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maximum < 0) errors.push(invalidValue('spec.maxReplicas', maximum, 'must be greater than or equal to 1'));
  if (minimum !== undefined && maximum < minimum) {
    errors.push(invalidValue('spec.maxReplicas', maximum, 'must be greater than or equal to `minReplicas`'));
  }
  checkNamed(errors, 'spec.scaleTargetRef.kind', spec.scaleTargetRef?.kind, checkPathSegment);
  checkNamed(errors, 'spec.scaleTargetRef.name', spec.scaleTargetRef?.name, checkPathSegment);
  const apiVersion = spec.scaleTargetRef?.apiVersion ?? '';
  if (!apiVersion.includes('/')) {
    errors.push(invalidValue('spec.scaleTargetRef.apiVersion', apiVersion, 'apiVersion must specify API group'));
  }
  if (
    minimum === 0 &&
    spec.metrics?.some((metric) => metric.type === 'Object' || metric.type === 'External') !== true
  ) {
    errors.push(
      forbiddenValue(
        'spec.metrics',
        'must specify at least one Object or External metric to support scaling to zero replicas',
      ),
    );
  }
  (spec.metrics ?? []).forEach((metric, index) => validateMetric(errors, metric, `spec.metrics[${index}]`));
  if (spec.behavior?.scaleUp !== undefined) validateRules(errors, spec.behavior.scaleUp, 'spec.behavior.scaleUp');
  if (spec.behavior?.scaleDown !== undefined) validateRules(errors, spec.behavior.scaleDown, 'spec.behavior.scaleDown');
  return errors;
}

function validateMetric(errors: Errors, metric: MetricSpec, path: string): void {
  const type = metric.type ?? '';
  if (type === '') {
    errors.push(requiredValue(`${path}.type`, 'must specify a metric source type'));
    return;
  }
  if (!sourceTypes.includes(type)) {
    errors.push(unsupportedValue(`${path}.type`, type, sourceTypes));
    return;
  }
  const expected = sourceFields[type as keyof typeof sourceFields];
  for (const field of Object.values(sourceFields)) {
    if (field !== expected && metric[field] !== undefined) {
      errors.push(forbiddenValue(`${path}.${field}`, 'must populate the given metric source only'));
    }
  }
  const source = metric[expected];
  if (source === undefined) {
    errors.push(requiredValue(`${path}.${expected}`, 'must populate information for the given metric source'));
    return;
  }
  if ((expected === 'resource' || expected === 'containerResource') && (metric[expected]?.name ?? '') === '') {
    errors.push(requiredValue(`${path}.${expected}.name`, 'must specify a resource name'));
  }
  if (expected !== 'resource' && expected !== 'containerResource' && (metric[expected]?.metric?.name ?? '') === '') {
    errors.push(requiredValue(`${path}.${expected}.metric.name`, 'must specify a metric name'));
  }
  if (expected === 'pods' && source.target?.averageValue === undefined) {
    errors.push(requiredValue(`${path}.pods.target.averageValue`, 'must specify a positive target averageValue'));
  }
  validateTarget(errors, source.target ?? {}, `${path}.${expected}.target`);
}

function validateTarget(errors: Errors, target: MetricTarget, path: string): void {
  if (target.type === undefined || target.type === '') {
    errors.push(requiredValue(`${path}.type`, 'must specify a metric target type'));
  } else if (!targetTypes.includes(target.type)) {
    errors.push(invalidValue(`${path}.type`, target.type, 'must be either Utilization, Value, or AverageValue'));
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) {
    errors.push(invalidValue(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target[field];
    if (amount !== undefined && (amount === '0' || amount.startsWith('-'))) {
      errors.push(invalidValue(`${path}.${field}`, amount, 'must be positive'));
    }
  }
}

function validateRules(errors: Errors, rules: ScalingRules, path: string): void {
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0) {
    errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  }
  if (window !== undefined && window > windowMaxSeconds) {
    errors.push(
      invalidValue(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${windowMaxSeconds}`),
    );
  }
  const policies = rules.policies ?? [];
  if (policies.length === 0) errors.push(requiredValue(`${path}.policies`, 'must specify at least one Policy'));
  policies.forEach((policy, index) => {
    const field = `${path}.policies[${index}]`;
    checkOneOf(errors, `${field}.type`, policy.type, ['Percent', 'Pods']);
    if ((policy.value ?? 0) <= 0)
      errors.push(invalidValue(`${field}.value`, policy.value ?? 0, 'must be greater than zero'));
    const period = policy.periodSeconds ?? 0;
    if (period <= 0) errors.push(invalidValue(`${field}.periodSeconds`, period, 'must be greater than zero'));
    if (period > periodMaxSeconds) {
      errors.push(invalidValue(`${field}.periodSeconds`, period, `must be less than or equal to ${periodMaxSeconds}`));
    }
  });
}
