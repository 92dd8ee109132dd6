import { isFields, numberAt } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';
import { reportedOrNothing, sumOf } from '../workload-status.ts';

export const horizontalPodAutoscaler: KindOperations = {
  reflectStatus(observed) {
    const status = observed['status'];
    if (!isFields(status)) return undefined;
    const report: Record<string, unknown> = {};
    if (numberAt(status, 'currentReplicas') !== 0) report['currentReplicas'] = numberAt(status, 'currentReplicas');
    report['desiredReplicas'] = numberAt(status, 'desiredReplicas');
    return report;
  },
  aggregateStatus(_template, items) {
    const total: Record<string, unknown> = {};
    const currentReplicas = sumOf(items, 'currentReplicas');
    if (currentReplicas !== 0) total['currentReplicas'] = currentReplicas;
    total['desiredReplicas'] = sumOf(items, 'desiredReplicas');
    return reportedOrNothing(total);
  },
};
