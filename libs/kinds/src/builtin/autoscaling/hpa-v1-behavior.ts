/** Scaling behaviour in autoscaling/v1: the annotation holds kube-apiserver's internal names, which begin with capitals, and reads them in any case. */
import type { AutoscalerSpec, ScalingRules } from './hpa-types.ts';

type Behavior = NonNullable<AutoscalerSpec['behavior']>;
type Members = Readonly<Record<string, unknown>>;

export function annotatedBehavior({ scaleUp, scaleDown }: Behavior): object {
  return { ScaleUp: annotatedRules(scaleUp), ScaleDown: annotatedRules(scaleDown) };
}

function annotatedRules(rules: ScalingRules | undefined): object | null {
  if (rules === undefined) return null;
  const policies = rules.policies?.map(({ type, value, periodSeconds }) => ({
    Type: type ?? '',
    Value: value ?? 0,
    PeriodSeconds: periodSeconds ?? 0,
  }));
  return {
    StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null,
    SelectPolicy: rules.selectPolicy ?? null,
    Policies: policies ?? null,
    Tolerance: rules.tolerance ?? null,
  };
}

/** Undefined when the value isn't a behaviour. */
export function behaviorOfAnnotated(value: unknown): Behavior | undefined {
  const members = membersOf(value);
  if (members === undefined) return undefined;
  const scaleUp = rulesOf(members['scaleup']);
  const scaleDown = rulesOf(members['scaledown']);
  return { ...(scaleUp !== undefined && { scaleUp }), ...(scaleDown !== undefined && { scaleDown }) };
}

function rulesOf(value: unknown): ScalingRules | undefined {
  const members = membersOf(value);
  if (members === undefined) return undefined;
  const { stabilizationwindowseconds: window, selectpolicy: policy, policies, tolerance } = members;
  return {
    ...(typeof window === 'number' && { stabilizationWindowSeconds: window }),
    selectPolicy: typeof policy === 'string' ? policy : 'Max',
    ...(Array.isArray(policies) && { policies: policies.map(policyOf) }),
    ...(typeof tolerance === 'string' && { tolerance }),
  };
}

function policyOf(value: unknown): NonNullable<ScalingRules['policies']>[number] {
  const { type, value: amount, periodseconds: period } = membersOf(value) ?? {};
  return {
    type: typeof type === 'string' ? type : '',
    value: typeof amount === 'number' ? amount : 0,
    periodSeconds: typeof period === 'number' ? period : 0,
  };
}

/** Members by their names in lower case; undefined for what is no object. */
function membersOf(value: unknown): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]));
}
