import { roundTripAnnotations, toVersion2 } from './hpa-v1-conversion.ts';
import type { MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { AutoscalerSpec, ScalingRules } from './hpa-types.ts';

const cpuUtilizationDefault = 80;

export function setAutoscalerDefaults(draft: MutableKubeObject): void {
  dropRoundTripAnnotations(draft);
  const spec = draft['spec'] as AutoscalerSpec;
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) {
    spec.metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuUtilizationDefault } },
      },
    ];
  }
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp = withRules(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  });
  spec.behavior.scaleDown = withRules(spec.behavior.scaleDown, {
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  });
}

/** Version 1 adds only what its shape can say: the utilization of the CPU, when nothing else is measured. */
export function setVersion1Defaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as AutoscalerSpec & { targetCPUUtilizationPercentage?: number };
  spec.minReplicas ??= 1;
  const { metrics = [] } = toVersion2(draft as KubeObject)['spec'] as AutoscalerSpec;
  if (metrics.length === 0) spec.targetCPUUtilizationPercentage = cpuUtilizationDefault;
}

function dropRoundTripAnnotations({ metadata }: MutableKubeObject): void {
  const annotations = metadata['annotations'] as Record<string, string> | undefined;
  if (annotations === undefined) return;
  for (const key of roundTripAnnotations) delete annotations[key];
}

function withRules(rules: ScalingRules | undefined, defaults: ScalingRules): ScalingRules {
  const result: ScalingRules = { ...rules };
  result.selectPolicy ??= 'Max';
  if (result.stabilizationWindowSeconds === undefined && defaults.stabilizationWindowSeconds !== undefined) {
    result.stabilizationWindowSeconds = defaults.stabilizationWindowSeconds;
  }
  if (result.policies === undefined && defaults.policies !== undefined) {
    result.policies = defaults.policies.map((policy) => ({ ...policy }));
  }
  return result;
}
