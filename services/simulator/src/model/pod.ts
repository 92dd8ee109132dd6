import { qosClassOf } from '@flotilla/kinds/builtin/core/pod-quality';
import type { PodSpec, PodTemplateSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { KubeObject, OwnerReference } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';
import { findCondition, isTrue, type StatusCondition } from './condition.ts';
import { parseTimestamp } from './timestamp.ts';

export interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly conditions?: readonly StatusCondition[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly [field: string]: unknown;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Parsed by kubeapi on its way in, or made here: a stored pod has a specification. */
export function podOf(stored: StoredObject): Pod {
  return stored.object as Pod;
}

export function isDeleting(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Counts as a replica: neither over nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isDeleting(pod) && !isFinished(pod);
}

export function isReady({ status }: Pod): boolean {
  return isTrue(status?.conditions, 'Ready');
}

/** When a ready pod counts as available; infinity when it isn't ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return Number.POSITIVE_INFINITY;
  return minReadySeconds === 0 ? 0 : parseTimestamp(ready.lastTransitionTime) + minReadySeconds * 1000;
}

export interface NewPod {
  readonly name: string;
  readonly namespace: string;
  readonly template: PodTemplateSpec;
  readonly owner: OwnerReference;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Instead of the template's. */
  readonly spec?: PodSpec;
}

const admissionTolerations = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
];

/** A pod as it is right after creation: template applied, admission done, pending. The template is shared, not copied. */
export function newPod(from: NewPod, createdAt: string, uid: string): Pod {
  const { name, namespace, template, owner, generateName } = from;
  const labels = { ...template.metadata?.labels, ...from.labels };
  const annotations = { ...template.metadata?.annotations, ...from.annotations };
  const spec = from.spec ?? template.spec ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(generateName !== undefined && { generateName }),
      namespace,
      uid,
      generation: 1,
      creationTimestamp: createdAt,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [owner],
    },
    spec: { ...spec, ...admittedFields(spec) },
    status: { phase: 'Pending', qosClass: qosClassOf(spec) },
  };
}

/** Fields that admission sets on every pod; what the pod says itself stays. */
export function admittedFields(spec: PodSpec): PodSpec {
  const account = spec.serviceAccountName ?? 'default';
  return {
    serviceAccountName: account,
    serviceAccount: account,
    enableServiceLinks: spec.enableServiceLinks ?? true,
    priority: spec.priority ?? 0,
    preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority',
    tolerations: [...(spec.tolerations ?? []), ...missingTolerations(spec)],
  };
}

function missingTolerations(spec: PodSpec): typeof admissionTolerations {
  const own = spec.tolerations ?? [];
  if (own.length === 0) return admissionTolerations;
  return admissionTolerations.filter(
    ({ key }) =>
      !own.some((one) => (one.key === key || one.key === undefined) && (one.effect ?? 'NoExecute') === 'NoExecute'),
  );
}
