import { age, containerCells, none, orNone, selectorText, tableOf } from '../table/columns.ts';
import { ageOf, humanDuration } from '../table/human-duration.ts';
import type { CronJobSpec, JobSpec } from './job-types.ts';

interface JobStatus {
  readonly succeeded?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

export const jobTable = tableOf(
  ['Status', 'Completions', 'Duration', 'Age', 'Containers*', 'Images*', 'Selector*'],
  (object, nowMs) => {
    const spec = object['spec'] as JobSpec;
    const status = (object['status'] ?? {}) as JobStatus;
    return [
      stateOf(status, object.metadata.deletionTimestamp !== undefined),
      completionsText(spec, status),
      durationText(status, nowMs),
      age(object, nowMs),
      ...containerCells(spec.template?.spec?.containers),
      selectorText(spec.selector),
    ];
  },
);

function stateOf(status: JobStatus, isDeleting: boolean): string {
  const holds = (type: string): boolean =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (isDeleting) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  if (holds('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function completionsText(spec: JobSpec, status: JobStatus): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText(status: JobStatus, nowMs: number): string {
  if (status.startTime === undefined) return '';
  const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
  return humanDuration(endMs - Date.parse(status.startTime));
}

export const cronJobTable = tableOf(
  [
    'Schedule',
    'Timezone',
    'Suspend:boolean',
    'Active:integer',
    'Last Schedule',
    'Age',
    'Containers*',
    'Images*',
    'Selector*',
  ],
  (object, nowMs) => {
    const spec = object['spec'] as CronJobSpec;
    const status = (object['status'] ?? {}) as { active?: unknown[]; lastScheduleTime?: string };
    const template = spec.jobTemplate?.spec;
    return [
      spec.schedule ?? '',
      spec.timeZone ?? none,
      spec.suspend === true ? 'True' : 'False',
      status.active?.length ?? 0,
      status.lastScheduleTime === undefined ? none : ageOf(status.lastScheduleTime, nowMs),
      age(object, nowMs),
      ...containerCells(template?.template?.spec?.containers),
      orNone(selectorText(template?.selector)),
    ];
  },
);
