import { fieldsOf, numberAt } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';
import { dependenciesOf } from '../pod-template.ts';
import { isGenerationObserved, reflectCounters, sumCounters } from '../workload-status.ts';
import type { StatusCounters } from '../workload-status.ts';

const counters: StatusCounters = {
  always: ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'],
  nonZero: ['updatedNumberScheduled', 'numberAvailable', 'numberUnavailable'],
  reportsObservedGeneration: true,
};

export const daemonSet: KindOperations = {
  reflectStatus: (observed) => reflectCounters(observed, counters),
  aggregateStatus: (template, items) => sumCounters(template, items, counters),
  isHealthy(observed) {
    const status = fieldsOf(observed['status']);
    const updated = numberAt(status, 'updatedNumberScheduled');
    return (
      isGenerationObserved(observed) &&
      updated >= numberAt(status, 'desiredNumberScheduled') &&
      numberAt(status, 'numberAvailable') >= updated
    );
  },
  getDependencies: dependenciesOf,
};
