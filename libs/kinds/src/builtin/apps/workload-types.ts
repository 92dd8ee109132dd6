import type { LabelSelector } from '../../label-selector.ts';
import type { PodTemplateSpec, TemplateMetadata } from '../core/pod-types.ts';

/** Specifications of the kinds that run pods, after decoding; mutable for defaulting. */
export interface DeploymentSpec {
  replicas?: number;
  selector?: LabelSelector | null;
  template?: PodTemplateSpec;
  strategy?: { type?: string; rollingUpdate?: RollingUpdate };
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  progressDeadlineSeconds?: number;
}

export interface RollingUpdate {
  maxUnavailable?: number | string;
  maxSurge?: number | string;
  partition?: number;
}

export interface ReplicaSetSpec {
  replicas?: number;
  selector?: LabelSelector | null;
  template?: PodTemplateSpec;
  minReadySeconds?: number;
}

export interface DaemonSetSpec {
  selector?: LabelSelector | null;
  template?: PodTemplateSpec;
  updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate };
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
}

export interface StatefulSetSpec {
  replicas?: number;
  selector?: LabelSelector | null;
  template?: PodTemplateSpec;
  serviceName?: string;
  podManagementPolicy?: string;
  updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate };
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  volumeClaimTemplates?: ClaimTemplate[];
  persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  ordinals?: { start?: number };
}

export interface ClaimTemplate {
  apiVersion?: string;
  kind?: string;
  metadata?: TemplateMetadata;
  spec?: { volumeMode?: string; accessModes?: string[]; resources?: { requests?: Record<string, string> } };
  status?: { phase?: string };
}
