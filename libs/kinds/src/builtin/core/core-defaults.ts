import { setPodTemplateDefaults } from './pod-spec-defaults.ts';
import type { MutableKubeObject } from '../../kind-definition.ts';
import type { ClaimSpec } from './claim-validation.ts';
import type { PodTemplateSpec } from './pod-types.ts';

export function setPodTemplateKindDefaults(draft: MutableKubeObject): void {
  setPodTemplateDefaults(draft['template'] as PodTemplateSpec | undefined);
}

interface ReplicationControllerSpec {
  replicas?: number;
  selector?: Record<string, string>;
  template?: PodTemplateSpec;
}

/** The oldest of the workload kinds: its selector and labels are those of its template when absent. */
export function setReplicationControllerDefaults(draft: MutableKubeObject): void {
  const spec = (draft['spec'] ?? {}) as ReplicationControllerSpec;
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    spec.selector ??= { ...labels };
    draft.metadata['labels'] ??= { ...labels };
  }
  spec.replicas ??= 1;
  setPodTemplateDefaults(spec.template);
}

export function setClaimDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as ClaimSpec | undefined;
  if (spec !== undefined) spec.volumeMode ??= 'Filesystem';
}

export function setVolumeDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as
    (ClaimSpec & { persistentVolumeReclaimPolicy?: string; hostPath?: { type?: string } }) | undefined;
  if (spec === undefined) return;
  spec.persistentVolumeReclaimPolicy ??= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
}

/** The three moments of an Event are printed even when they never happened. */
export function setEventDefaults(draft: MutableKubeObject): void {
  draft['firstTimestamp'] ??= null;
  draft['lastTimestamp'] ??= null;
  draft['eventTime'] ??= null;
}

interface LimitRangeItem {
  type?: string;
  max?: Record<string, string>;
  min?: Record<string, string>;
  default?: Record<string, string>;
  defaultRequest?: Record<string, string>;
}

/** For containers: the default limit falls back to the maximum, the default request to the default limit or the minimum. */
export function setLimitRangeDefaults(draft: MutableKubeObject): void {
  const limits = (draft['spec'] as { limits?: LimitRangeItem[] | null } | undefined)?.limits ?? [];
  for (const item of limits) {
    if (item.type !== 'Container') continue;
    const limit = { ...item.max, ...item.default };
    const request = { ...item.min, ...limit, ...item.defaultRequest };
    if (Object.keys(limit).length > 0) item.default = limit;
    if (Object.keys(request).length > 0) item.defaultRequest = request;
  }
}

export function setEndpointsDefaults(draft: MutableKubeObject): void {
  const subsets = (draft['subsets'] ?? []) as { ports?: { protocol?: string }[] }[];
  for (const subset of subsets) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
}
