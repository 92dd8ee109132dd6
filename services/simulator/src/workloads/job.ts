import type { JobSpec } from '@flotilla/kinds/builtin/batch/job-types';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { isTrue, withConditions, type StatusCondition } from '../model/condition.ts';
import { controllerReference, creation, deletion, statusWrites } from '../model/object-write.ts';
import { isActive, isDeleting, isReady, newPod, podOf } from '../model/pod.ts';
import { jobs, pods } from '../model/resources.ts';
import { randomSuffix } from '../model/safe-name.ts';
import { parseTimestamp, timestamp } from '../model/timestamp.ts';
import {
  earlier,
  itsController,
  itself,
  nothing,
  perObject,
  type Controller,
  type Decision,
  type Round,
} from '../runner/controller.ts';
import { completionIndex, completionIndexAnnotation, formatIndexes, missingIndexes } from './completion-index.ts';
import { templateOf } from './workload.ts';

export interface Job extends KubeObject {
  readonly spec: JobSpec;
  readonly status?: {
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly StatusCondition[];
    readonly [field: string]: unknown;
  };
}

const burstMax = 250;

/** Runs pods until enough of them have succeeded, or too many have failed. */
export function createJobController(): Controller {
  return {
    name: 'job',
    watches: [itself(jobs), itsController(pods, 'Job')],
    open: perObject<Job>(jobs, decide),
  };
}

interface Runs {
  readonly active: readonly StoredObject[];
  readonly succeeded: readonly StoredObject[];
  /** Failed pods and restarts of containers. */
  readonly failures: number;
  readonly failed: number;
  readonly doneIndexes: ReadonlySet<number>;
}

function decide(stored: StoredObject, job: Job, round: Round): Decision {
  const { spec, status } = job;
  const isOver = isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed');
  if (isOver) return expire(stored, job, round);
  if (isDeleting(job)) return nothing;
  const runs = countRuns(job, round);
  const startedAtMs = parseTimestamp(status?.startTime, round.nowMs);
  const deadlineAtMs =
    spec.activeDeadlineSeconds === undefined ? undefined : startedAtMs + spec.activeDeadlineSeconds * 1000;
  const failure = failureOf(job, runs, deadlineAtMs, round.nowMs);
  if (failure !== undefined)
    return end(
      stored,
      job,
      runs,
      [
        { type: 'FailureTarget', ...failure },
        { type: 'Failed', ...failure },
      ],
      round,
    );
  if (isComplete(spec, runs)) {
    const success = {
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    } as const;
    return end(
      stored,
      job,
      runs,
      [
        { type: 'SuccessCriteriaMet', ...success },
        { type: 'Complete', ...success },
      ],
      round,
    );
  }
  return {
    writes: [...podSteps(job, runs, round), ...statusWrites(stored, statusWhile(job, runs, round.nowMs))],
    ...(deadlineAtMs !== undefined && { againAtMs: deadlineAtMs }),
  };
}

function countRuns({ spec, metadata }: Job, { view }: Round): Runs {
  const owned = view.ownedBy(pods, metadata.uid ?? '');
  const succeeded = owned.filter((pod) => podOf(pod).status?.phase === 'Succeeded');
  const failed = owned.filter((pod) => podOf(pod).status?.phase === 'Failed').length;
  const restarts = owned.reduce((sum, pod) => sum + (podOf(pod).status?.containerStatuses?.[0]?.restartCount ?? 0), 0);
  const indexes = spec.completionMode === 'Indexed' ? succeeded.map(completionIndex) : [];
  return {
    active: owned.filter((pod) => isActive(podOf(pod))),
    succeeded,
    failed,
    failures: failed + restarts,
    doneIndexes: new Set(indexes.filter((index) => index !== undefined)),
  };
}

function isComplete(spec: JobSpec, { active, succeeded, doneIndexes }: Runs): boolean {
  if (spec.completionMode === 'Indexed') return doneIndexes.size >= (spec.completions ?? 1);
  // Without a number of completions, any success means that the work is done; the rest may finish.
  if (spec.completions === undefined) return succeeded.length > 0 && active.length === 0;
  return succeeded.length >= spec.completions;
}

function failureOf(
  { spec }: Job,
  { failures }: Runs,
  deadlineAtMs: number | undefined,
  nowMs: number,
): Omit<StatusCondition, 'type'> | undefined {
  if (failures > (spec.backoffLimit ?? 6)) {
    return { status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  if (deadlineAtMs === undefined || nowMs < deadlineAtMs || spec.suspend === true) return undefined;
  return { status: 'True', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
}

function podSteps(job: Job, { active, succeeded, doneIndexes }: Runs, round: Round): readonly ObjectWrite[] {
  const { spec } = job;
  const parallelism = spec.suspend === true ? 0 : (spec.parallelism ?? 1);
  if (active.length > parallelism) {
    return active.slice(parallelism).flatMap((pod) => deletion(pod, round.nowMs));
  }
  if (spec.completionMode === 'Indexed') {
    const busy = new Set([...doneIndexes, ...active.map(completionIndex).filter((index) => index !== undefined)]);
    const free = missingIndexes(spec.completions ?? 1, busy, Math.min(burstMax, parallelism - active.length));
    return free.map((index) => createPod(job, index, round));
  }
  const isWorkQueue = spec.completions === undefined;
  const left = isWorkQueue ? (succeeded.length > 0 ? 0 : parallelism) : (spec.completions ?? 1) - succeeded.length;
  const count = Math.min(burstMax, Math.min(parallelism, left) - active.length);
  return Array.from({ length: Math.max(0, count) }, () => createPod(job, undefined, round));
}

function createPod(job: Job, index: number | undefined, { random, newUid, nowMs }: Round): ObjectWrite {
  const { name: jobName = '', namespace = '', uid = '' } = job.metadata;
  const generateName = index === undefined ? `${jobName}-` : `${jobName}-${index}-`;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': jobName,
    'controller-uid': uid,
    'job-name': jobName,
    ...(index !== undefined && { [completionIndexAnnotation]: String(index) }),
  };
  const template = templateOf(job.spec);
  const pod = newPod(
    {
      name: `${generateName}${randomSuffix(random)}`,
      generateName,
      namespace,
      template,
      owner: controllerReference(job),
      labels,
      ...(index !== undefined && {
        annotations: { [completionIndexAnnotation]: String(index) },
        spec: { ...template.spec, hostname: `${jobName}-${index}` },
      }),
    },
    timestamp(nowMs),
    newUid(),
  );
  return creation(pods, pod);
}

function counters(job: Job, { active, succeeded, failed, doneIndexes }: Runs): object {
  const ready = active.filter((pod) => isReady(podOf(pod))).length;
  return {
    ...(active.length > 0 && { active: active.length }),
    ready,
    ...(succeeded.length > 0 && { succeeded: succeeded.length }),
    ...(failed > 0 && { failed }),
    ...(job.spec.completionMode === 'Indexed' &&
      doneIndexes.size > 0 && { completedIndexes: formatIndexes(doneIndexes) }),
    uncountedTerminatedPods: {},
    terminating: 0,
  };
}

function statusWhile(job: Job, runs: Runs, nowMs: number): object {
  const isSuspended = job.spec.suspend === true;
  const before = job.status?.conditions;
  const suspended: StatusCondition = isSuspended
    ? { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
    : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' };
  const isSaid = isSuspended || before?.some(({ type }) => type === 'Suspended') === true;
  const conditions = isSaid ? withConditions(before, [suspended], nowMs) : before;
  const startTime = isSuspended ? undefined : (job.status?.startTime ?? timestamp(nowMs));
  return {
    ...(startTime !== undefined && { startTime }),
    ...counters(job, runs),
    ...(conditions !== undefined && conditions.length > 0 && { conditions }),
  };
}

/** What still runs is stopped; the verdict is final. */
function end(stored: StoredObject, job: Job, runs: Runs, verdict: readonly StatusCondition[], round: Round): Decision {
  const { nowMs } = round;
  const isSuccess = verdict.some(({ type }) => type === 'Complete');
  const status = {
    startTime: job.status?.startTime ?? timestamp(nowMs),
    ...counters(job, { ...runs, active: [] }),
    ...(isSuccess && { completionTime: timestamp(nowMs) }),
    conditions: withConditions(job.status?.conditions, verdict, nowMs),
  };
  return { writes: [...runs.active.flatMap((pod) => deletion(pod, nowMs)), ...statusWrites(stored, status)] };
}

function expire(stored: StoredObject, { spec, status }: Job, { nowMs }: Round): Decision {
  if (spec.ttlSecondsAfterFinished === undefined) return nothing;
  const endedAtMs = (status?.conditions ?? [])
    .filter(({ type }) => type === 'Complete' || type === 'Failed')
    .map(({ lastTransitionTime }) => parseTimestamp(lastTransitionTime))
    .reduce<number | undefined>(earlier, undefined);
  const dueMs = (endedAtMs ?? nowMs) + spec.ttlSecondsAfterFinished * 1000;
  return nowMs < dueMs ? { writes: [], againAtMs: dueMs } : { writes: deletion(stored, nowMs) };
}
