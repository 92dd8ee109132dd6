import { fieldsAt, fieldsOf, isFields, numberAt } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';
import { sumOf } from '../workload-status.ts';

const counters = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

export const podDisruptionBudget: KindOperations = {
  reflectStatus(observed) {
    const status = observed['status'];
    if (!isFields(status)) return undefined;
    const report: Record<string, unknown> = {};
    if (isFields(status['disruptedPods'])) report['disruptedPods'] = status['disruptedPods'];
    for (const name of counters) report[name] = numberAt(status, name);
    return report;
  },
  aggregateStatus(_template, items) {
    const total: Record<string, unknown> = {};
    for (const name of counters) total[name] = sumOf(items, name);
    const disrupted = items.flatMap(({ clusterName, status }) =>
      Object.entries(fieldsAt(fieldsOf(status), 'disruptedPods')).map(([name, time]) => [
        `${clusterName}/${name}`,
        time,
      ]),
    );
    if (disrupted.length > 0) total['disruptedPods'] = Object.fromEntries(disrupted);
    return total;
  },
  isHealthy(observed) {
    const status = fieldsOf(observed['status']);
    return numberAt(status, 'currentHealthy') >= numberAt(status, 'desiredHealthy');
  },
};
