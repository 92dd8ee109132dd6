import type { Component, ReplicaRequirements, TargetCluster } from '@flotilla/kinds/karmada/work';

/** What placement needs to know of one workload: parts of its binding. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the template; decides who gets the odd replica. May be empty. */
  readonly uid: string;
  /** 0 for what has no replicas (ConfigMap, …). */
  readonly replicas: number;
  readonly requirements?: ReplicaRequirements | undefined;
  /** More than one: a workload of several pod templates, placed as complete sets in one cluster. */
  readonly components?: readonly Component[] | undefined;
  /** Where it is now. */
  readonly current: readonly TargetCluster[];
  /** Clusters that it is being evicted from. */
  readonly evictedFrom?: readonly string[] | undefined;
  /** Where the other workloads of its affinity group are; those without clusters are left out. */
  readonly affinityPeers?: readonly PeerPlacement[] | undefined;
  /** Where the other workloads of its anti-affinity group are. */
  readonly antiAffinityPeers?: readonly PeerPlacement[] | undefined;
}

export interface PeerPlacement {
  /** Of the binding: for the reasons. */
  readonly name: string;
  readonly clusters: ReadonlySet<string>;
}

export function hasReplicas({ replicas, components }: Workload): boolean {
  return replicas > 0 || (components?.length ?? 0) > 0;
}

export function isMultiComponent({ components }: Workload): boolean {
  return (components?.length ?? 0) > 1;
}

/** A workload with its current clusters indexed. */
export interface PlacedWorkload extends Workload {
  /** Cluster name → replicas that it has there now. */
  readonly assigned: ReadonlyMap<string, number>;
}

export function indexAssigned(workload: Workload): PlacedWorkload {
  const assigned = new Map<string, number>();
  for (const { name, replicas } of workload.current) assigned.set(name, replicas ?? 0);
  return { ...workload, assigned };
}

export function isAssigned({ assigned }: PlacedWorkload, clusterName: string): boolean {
  return assigned.has(clusterName);
}
