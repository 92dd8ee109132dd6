/**
 * HorizontalPodAutoscalers between autoscaling/v1 and the stored autoscaling/v2. Version 1 has one field for the CPU's utilization; other metrics,
 * behaviour, conditions and measurements travel in annotations, which the stored form doesn't have. An annotation that cannot be read is dropped.
 */
import { without } from '../without.ts';
import { annotatedBehavior, behaviorOfAnnotated } from './hpa-v1-behavior.ts';
import { annotatedSpec, annotatedStatus, present, specOfAnnotated, statusOfAnnotated } from './hpa-v1-metrics.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { AutoscalerSpec, AutoscalerStatus, MetricSpec, MetricStatus } from './hpa-types.ts';
import type { AnnotatedMetric } from './hpa-v1-metrics.ts';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const metricsKey = `${prefix}metrics`;
const behaviorKey = `${prefix}behavior`;
const conditionsKey = `${prefix}conditions`;
const currentMetricsKey = `${prefix}current-metrics`;
/** Annotations that stand for fields of version 2, which therefore never has them. */
export const roundTripAnnotations = [metricsKey, behaviorKey, conditionsKey, currentMetricsKey] as const;

interface SpecV1 extends Pick<AutoscalerSpec, 'scaleTargetRef' | 'minReplicas' | 'maxReplicas'> {
  readonly targetCPUUtilizationPercentage?: number;
}

interface StatusV1 extends AutoscalerStatus {
  readonly currentCPUUtilizationPercentage?: number;
}

type Annotations = Readonly<Record<string, string>>;

export function toVersion2(object: KubeObject): KubeObject {
  const { metadata, spec, status, ...rest } = object;
  const annotations = metadata.annotations ?? {};
  return {
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, without(annotations, ...roundTripAnnotations) as Annotations),
    spec: specToVersion2((spec ?? {}) as SpecV1, annotations),
    ...(status !== undefined && { status: statusToVersion2(status as StatusV1, annotations) }),
  };
}

function specToVersion2(spec: SpecV1, annotations: Annotations): AutoscalerSpec {
  const { targetCPUUtilizationPercentage: utilization, ...same } = spec;
  const metrics = metricsOf(annotations[metricsKey]).map(specOfAnnotated);
  if (utilization !== undefined) metrics.push(cpuMetric(utilization));
  const behavior = behaviorOfAnnotated(parsed(annotations[behaviorKey]));
  return { ...same, ...(metrics.length > 0 && { metrics }), ...(behavior !== undefined && { behavior }) };
}

function statusToVersion2(status: StatusV1, annotations: Annotations): AutoscalerStatus {
  const { currentCPUUtilizationPercentage: utilization, currentReplicas = 0, ...same } = status;
  const annotated = annotations[currentMetricsKey];
  const measured = annotated === undefined ? [] : metricsOf(annotated).map(statusOfAnnotated);
  if (annotated === undefined && utilization !== undefined) measured.push(cpuMeasurement(utilization));
  const conditions = parsed(annotations[conditionsKey]);
  return {
    ...same,
    ...(currentReplicas !== 0 && { currentReplicas }),
    currentMetrics: measured.length > 0 ? measured : null,
    ...(Array.isArray(conditions) && { conditions: conditions.map(conditionToVersion2) }),
  };
}

function conditionToVersion2(condition: unknown): object {
  return { lastTransitionTime: null, ...(condition as object | null) };
}

function cpuMetric(averageUtilization: number): MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function cpuMeasurement(averageUtilization: number): MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } };
}

export function toVersion1(object: KubeObject): KubeObject {
  const { metadata, spec, status, ...rest } = object;
  const before = (spec ?? {}) as AutoscalerSpec;
  const measured = status as AutoscalerStatus | undefined;
  const annotations = {
    ...metadata.annotations,
    ...metricsAnnotation(before.metrics ?? []),
    ...jsonAnnotation(behaviorKey, before.behavior && annotatedBehavior(before.behavior)),
    ...jsonAnnotation(currentMetricsKey, listOrNothing(measured?.currentMetrics?.map(annotatedStatus))),
    ...jsonAnnotation(conditionsKey, listOrNothing(measured?.conditions?.map(annotatedCondition))),
  };
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, annotations),
    spec: specToVersion1(before),
    ...(measured !== undefined && { status: statusToVersion1(measured) }),
  };
}

function specToVersion1({ scaleTargetRef, minReplicas, maxReplicas, metrics }: AutoscalerSpec): object {
  const utilization = metrics?.find(isCpuUtilization)?.resource?.target?.averageUtilization;
  return present({ scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: utilization });
}

function statusToVersion1(status: AutoscalerStatus): object {
  const { observedGeneration, lastScaleTime, currentReplicas = 0, desiredReplicas = 0, currentMetrics } = status;
  const cpu = currentMetrics?.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const utilization = cpu?.resource?.current?.averageUtilization;
  return present({
    observedGeneration,
    lastScaleTime,
    currentReplicas,
    desiredReplicas,
    currentCPUUtilizationPercentage: utilization,
  });
}

/** The one metric that version 1 has a field for. */
function isCpuUtilization({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;
}

function metricsAnnotation(metrics: readonly MetricSpec[]): Annotations {
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  return jsonAnnotation(metricsKey, listOrNothing(others.map(annotatedSpec)));
}

function annotatedCondition(condition: NonNullable<AutoscalerStatus['conditions']>[number]): object {
  const { type, status, lastTransitionTime, reason, message } = condition;
  return present({ type, status, lastTransitionTime: lastTransitionTime ?? null, reason, message });
}

function listOrNothing<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function jsonAnnotation(key: string, value: unknown): Annotations {
  return value === undefined ? {} : { [key]: JSON.stringify(value) };
}

function withAnnotations(metadata: KubeObject['metadata'], annotations: Annotations): KubeObject['metadata'] {
  const { annotations: _, ...others } = metadata;
  return Object.keys(annotations).length === 0 ? others : { ...others, annotations };
}

function metricsOf(text: string | undefined): AnnotatedMetric[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
