/** Schema and types of `apps.karmada.io/v1alpha1` WorkloadRebalancer: places workloads anew from scratch, once. */
import { int32, int64, list, object, oneOf, text, time, type ValueOf } from '../schema-builder.ts';
import { objectReferenceFields } from './core-schema.ts';
import type { ObjectWithStatus } from './karmada-object.ts';

const workloadSchema = object(
  'A template.',
  { ...objectReferenceFields, name: text('Name of the template.') },
  { namespace: text('Namespace of the template; absent for cluster-scoped kinds.') },
);
export type RebalancedWorkload = ValueOf<typeof workloadSchema>;

export const rebalancerSpecSchema = object(
  'Workloads to place anew.',
  { workloads: list(workloadSchema, 'Templates: at least one.', { minItems: 1 }) },
  { ttlSecondsAfterFinished: int32('The object is deleted this long after it finished, in seconds; absent = never.') },
);

export const rebalancerStatusSchema = object(
  'What was done.',
  {},
  {
    observedWorkloads: list(
      object(
        'Outcome for one template.',
        { workload: workloadSchema },
        {
          result: oneOf(['Successful', 'Failed'], 'Whether the rescheduling was requested.'),
          reason: oneOf(['ReferencedBindingNotFound'], 'Why it could not be requested.'),
        },
      ),
      'Outcome per template.',
    ),
    observedGeneration: int64('metadata.generation that was last dealt with.'),
    finishTime: time('When all templates had been dealt with.'),
  },
);

export type WorkloadRebalancerSpec = ValueOf<typeof rebalancerSpecSchema>;
export type WorkloadRebalancerStatus = ValueOf<typeof rebalancerStatusSchema>;
export type WorkloadRebalancer = ObjectWithStatus<
  'WorkloadRebalancer',
  WorkloadRebalancerSpec,
  WorkloadRebalancerStatus
>;
