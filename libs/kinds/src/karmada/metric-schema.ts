/** The parts of Kubernetes' `autoscaling/v2` that FederatedHPA embeds: metrics, behaviour and their status. */
import { int32, int64, list, object, oneOf, quantity, text, time } from '../schema-builder.ts';
import { conditionsSchema, labelSelectorSchema } from './core-schema.ts';

export const scaleTargetSchema = object(
  'The workload that is scaled: any kind with a scale subresource.',
  { kind: text('Kind.'), name: text('Name.') },
  { apiVersion: text('API version.') },
);

const sources = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'] as const;

const identifierSchema = object(
  'Names a metric.',
  { name: text('Name of the metric.') },
  {
    selector: labelSelectorSchema,
  },
);

const targetSchema = object(
  'The value to hold.',
  { type: oneOf(['Utilization', 'Value', 'AverageValue'], 'What the value means.') },
  {
    value: quantity('Value of the metric.'),
    averageValue: quantity('Average over the pods.'),
    averageUtilization: int32('Average over the pods in percent of what they request.'),
  },
);

const currentSchema = object(
  'The value found.',
  {},
  {
    value: quantity('Value of the metric.'),
    averageValue: quantity('Average over the pods.'),
    averageUtilization: int32('Average over the pods in percent of what they request.'),
  },
);

export const metricSchema = object(
  'A metric and the value to hold.',
  { type: oneOf(sources, 'Source of the metric; the field of that name is set.') },
  {
    resource: object('CPU or memory of the pods.', { name: text('Resource.'), target: targetSchema }),
    containerResource: object('CPU or memory of one container of the pods.', {
      name: text('Resource.'),
      container: text('Name of the container.'),
      target: targetSchema,
    }),
    pods: object('A metric of each pod.', { metric: identifierSchema, target: targetSchema }),
    object: object('A metric of another object.', {
      describedObject: scaleTargetSchema,
      metric: identifierSchema,
      target: targetSchema,
    }),
    external: object('A metric of no object of the cluster.', { metric: identifierSchema, target: targetSchema }),
  },
);

const metricStatusSchema = object(
  'A metric as it was last read.',
  { type: oneOf(sources, 'Source of the metric.') },
  {
    resource: object('CPU or memory of the pods.', { name: text('Resource.'), current: currentSchema }),
    containerResource: object('CPU or memory of one container of the pods.', {
      name: text('Resource.'),
      container: text('Name of the container.'),
      current: currentSchema,
    }),
    pods: object('A metric of each pod.', { metric: identifierSchema, current: currentSchema }),
    object: object('A metric of another object.', {
      describedObject: scaleTargetSchema,
      metric: identifierSchema,
      current: currentSchema,
    }),
    external: object('A metric of no object of the cluster.', { metric: identifierSchema, current: currentSchema }),
  },
);

const scalingRulesSchema = object(
  'Limits on how fast one direction goes.',
  {},
  {
    stabilizationWindowSeconds: int32('Past time whose recommendations are taken into account, in seconds.'),
    selectPolicy: oneOf(['Max', 'Min', 'Disabled'], 'Which policy wins; Max when absent.'),
    policies: list(
      object('One limit.', {
        type: oneOf(['Pods', 'Percent'], 'Unit of the value.'),
        value: int32('Largest change within the period; above zero.'),
        periodSeconds: int32('Period, 1 to 1800 seconds.'),
      }),
      'Limits.',
      { 'x-kubernetes-list-type': 'atomic' },
    ),
    tolerance: quantity('Deviation of the metric that is ignored.'),
  },
);

export const behaviorSchema = object(
  'How fast replicas may change.',
  {},
  {
    scaleUp: scalingRulesSchema,
    scaleDown: scalingRulesSchema,
  },
);

export const autoscalerStatusSchema = object(
  'What the autoscaler last did.',
  {},
  {
    observedGeneration: int64('metadata.generation that was last dealt with.'),
    lastScaleTime: time('When the number of replicas was last changed.'),
    currentReplicas: int32('Replicas last seen.'),
    desiredReplicas: int32('Replicas last wanted.'),
    currentMetrics: list(metricStatusSchema, 'Metrics as they were last read.', { 'x-kubernetes-list-type': 'atomic' }),
    conditions: conditionsSchema,
  },
);
