import { invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { matchesLabelSelector, validateLabelSelector } from '../../label-selector.ts';
import { validatePodTemplate } from '../core/pod-template-validation.ts';
import { checkImmutable, checkNonNegative, checkOneOf, type Errors } from '../errors.ts';
import { without } from '../without.ts';
import { cronComplaint } from './cron-schedule.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { CronJobSpec, JobSpec } from './job-types.ts';

export function validateJob(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as JobSpec;
  const errors: Errors = [];
  validateJobSpec(errors, spec, 'spec');
  if (spec.selector === undefined || spec.selector === null) errors.push(requiredValue('spec.selector'));
  else {
    errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
    const labels = spec.template?.metadata?.labels;
    if (!matchesLabelSelector(spec.selector, labels)) {
      errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
    }
  }
  if (old !== undefined) validateJobUpdate(errors, spec, old['spec'] as JobSpec);
  return errors;
}

/** A suspended Job that never started may still have its template's scheduling changed; everything else in it stays. */
function validateJobUpdate(errors: Errors, spec: JobSpec, old: JobSpec): void {
  if (spec.completionMode !== 'Indexed') checkImmutable(errors, 'spec.completions', spec.completions, old.completions);
  checkImmutable(errors, 'spec.selector', spec.selector, old.selector);
  checkImmutable(errors, 'spec.template', frozenTemplate(spec, old), frozenTemplate(old, old));
  checkImmutable(errors, 'spec.completionMode', spec.completionMode, old.completionMode);
  checkImmutable(errors, 'spec.podFailurePolicy', spec.podFailurePolicy, old.podFailurePolicy);
  checkImmutable(errors, 'spec.backoffLimitPerIndex', spec.backoffLimitPerIndex, old.backoffLimitPerIndex);
  checkImmutable(errors, 'spec.managedBy', spec.managedBy, old.managedBy);
  checkImmutable(errors, 'spec.successPolicy', spec.successPolicy, old.successPolicy);
}

function frozenTemplate(spec: JobSpec, old: JobSpec): unknown {
  if (old.suspend !== true) return spec.template;
  return without(spec.template?.spec, 'nodeSelector', 'affinity', 'tolerations');
}

function validateJobSpec(errors: Errors, spec: JobSpec, path: string): void {
  checkNonNegative(errors, `${path}.parallelism`, spec.parallelism);
  checkNonNegative(errors, `${path}.completions`, spec.completions);
  checkNonNegative(errors, `${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds);
  checkNonNegative(errors, `${path}.backoffLimit`, spec.backoffLimit);
  checkNonNegative(errors, `${path}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished);
  checkNonNegative(errors, `${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex);
  checkNonNegative(errors, `${path}.maxFailedIndexes`, spec.maxFailedIndexes);
  const mode = spec.completionMode;
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') {
    errors.push(unsupportedValue(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  }
  if (mode === 'Indexed' && spec.completions === undefined) {
    errors.push(requiredValue(`${path}.completions`, 'when completion mode is Indexed'));
  }
  if (spec.template === undefined) {
    errors.push(requiredValue(`${path}.template`));
    return;
  }
  validatePodTemplate(errors, spec.template, `${path}.template`);
  const restartPolicy = spec.template.spec?.restartPolicy;
  if (restartPolicy !== undefined && restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    errors.push({
      ...unsupportedValue(`${path}.template.spec.restartPolicy`, restartPolicy, ['OnFailure', 'Never']),
      message: `Required value: valid values: "OnFailure", "Never"`,
      reason: 'FieldValueRequired',
    });
  }
}

const cronNameMax = 52;

export function validateCronJob(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as CronJobSpec;
  const errors: Errors = [];
  if (old === undefined && (object.metadata.name ?? '').length > cronNameMax) {
    errors.push(invalidValue('metadata.name', object.metadata.name, `must be no more than ${cronNameMax} characters`));
  }
  checkSchedule(errors, spec);
  checkNonNegative(errors, 'spec.startingDeadlineSeconds', spec.startingDeadlineSeconds);
  checkOneOf(errors, 'spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  checkNonNegative(errors, 'spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit);
  checkNonNegative(errors, 'spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit);
  const job = spec.jobTemplate?.spec;
  if (job === undefined) errors.push(requiredValue('spec.jobTemplate.spec.template'));
  else {
    validateJobSpec(errors, job, 'spec.jobTemplate.spec');
    if (job.manualSelector === true) {
      errors.push(unsupportedValue('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
    }
  }
  return errors;
}

function checkSchedule(errors: Errors, spec: CronJobSpec): void {
  const schedule = spec.schedule ?? '';
  if (schedule === '') errors.push(requiredValue('spec.schedule'));
  else {
    const complaint = cronComplaint(schedule);
    if (complaint !== undefined) errors.push(invalidValue('spec.schedule', schedule, complaint));
    else if (schedule.includes('TZ=')) {
      errors.push(
        invalidValue('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
      );
    }
  }
  if (spec.timeZone !== undefined) {
    if (spec.timeZone === '') errors.push(invalidValue('spec.timeZone', '', 'must be nil or non-empty string'));
    else if (!isTimeZone(spec.timeZone)) {
      errors.push(invalidValue('spec.timeZone', spec.timeZone, `unknown time zone ${spec.timeZone}`));
    }
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
