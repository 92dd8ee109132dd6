import type { MutableKubeObject } from '../../kind-definition.ts';
import type { AutoscalerSpec, ScalingRules } from './hpa-types.ts';

const cpuUtilizationDefault = 80;

export function setAutoscalerDefaults(draft: MutableKubeObject): void {
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
