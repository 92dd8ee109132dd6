/** Schemas and types of `autoscaling.karmada.io/v1alpha1`. */
import { flag, int32, list, object, text, time, type ValueOf } from '../schema-builder.ts';
import type { ObjectWithStatus } from './karmada-object.ts';
import { autoscalerStatusSchema, behaviorSchema, metricSchema, scaleTargetSchema } from './metric-schema.ts';

export const federatedHpaSpecSchema = object(
  'How a workload is scaled over its clusters.',
  { scaleTargetRef: scaleTargetSchema, maxReplicas: int32('Most replicas in total.') },
  {
    minReplicas: int32('Fewest replicas in total, at least 1.', { default: 1 }),
    metrics: list(metricSchema, 'Metrics; the one that asks for most replicas wins.', {
      'x-kubernetes-list-type': 'atomic',
    }),
    behavior: behaviorSchema,
  },
);

export const federatedHpaStatusSchema = autoscalerStatusSchema;

const ruleSchema = object(
  'Replicas at certain times.',
  {
    name: text('Name, unique within the object.', { minLength: 1, maxLength: 32 }),
    schedule: text('Time in cron syntax.'),
  },
  {
    targetReplicas: int32('Replicas of the workload. For targets that are no FederatedHPA.'),
    targetMinReplicas: int32('minReplicas of the FederatedHPA.'),
    targetMaxReplicas: int32('maxReplicas of the FederatedHPA.'),
    suspend: flag('True: the rule does nothing.', { default: false }),
    timeZone: text('Time zone of the schedule, e.g. Europe/Berlin; UTC when absent.'),
    successfulHistoryLimit: int32('Successful runs to remember, 1 to 32.', { default: 3, minimum: 1, maximum: 32 }),
    failedHistoryLimit: int32('Failed runs to remember, 0 to 32.', { default: 3, minimum: 0, maximum: 32 }),
  },
);

export const cronFederatedHpaSpecSchema = object('Replicas by the clock.', {
  scaleTargetRef: scaleTargetSchema,
  rules: list(ruleSchema, 'Rules.'),
});

const executionFields = {
  scheduleTime: time('When the rule was due.'),
  executionTime: time('When the rule ran.'),
};

export const cronFederatedHpaStatusSchema = object(
  'What the rules did.',
  {},
  {
    executionHistories: list(
      object(
        'Runs of one rule.',
        { ruleName: text('Name of the rule.') },
        {
          nextExecutionTime: time('When the rule is due next.'),
          successfulExecutions: list(
            object('A successful run.', executionFields, {
              appliedReplicas: int32('Replicas that were set.'),
              appliedMinReplicas: int32('minReplicas that was set.'),
              appliedMaxReplicas: int32('maxReplicas that was set.'),
            }),
            'Latest successful runs, newest first.',
          ),
          failedExecutions: list(
            object('A failed run.', { ...executionFields, message: text('Why it failed.') }),
            'Latest failed runs, newest first.',
          ),
        },
      ),
      'Runs per rule.',
    ),
  },
);

export type MetricSpec = ValueOf<typeof metricSchema>;
export type FederatedHPASpec = ValueOf<typeof federatedHpaSpecSchema>;
export type FederatedHPAStatus = ValueOf<typeof federatedHpaStatusSchema>;
export type FederatedHPA = ObjectWithStatus<'FederatedHPA', FederatedHPASpec, FederatedHPAStatus>;
export type CronFederatedHPARule = ValueOf<typeof ruleSchema>;
export type CronFederatedHPASpec = ValueOf<typeof cronFederatedHpaSpecSchema>;
export type CronFederatedHPAStatus = ValueOf<typeof cronFederatedHpaStatusSchema>;
export type CronFederatedHPA = ObjectWithStatus<'CronFederatedHPA', CronFederatedHPASpec, CronFederatedHPAStatus>;
