import { retainReplicasLabel, retainReplicasValue } from '@flotilla/kinds/karmada/well-known';
import { fieldsOf, numberAt, valueAt, withField } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';
import { dependenciesOf, replicasOf, withReplicas } from '../pod-template.ts';
import { isGenerationObserved, reflectCounters, sumCounters } from '../workload-status.ts';
import type { StatusCounters } from '../workload-status.ts';

const counters: StatusCounters = {
  always: [],
  nonZero: ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'],
  reportsObservedGeneration: true,
};

export const deployment: KindOperations = {
  getReplicas: (template) => replicasOf(template, 'replicas'),
  reviseReplica: (template, replicas) => withReplicas(template, 'replicas', replicas),
  /** The label says that an autoscaler in the member owns the replica count. */
  retain(desired, observed) {
    if (desired.metadata.labels?.[retainReplicasLabel] !== retainReplicasValue) return desired;
    const replicas = valueAt(observed, ['spec', 'replicas']);
    return replicas === undefined ? desired : withField(desired, ['spec', 'replicas'], replicas);
  },
  reflectStatus: (observed) => reflectCounters(observed, counters),
  aggregateStatus: (template, items) => sumCounters(template, items, counters),
  isHealthy(observed) {
    const status = fieldsOf(observed['status']);
    const updated = numberAt(status, 'updatedReplicas');
    return (
      isGenerationObserved(observed) &&
      updated >= numberAt(fieldsOf(observed['spec']), 'replicas') &&
      numberAt(status, 'availableReplicas') >= updated
    );
  },
  getDependencies: dependenciesOf,
};
