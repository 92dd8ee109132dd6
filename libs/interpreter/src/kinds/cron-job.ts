import { fieldsAt, fieldsOf, listAt, textAt } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';
import { podDependencies } from '../pod-dependencies.ts';
import { latestOf } from '../timestamp.ts';

export const cronJob: KindOperations = {
  aggregateStatus(_template, items) {
    const statuses = items.map(({ status }) => fieldsOf(status));
    const active = statuses.flatMap((status) => listAt(status, 'active'));
    const lastScheduleTime = latestOf(statuses.map((status) => textAt(status, 'lastScheduleTime')));
    const lastSuccessfulTime = latestOf(statuses.map((status) => textAt(status, 'lastSuccessfulTime')));
    return {
      ...(active.length > 0 ? { active } : {}),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    };
  },
  getDependencies(template) {
    const jobSpec = fieldsAt(fieldsAt(fieldsOf(template['spec']), 'jobTemplate'), 'spec');
    return podDependencies(fieldsAt(fieldsAt(jobSpec, 'template'), 'spec'), template.metadata.namespace);
  },
};
