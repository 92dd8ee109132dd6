import { age, none, tableOf, unset } from '../table/columns.ts';
import type { AutoscalerSpec, AutoscalerStatus, MetricSpec, MetricStatus, MetricTarget } from './hpa-types.ts';

const columns = ['Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'] as const;
const metricsShownMax = 2;

export const autoscalerTable = tableOf(columns, (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as AutoscalerSpec;
  const status = (object['status'] ?? {}) as AutoscalerStatus;
  return [
    `${spec.scaleTargetRef?.kind ?? ''}/${spec.scaleTargetRef?.name ?? ''}`,
    metricsText(spec.metrics ?? [], status.currentMetrics ?? []),
    spec.minReplicas === undefined ? unset : String(spec.minReplicas),
    spec.maxReplicas ?? 0,
    status.currentReplicas ?? 0,
    age(object, nowMs),
  ];
});

function metricsText(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return none;
  const texts = specs.map((metric, index) => metricText(metric, statuses[index]));
  const shown = texts.slice(0, metricsShownMax).join(', ');
  const more = texts.length - metricsShownMax;
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'Resource': {
      const name = metric.resource?.name ?? '';
      return `${name}: ${pairText(metric.resource?.target, status?.resource?.current)}`;
    }
    case 'ContainerResource':
      return `${metric.containerResource?.name ?? ''}: ${pairText(metric.containerResource?.target, status?.containerResource?.current)}`;
    case 'Pods':
      return pairText(metric.pods?.target, status?.pods?.current);
    case 'Object':
      return averageText(metric.object?.target, status?.object?.current);
    case 'External':
      return averageText(metric.external?.target, status?.external?.current);
    default:
      return '<unknown type>';
  }
}

function pairText(target: MetricTarget | undefined, current: MetricTarget | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue}`;
  const used = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
  const wanted = target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${used}/${wanted}`;
}

function averageText(target: MetricTarget | undefined, current: MetricTarget | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`;
  return `${current?.value ?? '<unknown>'}/${target?.value ?? '<auto>'}`;
}
