/**
 * Metrics of autoscaling/v1: what that version has no fields for is kept as JSON in annotations, in shapes of its own. One function each way for what is
 * wanted (specs) and for what is measured (statuses). A quantity that the old shape requires is written as zero where the new one has none.
 */
import type { MetricIdentifier, MetricSpec, MetricStatus, MetricTarget, ScaleTargetRef } from './hpa-types.ts';

/** A source of an annotated metric; which fields there are depends on its type. */
interface AnnotatedSource {
  readonly target?: ScaleTargetRef;
  readonly name?: string;
  readonly metricName?: string;
  readonly metricSelector?: object;
  readonly selector?: object;
  readonly container?: string;
  readonly averageValue?: string;
  readonly targetValue?: string;
  readonly targetAverageValue?: string;
  readonly targetAverageUtilization?: number;
  readonly currentValue?: string;
  readonly currentAverageValue?: string;
  readonly currentAverageUtilization?: number;
}

export interface AnnotatedMetric {
  readonly type?: string;
  readonly object?: AnnotatedSource;
  readonly pods?: AnnotatedSource;
  readonly resource?: AnnotatedSource;
  readonly containerResource?: AnnotatedSource;
  readonly external?: AnnotatedSource;
}

const zero = '0';

export function annotatedSpec({ type, object, pods, resource, containerResource, external }: MetricSpec): object {
  return present({
    type,
    object: object && {
      target: annotatedReference(object.describedObject),
      metricName: object.metric?.name,
      targetValue: object.target?.value ?? zero,
      selector: object.metric?.selector,
      averageValue: object.target?.averageValue,
    },
    pods: pods && {
      metricName: pods.metric?.name,
      targetAverageValue: pods.target?.averageValue ?? zero,
      selector: pods.metric?.selector,
    },
    resource: resource && { name: resource.name, ...annotatedTarget(resource.target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...annotatedTarget(containerResource.target),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name,
      metricSelector: external.metric?.selector,
      targetValue: external.target?.value,
      targetAverageValue: external.target?.averageValue,
    },
  });
}

export function annotatedStatus({ type, object, pods, resource, containerResource, external }: MetricStatus): object {
  return present({
    type,
    object: object && {
      target: annotatedReference(object.describedObject),
      metricName: object.metric?.name,
      currentValue: object.current?.value ?? zero,
      selector: object.metric?.selector,
      averageValue: object.current?.averageValue,
    },
    pods: pods && {
      metricName: pods.metric?.name,
      currentAverageValue: pods.current?.averageValue ?? zero,
      selector: pods.metric?.selector,
    },
    resource: resource && { name: resource.name, ...annotatedCurrent(resource.current) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...annotatedCurrent(containerResource.current),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name,
      metricSelector: external.metric?.selector,
      currentValue: external.current?.value ?? zero,
      currentAverageValue: external.current?.averageValue,
    },
  });
}

function annotatedTarget(target: MetricTarget | undefined): object {
  return { targetAverageUtilization: target?.averageUtilization, targetAverageValue: target?.averageValue };
}

function annotatedCurrent(current: MetricTarget | undefined): object {
  return {
    currentAverageUtilization: current?.averageUtilization,
    currentAverageValue: current?.averageValue ?? zero,
  };
}

function annotatedReference(reference: ScaleTargetRef | undefined): object {
  return { kind: reference?.kind, name: reference?.name, apiVersion: reference?.apiVersion };
}

export function specOfAnnotated(metric: AnnotatedMetric): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = metric;
  return present({
    type,
    object: object && {
      describedObject: object.target,
      metric: metricOf(object.metricName, object.selector),
      target:
        object.averageValue === undefined
          ? { type: 'Value', value: object.targetValue }
          : { type: 'AverageValue', averageValue: object.averageValue },
    },
    pods: pods && {
      metric: metricOf(pods.metricName, pods.selector),
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: usageTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      target: usageTarget(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: metricOf(external.metricName, external.metricSelector),
      target:
        external.targetValue === undefined
          ? { type: 'AverageValue', averageValue: external.targetAverageValue }
          : { type: 'Value', value: external.targetValue },
    },
  });
}

export function statusOfAnnotated(metric: AnnotatedMetric): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = metric;
  return present({
    type,
    object: object && {
      metric: metricOf(object.metricName, object.selector),
      current: { value: object.currentValue, averageValue: object.averageValue },
      describedObject: object.target,
    },
    pods: pods && {
      metric: metricOf(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && { name: resource.name, current: usageNow(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      current: usageNow(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: metricOf(external.metricName, external.metricSelector),
      current: { value: external.currentValue, averageValue: external.currentAverageValue },
    },
  });
}

function metricOf(name: string | undefined, selector: object | undefined): MetricIdentifier {
  return { name: name ?? '', ...(selector !== undefined && { selector }) };
}

function usageTarget({ targetAverageUtilization, targetAverageValue }: AnnotatedSource): object {
  return targetAverageUtilization === undefined
    ? { type: 'AverageValue', averageValue: targetAverageValue }
    : { type: 'Utilization', averageUtilization: targetAverageUtilization, averageValue: targetAverageValue };
}

function usageNow({ currentAverageUtilization, currentAverageValue }: AnnotatedSource): object {
  return { averageValue: currentAverageValue, averageUtilization: currentAverageUtilization };
}

/** The value without members that are undefined, at any depth. */
export function present(value: object): object {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key, isPlain(member) ? present(member) : member]));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
