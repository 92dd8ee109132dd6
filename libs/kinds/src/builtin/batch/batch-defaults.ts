import { setPodTemplateDefaults } from '../core/pod-spec-defaults.ts';
import { isSameJson } from '../errors.ts';
import type { MutableKubeObject, WriteContext } from '../../kind-definition.ts';
import type { CronJobSpec, JobSpec } from './job-types.ts';

const backoffLimitDefault = 6;
const int32Max = 2_147_483_647;

export function setJobDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as JobSpec;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimitDefault : int32Max;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const condition of rule.onPodConditions ?? []) condition.status ||= 'True';
  }
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined && draft.metadata['labels'] === undefined) draft.metadata['labels'] = { ...labels };
  setPodTemplateDefaults(spec.template);
}

/** Labels that tie pods to their Job: today's names, and the unprefixed ones that older clients read. */
const uidLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';

/** Unless the user manages the selector, a Job selects its pods by its own uid. */
export function prepareJobForCreate(draft: MutableKubeObject, context: WriteContext): void {
  const spec = draft['spec'] as JobSpec;
  if (spec.manualSelector === true || spec.template === undefined) return;
  const uid = (draft.metadata['uid'] ??= context.newUid()) as string;
  const name = draft.metadata['name'] as string;
  const template = spec.template;
  const inheritsLabels = isSameJson(draft.metadata['labels'], template.metadata?.labels);
  const generated = { [uidLabel]: uid, [nameLabel]: name, 'controller-uid': uid, 'job-name': name };
  template.metadata = { ...template.metadata, labels: { ...generated, ...template.metadata?.labels } };
  if (inheritsLabels) draft.metadata['labels'] = { ...template.metadata.labels };
  const selector = spec.selector ?? {};
  if (selector.matchLabels?.[uidLabel] === undefined) {
    spec.selector = { ...selector, matchLabels: { ...selector.matchLabels, [uidLabel]: uid } };
  }
}

export function setCronJobDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as CronJobSpec;
  spec.concurrencyPolicy ??= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  setPodTemplateDefaults(spec.jobTemplate?.spec?.template);
}
