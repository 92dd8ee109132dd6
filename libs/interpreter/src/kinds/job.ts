import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsAt, fieldsOf, isFields, listAt, textAt, withField } from '../object-field.ts';
import type { Fields } from '../object-field.ts';
import type { AggregationContext, KindOperations, ReplicaInterpretation, StatusItem } from '../operations.ts';
import { dependenciesOf, replicasOf, withReplicas } from '../pod-template.ts';
import { earliestOf, formatTime, latestOf } from '../timestamp.ts';
import { sumOf } from '../workload-status.ts';

export const job: KindOperations = {
  getReplicas: jobReplicas,
  reviseReplica: (template, parallelism) => withReplicas(template, 'parallelism', parallelism),
  retain: retainJob,
  reflectStatus(observed) {
    const status = observed['status'];
    return isFields(status) ? withoutZeros(status) : undefined;
  },
  aggregateStatus: aggregateJob,
  getDependencies: dependenciesOf,
};

/** No more pods run at a time than completions are wanted. */
function jobReplicas(template: KubeObject): ReplicaInterpretation {
  const interpretation = replicasOf(template, 'parallelism');
  const completions = fieldsOf(template['spec'])['completions'];
  return typeof completions === 'number' && completions < interpretation.replicas
    ? { ...interpretation, replicas: completions }
    : interpretation;
}

/** The member's controller generates the selector and the pod labels that match it. */
function retainJob(desired: KubeObject, observed: KubeObject): KubeObject {
  const spec = fieldsOf(observed['spec']);
  const selector = spec['selector'];
  const labels = fieldsAt(fieldsAt(spec, 'template'), 'metadata')['labels'];
  const selected = selector === undefined ? desired : withField(desired, ['spec', 'selector'], selector);
  return labels === undefined ? selected : withField(selected, ['spec', 'template', 'metadata', 'labels'], labels);
}

function withoutZeros(status: Fields): Fields {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0));
}

/** Once finished, a Job's status never changes again. */
function aggregateJob(template: KubeObject, items: readonly StatusItem[], { nowMs }: AggregationContext): Fields {
  const current = fieldsOf(template['status']);
  if (finishedAs(current) !== undefined) return current;
  const failedIn = items.filter(({ status }) => finishedAs(fieldsOf(status)) === 'Failed');
  const isComplete = items.length > 0 && items.every(({ status }) => finishedAs(fieldsOf(status)) === 'Complete');
  const total: Record<string, unknown> = {};
  for (const name of ['active', 'succeeded', 'failed']) {
    const sum = sumOf(items, name);
    if (sum !== 0) total[name] = sum;
  }
  const startTime = startTimeOf(items);
  if (startTime !== undefined) total['startTime'] = startTime;
  if (failedIn.length > 0) {
    const clusters = failedIn.map(({ clusterName }) => clusterName).join(',');
    total['conditions'] = [
      condition('Failed', 'JobFailed', `Job executed failed in member clusters ${clusters}`, nowMs),
    ];
  } else if (isComplete) {
    total['completionTime'] = latestOf(items.map(({ status }) => textAt(fieldsOf(status), 'completionTime')));
    total['conditions'] = [condition('Complete', 'Completed', 'Job completed', nowMs)];
  }
  return total;
}

/** Only known once every member has started. */
function startTimeOf(items: readonly StatusItem[]): string | undefined {
  const times = items.map(({ status }) => textAt(fieldsOf(status), 'startTime'));
  return times.includes(undefined) ? undefined : earliestOf(times);
}

function finishedAs(status: Fields): 'Complete' | 'Failed' | undefined {
  for (const entry of listAt(status, 'conditions')) {
    const { type, status: state } = fieldsOf(entry);
    if (state === 'True' && (type === 'Complete' || type === 'Failed')) return type;
  }
  return undefined;
}

function condition(type: string, reason: string, message: string, nowMs: number): Fields {
  const time = formatTime(nowMs);
  return { type, status: 'True', lastProbeTime: time, lastTransitionTime: time, reason, message };
}
