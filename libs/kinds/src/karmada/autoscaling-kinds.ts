/** `autoscaling.karmada.io`: FederatedHPA and CronFederatedHPA. */
import type { FieldError, MutableKubeObject } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { duplicateValue, invalidValue, requiredValue } from '../field-error.ts';
import {
  cronFederatedHpaSpecSchema,
  cronFederatedHpaStatusSchema,
  federatedHpaSpecSchema,
  federatedHpaStatusSchema,
} from './autoscaling.ts';
import type { CronFederatedHPA, CronFederatedHPARule, FederatedHPA } from './autoscaling.ts';
import { fieldColumn } from './condition-column.ts';
import { cronScheduleComplaint } from './cron-schedule-syntax.ts';
import type { KarmadaKind } from './define-kind.ts';
import { isBlank, recordAt, type JsonRecord } from './json-view.ts';
import { groups } from './well-known.ts';

const referenceColumns = [
  fieldColumn('Reference-Kind', 'string', ['spec', 'scaleTargetRef', 'kind'], 'Kind of what is scaled.'),
  fieldColumn('Reference-Name', 'string', ['spec', 'scaleTargetRef', 'name'], 'Name of what is scaled.'),
];

export const autoscalingKinds: readonly KarmadaKind[] = [
  {
    group: groups.autoscaling,
    kind: 'FederatedHPA',
    plural: 'federatedhpas',
    shortNames: ['fhpa'],
    description: 'Scales a workload over all of its clusters by metrics.',
    isNamespaced: true,
    hasStatus: true,
    fields: { spec: federatedHpaSpecSchema, status: federatedHpaStatusSchema },
    required: ['spec'],
    columns: [
      ...referenceColumns,
      fieldColumn('MinPods', 'integer', ['spec', 'minReplicas'], 'Fewest replicas.'),
      fieldColumn('MaxPods', 'integer', ['spec', 'maxReplicas'], 'Most replicas.'),
      fieldColumn('Replicas', 'integer', ['status', 'currentReplicas'], 'Replicas at present.'),
    ],
    applyDefaults: applyFederatedHpaDefaults,
    validate: validateFederatedHpa,
  },
  {
    group: groups.autoscaling,
    kind: 'CronFederatedHPA',
    plural: 'cronfederatedhpas',
    shortNames: ['cronfhpa'],
    description: 'Sets the replicas of a workload, or the limits of a FederatedHPA, by the clock.',
    isNamespaced: true,
    hasStatus: true,
    fields: { spec: cronFederatedHpaSpecSchema, status: cronFederatedHpaStatusSchema },
    required: ['spec'],
    columns: referenceColumns,
    validate: validateCronFederatedHpa,
  },
];

/** As Kubernetes does for its HorizontalPodAutoscaler: 80 % of the requested CPU, and limits on speed where behaviour is given. */
function applyFederatedHpaDefaults(draft: MutableKubeObject): void {
  const spec = recordAt(draft, 'spec');
  if (spec === undefined) return;
  const { metrics } = spec;
  if (isBlank(metrics) || (Array.isArray(metrics) && metrics.length === 0)) {
    const target = { type: 'Utilization', averageUtilization: 80 };
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  const behavior = recordAt(spec, 'behavior');
  if (behavior === undefined) return;
  const percent = { type: 'Percent', value: 100, periodSeconds: 15 };
  fillRules(behavior, 'scaleUp', {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, percent],
  });
  fillRules(behavior, 'scaleDown', { selectPolicy: 'Max', policies: [percent] });
}

function fillRules(behavior: JsonRecord, direction: string, defaults: JsonRecord): void {
  if (isBlank(behavior[direction])) behavior[direction] = {};
  const rules = recordAt(behavior, direction);
  if (rules === undefined) return;
  for (const [field, value] of Object.entries(defaults)) if (isBlank(rules[field])) rules[field] = value;
}

function validateFederatedHpa(object: KubeObject): readonly FieldError[] {
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = (object as FederatedHPA).spec;
  const errors: FieldError[] = [...validateTarget(scaleTargetRef)];
  if (minReplicas < 1) {
    errors.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (maxReplicas < minReplicas) {
    const detail = `must be greater than or equal to minReplicas (${minReplicas})`;
    errors.push(invalidValue('spec.maxReplicas', maxReplicas, detail));
  }
  return errors;
}

function validateTarget({ kind, name }: { readonly kind: string; readonly name: string }): readonly FieldError[] {
  return [
    ...(kind === '' ? [requiredValue('spec.scaleTargetRef.kind')] : []),
    ...(name === '' ? [requiredValue('spec.scaleTargetRef.name')] : []),
  ];
}

function validateCronFederatedHpa(object: KubeObject): readonly FieldError[] {
  const { scaleTargetRef, rules } = (object as CronFederatedHPA).spec;
  const errors: FieldError[] = [...validateTarget(scaleTargetRef)];
  const names = new Set<string>();
  rules.forEach((rule, index) => {
    const path = `spec.rules[${index}]`;
    if (names.has(rule.name)) errors.push(duplicateValue(`${path}.name`, rule.name));
    names.add(rule.name);
    errors.push(...validateRule(rule, path, scaleTargetRef.kind === 'FederatedHPA'));
  });
  return errors;
}

function validateRule(rule: CronFederatedHPARule, path: string, targetsFederatedHpa: boolean): readonly FieldError[] {
  const { schedule, timeZone, targetReplicas, targetMinReplicas, targetMaxReplicas } = rule;
  const errors: FieldError[] = [];
  const complaint = cronScheduleComplaint(schedule);
  if (complaint !== undefined) errors.push(invalidValue(`${path}.schedule`, schedule, complaint));
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    errors.push(
      invalidValue(`${path}.timeZone`, timeZone, 'must be a name of the time zone database such as Europe/Berlin'),
    );
  }
  if (!targetsFederatedHpa) {
    if (targetReplicas === undefined) errors.push(requiredValue(`${path}.targetReplicas`));
    else if (targetReplicas < 0) {
      errors.push(invalidValue(`${path}.targetReplicas`, targetReplicas, 'must be greater than or equal to 0'));
    }
    return errors;
  }
  if (targetMinReplicas === undefined && targetMaxReplicas === undefined) {
    const detail = 'targetMinReplicas or targetMaxReplicas must be set when the target is a FederatedHPA';
    errors.push(requiredValue(`${path}.targetMinReplicas`, detail));
  }
  if (targetMinReplicas !== undefined && targetMinReplicas < 1) {
    errors.push(invalidValue(`${path}.targetMinReplicas`, targetMinReplicas, 'must be greater than or equal to 1'));
  }
  if (targetMaxReplicas !== undefined && targetMaxReplicas < Math.max(1, targetMinReplicas ?? 1)) {
    const detail = 'must be greater than or equal to 1 and to targetMinReplicas';
    errors.push(invalidValue(`${path}.targetMaxReplicas`, targetMaxReplicas, detail));
  }
  return errors;
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
