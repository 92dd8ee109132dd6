import { fieldsOf, numberAt } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';
import { dependenciesOf, replicasOf, withReplicas } from '../pod-template.ts';
import { isGenerationObserved, reflectCounters, sumCounters } from '../workload-status.ts';
import type { StatusCounters } from '../workload-status.ts';

const counters: StatusCounters = {
  always: ['replicas'],
  nonZero: ['readyReplicas', 'availableReplicas', 'fullyLabeledReplicas'],
  reportsObservedGeneration: true,
};
const reported: StatusCounters = { ...counters, nonZero: ['readyReplicas', 'availableReplicas'] };

export const replicaSet: KindOperations = {
  getReplicas: (template) => replicasOf(template, 'replicas'),
  reviseReplica: (template, replicas) => withReplicas(template, 'replicas', replicas),
  reflectStatus: (observed) => reflectCounters(observed, reported),
  aggregateStatus: (template, items) => sumCounters(template, items, counters),
  isHealthy: (observed) =>
    isGenerationObserved(observed) &&
    numberAt(fieldsOf(observed['status']), 'availableReplicas') >= numberAt(fieldsOf(observed['spec']), 'replicas'),
  getDependencies: dependenciesOf,
};
