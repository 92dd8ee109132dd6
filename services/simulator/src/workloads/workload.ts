import type { PodTemplateSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type {
  DaemonSetSpec,
  DeploymentSpec,
  ReplicaSetSpec,
  StatefulSetSpec,
} from '@flotilla/kinds/builtin/apps/workload-types';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StatusCondition } from '../model/condition.ts';

export interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly updatedReplicas?: number;
  readonly conditions?: readonly StatusCondition[];
}

export interface Deployment extends KubeObject {
  readonly spec: DeploymentSpec & { readonly paused?: boolean };
  readonly status?: WorkloadStatus & { readonly unavailableReplicas?: number; readonly collisionCount?: number };
}

export interface ReplicaSet extends KubeObject {
  readonly spec: ReplicaSetSpec;
  readonly status?: WorkloadStatus & { readonly fullyLabeledReplicas?: number };
}

export interface StatefulSet extends KubeObject {
  readonly spec: StatefulSetSpec;
  readonly status?: WorkloadStatus & {
    readonly currentReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly collisionCount?: number;
  };
}

export interface DaemonSet extends KubeObject {
  readonly spec: DaemonSetSpec;
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly StatusCondition[] };
}

export interface ControllerRevision extends KubeObject {
  readonly revision: number;
}

export function templateOf({ template }: { readonly template?: PodTemplateSpec }): PodTemplateSpec {
  return template ?? {};
}

/** `3` or `"25%"` of a total. */
export function resolveIntOrPercent(
  value: number | string | undefined,
  total: number,
  rounding: 'up' | 'down',
): number {
  if (typeof value === 'number') return value;
  const percent = Number.parseInt(value ?? '0', 10);
  const exact = (percent * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
