/** How one template is in each cluster (pure). */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { clusterReadyCondition } from '@flotilla/kinds/karmada/well-known';
import type { Condition } from '@flotilla/kinds/kube-object';
import { createOverrideIndex } from '@flotilla/rendering/override-index';

import { desiredByMember, readyCount } from './replica-counts.ts';
import type { Binding, Fleet, Workload } from './workload.ts';

export interface ClusterStatus {
  readonly cluster: string;
  /** Assigned; absent for kinds without replicas. */
  readonly replicas?: number;
  readonly ready?: number;
  readonly applied: 'yes' | 'no' | 'waiting';
  /** Its policy says that changes are not sent there. */
  readonly isHeldBack?: true;
  readonly message?: string;
  readonly health: 'Healthy' | 'Unhealthy' | 'Unknown';
  /** It goes away from here. */
  readonly isLeaving: boolean;
  /** Why the cluster itself is not ready. */
  readonly clusterProblem?: string;
  /** `OverridePolicy member2-registry`. */
  readonly overrides: readonly string[];
}

/** Where it is meant to be, then where it still is; by name. */
export function clusterStatuses({ template, binding }: Workload, fleet: Fleet): readonly ClusterStatus[] {
  if (binding === undefined) return [];
  const targets = targetsOf(binding);
  const reported = new Map((binding.status?.aggregatedStatus ?? []).map((item) => [item.clusterName, item]));
  const overridesIn = overridesByCluster(template, fleet);
  const clusters = new Map(fleet.clusters.map((cluster) => [cluster.metadata.name ?? '', cluster]));
  const names = [...new Set([...targets.keys(), ...reported.keys(), ...evictedFrom(binding)])].toSorted();
  return names.map((name) => {
    const item = reported.get(name);
    const ready = readyCount(template.kind, item?.status);
    const replicas = desiredByMember(template.kind, item?.status) ?? targets.get(name);
    const clusterProblem = problemOf(clusters.get(name));
    return {
      cluster: name,
      ...(replicas === undefined ? {} : { replicas }),
      ...(ready === undefined ? {} : { ready }),
      applied: item?.applied === true ? 'yes' : item?.appliedMessage === undefined ? 'waiting' : 'no',
      ...(isHeldBack(binding, name) ? { isHeldBack: true as const } : {}),
      ...(item?.appliedMessage === undefined || item.appliedMessage === '' ? {} : { message: item.appliedMessage }),
      health: item?.health ?? 'Unknown',
      isLeaving: !targets.has(name),
      ...(clusterProblem === undefined ? {} : { clusterProblem }),
      overrides: overridesIn(name),
    };
  });
}

/** A dependency goes where those go that need it. */
export function targetsOf({ spec }: Binding): ReadonlyMap<string, number | undefined> {
  const targets = new Map<string, number | undefined>();
  const isDivided = (spec.replicas ?? 0) > 0;
  for (const { name, replicas } of spec.clusters ?? [])
    targets.set(name, isDivided ? (replicas ?? 0) : replicas === 0 ? undefined : replicas);
  for (const { clusters = [] } of spec.requiredBy ?? []) {
    for (const { name } of clusters) if (!targets.has(name)) targets.set(name, undefined);
  }
  return targets;
}

function isHeldBack({ spec }: Binding, cluster: string): boolean {
  const { dispatching, dispatchingOnClusters } = spec.suspension ?? {};
  return dispatching === true || dispatchingOnClusters?.clusterNames?.includes(cluster) === true;
}

function evictedFrom({ spec }: Binding): readonly string[] {
  return (spec.gracefulEvictionTasks ?? []).map(({ fromCluster }) => fromCluster);
}

function problemOf(cluster: Cluster | undefined): string | undefined {
  if (cluster === undefined) return 'the cluster is not a member any more';
  const conditions = (cluster.status?.conditions ?? []) as readonly Condition[];
  const ready = conditions.find(({ type }) => type === clusterReadyCondition);
  if (ready?.status === 'True') return undefined;
  return `the cluster is not ready${ready?.message === undefined ? '' : `: ${ready.message}`}`;
}

function overridesByCluster(
  template: Workload['template'],
  { clusters, overrides }: Fleet,
): (cluster: string) => readonly string[] {
  const index = createOverrideIndex();
  for (const policy of overrides) index.set(policy);
  const { clusterWide, namespaced } = index.select(template);
  const policies = [...clusterWide, ...namespaced];
  const byName = new Map(clusters.map((cluster) => [cluster.metadata.name ?? '', cluster]));
  return (name) => {
    const cluster = byName.get(name);
    if (cluster === undefined) return [];
    return policies
      .filter(({ rules }) => rules.some(({ targets }) => targets(cluster)))
      .map(({ reference }) => `${reference.kind} ${reference.name}`);
  };
}
