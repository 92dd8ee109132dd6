/**
 * What a member's nodes offer and what its pods use, kept incrementally: a pod event costs a few additions, a summary costs one pass over the nodes. Only requests and
 * node names are kept of a pod.
 */
import type { Cluster, ResourceModel, ResourceSummary } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { formatQuantity, parseMilliUnits } from '@flotilla/kinds/quantity';

import { addAmounts, amountsOf, podRequests } from './pod-requests.ts';
import type { Amounts } from './pod-requests.ts';

interface NodeRecord {
  readonly allocatable: Amounts;
  readonly isReady: boolean;
  readonly isSchedulable: boolean;
}

interface PodRecord {
  readonly nodeName: string;
  readonly requests: Amounts;
}

export interface NodeSummary {
  readonly totalNum: number;
  readonly readyNum: number;
}

const nanosPerMilli = 1_000_000n;
const onePod = 1_000n;

export class Capacity {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #pods = new Map<string, PodRecord>();
  /** Requests by node; the empty name stands for pods that have none yet. */
  readonly #usedByNode = new Map<string, Map<string, bigint>>();

  setNode(node: KubeObject): void {
    const status = (node['status'] ?? {}) as {
      readonly allocatable?: Readonly<Record<string, string>>;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
    const spec = (node['spec'] ?? {}) as { readonly unschedulable?: boolean };
    this.#nodes.set(node.metadata.name ?? '', {
      allocatable: amountsOf(status.allocatable),
      isReady: (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True'),
      isSchedulable: spec.unschedulable !== true,
    });
  }

  removeNode(name: string): void {
    this.#nodes.delete(name);
  }

  setPod(pod: KubeObject): void {
    const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`;
    const phase = (pod['status'] as { readonly phase?: string } | undefined)?.phase;
    this.removePod(key);
    if (phase === 'Succeeded' || phase === 'Failed') return;
    const nodeName = (pod['spec'] as { readonly nodeName?: string } | undefined)?.nodeName ?? '';
    const requests = new Map(podRequests(pod)).set('pods', onePod);
    this.#pods.set(key, { nodeName, requests });
    addAmounts(this.#usedOn(nodeName), requests, 1n);
  }

  /** `namespace/name` */
  removePod(key: string): void {
    const pod = this.#pods.get(key);
    if (pod === undefined) return;
    this.#pods.delete(key);
    addAmounts(this.#usedOn(pod.nodeName), pod.requests, -1n);
  }

  clearNodes(): void {
    this.#nodes.clear();
  }

  clearPods(): void {
    this.#pods.clear();
    this.#usedByNode.clear();
  }

  nodeSummary(): NodeSummary {
    let readyNum = 0;
    for (const node of this.#nodes.values()) if (node.isReady) readyNum++;
    return { totalNum: this.#nodes.size, readyNum };
  }

  /** Allocatable counts ready, schedulable nodes: on the others nothing new can run. */
  resourceSummary(models: readonly ResourceModel[]): ResourceSummary {
    const allocatable = new Map<string, bigint>();
    const allocated = new Map<string, bigint>();
    for (const [name, node] of this.#nodes) {
      if (!node.isReady || !node.isSchedulable) continue;
      addAmounts(allocatable, node.allocatable, 1n);
      const used = this.#usedByNode.get(name);
      if (used !== undefined) addAmounts(allocated, used, 1n);
    }
    const modelings = this.#modelings(models);
    return {
      allocatable: resourceList(allocatable),
      allocating: resourceList(this.#usedByNode.get('') ?? new Map<string, bigint>()),
      allocated: resourceList(allocated),
      ...(modelings.length === 0 ? {} : { allocatableModelings: [...modelings] }),
    };
  }

  #usedOn(nodeName: string): Map<string, bigint> {
    let used = this.#usedByNode.get(nodeName);
    if (used === undefined) this.#usedByNode.set(nodeName, (used = new Map()));
    return used;
  }

  /** Nodes per class by what is free on them; a node belongs to the lowest class that any of its resources falls into. A full node is in no class, and hides no other. */
  #modelings(models: readonly ResourceModel[]): readonly { readonly grade: number; readonly count: number }[] {
    const counts = new Map<number, number>();
    for (const { grade } of models) counts.set(grade, 0);
    for (const [name, node] of this.#nodes) {
      if (!node.isReady || !node.isSchedulable) continue;
      const free = new Map(node.allocatable);
      addAmounts(free, this.#usedByNode.get(name) ?? new Map<string, bigint>(), -1n);
      if ((free.get('pods') ?? 0n) < onePod) continue;
      const grade = gradeOf(models, free);
      if (grade !== undefined) counts.set(grade, (counts.get(grade) ?? 0) + 1);
    }
    return [...counts].map(([grade, count]) => ({ grade, count }));
  }
}

function gradeOf(models: readonly ResourceModel[], free: Amounts): number | undefined {
  return models.findLast(({ ranges }) =>
    ranges.every(({ name, min }) => (free.get(name) ?? 0n) >= parseMilliUnits(min)),
  )?.grade;
}

const binaryResources = new Set(['memory', 'ephemeral-storage', 'storage']);

function resourceList(amounts: Amounts): Record<string, string> {
  const list: Record<string, string> = {};
  for (const [name, milli] of [...amounts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const isBinary = binaryResources.has(name) || name.startsWith('hugepages-');
    list[name] = formatQuantity({ nanos: milli * nanosPerMilli, format: isBinary ? 'binary-si' : 'decimal-si' });
  }
  return list;
}

/** Models of a cluster, lowest grade first. */
export function modelsOf(cluster: Cluster): readonly ResourceModel[] {
  return (cluster.spec.resourceModels ?? []).toSorted((a, b) => a.grade - b.grade);
}
