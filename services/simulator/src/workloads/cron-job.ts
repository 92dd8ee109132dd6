import { Cron } from 'croner';
import type { CronJobSpec } from '@flotilla/kinds/builtin/batch/job-types';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { isTrue } from '../model/condition.ts';
import { controllerReference, creation, deletion, statusWrites } from '../model/object-write.ts';
import { isDeleting } from '../model/pod.ts';
import { cronJobs, jobs } from '../model/resources.ts';
import { parseTimestamp, timestamp } from '../model/timestamp.ts';
import { itsController, itself, perObject, type Controller, type Decision, type Round } from '../runner/controller.ts';
import type { Job } from './job.ts';

interface CronJob extends KubeObject {
  readonly spec: CronJobSpec;
  readonly status?: { readonly lastScheduleTime?: string; readonly lastSuccessfulTime?: string };
}

/** Starts Jobs by the clock. */
export function createCronJobController(): Controller {
  return {
    name: 'cron-job',
    watches: [itself(cronJobs), itsController(jobs, 'CronJob')],
    open: perObject<CronJob>(cronJobs, decide),
  };
}

function decide(stored: StoredObject, cronJob: CronJob, round: Round): Decision {
  const { spec, metadata, status } = cronJob;
  const owned = round.view.ownedBy(jobs, metadata.uid ?? '').filter(({ object }) => !isDeleting(object));
  const active = owned.filter(({ object }) => !isOver(object as Job));
  const schedule = new Cron(spec.schedule ?? '', { timezone: spec.timeZone ?? 'Etc/UTC' });
  const sinceMs = parseTimestamp(status?.lastScheduleTime ?? metadata.creationTimestamp, round.nowMs);
  const isPaused = spec.suspend === true || isDeleting(cronJob);
  const missedAtMs = isPaused ? undefined : lastMissed(schedule, sinceMs, round.nowMs, spec.startingDeadlineSeconds);
  const run = missedAtMs === undefined ? noRun : startRun(cronJob, active, missedAtMs, round);
  const running = active.filter(({ name }) => !run.replaced.has(name));
  const lastScheduleTime = run.isTaken && missedAtMs !== undefined ? timestamp(missedAtMs) : status?.lastScheduleTime;
  const lastSuccessfulTime = lastSuccess(owned) ?? status?.lastSuccessfulTime;
  const next = schedule.nextRun(new Date(round.nowMs));
  return {
    writes: [
      ...run.writes,
      ...pastHistory(spec, owned, round.nowMs),
      ...statusWrites(stored, {
        ...(running.length > 0 && { active: running.map(jobReference) }),
        ...(lastScheduleTime !== undefined && { lastScheduleTime }),
        ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
      }),
    ],
    ...(!isPaused && next !== null && { againAtMs: next.getTime() }),
  };
}

/** The latest time that was due since the last run and is still worth starting; of several that were missed only this one runs. */
function lastMissed(
  schedule: Cron,
  sinceMs: number,
  nowMs: number,
  deadlineSeconds: number | undefined,
): number | undefined {
  const earliestMs = deadlineSeconds === undefined ? sinceMs : Math.max(sinceMs, nowMs - deadlineSeconds * 1000);
  const [previous] = schedule.previousRuns(1, new Date(nowMs + 1));
  const previousMs = previous?.getTime();
  return previousMs !== undefined && previousMs > earliestMs && previousMs <= nowMs ? previousMs : undefined;
}

interface Run {
  readonly writes: readonly ObjectWrite[];
  /** The time counts as used, whether or not a Job came of it. */
  readonly isTaken: boolean;
  readonly replaced: ReadonlySet<string>;
}

const noRun: Run = { writes: [], isTaken: false, replaced: new Set() };

function startRun(cronJob: CronJob, active: readonly StoredObject[], atMs: number, round: Round): Run {
  const policy = cronJob.spec.concurrencyPolicy ?? 'Allow';
  const { namespace = '', name = '' } = cronJob.metadata;
  const jobName = `${name}-${Math.floor(atMs / 60_000)}`;
  if (policy === 'Forbid' && active.length > 0) return noRun;
  if (round.view.get(jobs, namespace, jobName) !== undefined) return { ...noRun, isTaken: true };
  const replaced = policy === 'Replace' ? active : [];
  return {
    writes: [
      ...replaced.flatMap((job) => deletion(job, round.nowMs)),
      creation(jobs, newJob(cronJob, jobName, atMs, round)),
    ],
    isTaken: true,
    replaced: new Set(replaced.map((job) => job.name)),
  };
}

function newJob(cronJob: CronJob, name: string, atMs: number, { nowMs, newUid }: Round): Job {
  const { metadata, spec = {} } = cronJob.spec.jobTemplate ?? {};
  const { namespace } = cronJob.metadata;
  const uid = newUid();
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template = spec.template ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      generation: 1,
      creationTimestamp: timestamp(nowMs),
      labels: { ...metadata?.labels, ...labels },
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(atMs) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
      },
    },
    status: {},
  };
}

function isOver({ status }: Job): boolean {
  return isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed');
}

function lastSuccess(owned: readonly StoredObject[]): string | undefined {
  return owned
    .map(({ object }) => (object as Job).status?.completionTime)
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}

/** Finished Jobs past the limits, oldest first. */
function pastHistory(spec: CronJobSpec, owned: readonly StoredObject[], nowMs: number): readonly ObjectWrite[] {
  const limits = [
    ['Complete', spec.successfulJobsHistoryLimit ?? 3],
    ['Failed', spec.failedJobsHistoryLimit ?? 1],
  ] as const;
  return limits.flatMap(([type, limit]) => {
    const over = owned
      .filter(({ object }) => isTrue((object as Job).status?.conditions, type))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return over.slice(0, Math.max(0, over.length - limit)).flatMap((job) => deletion(job, nowMs));
  });
}

function jobReference({ object, namespace, name, revision }: StoredObject): object {
  const { uid } = object.metadata;
  return { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid, resourceVersion: String(revision) };
}
