/**
 * What a binding asks of each cluster (pure). A cluster is in one of three roles: the object belongs there (`apply`), what is there stays untouched (`hold`: suspended, or being evicted with a
 * replacement on its way), or it has to go (`remove`). Clusters that the binding does not name any more, but where the object may still be, have to go as well.
 */
import type { GracefulEvictionTask, ResourceBindingSpec } from '@flotilla/kinds/karmada/work';

export type ClusterRole =
  | {
      readonly kind: 'apply';
      readonly replicas: number | undefined;
      readonly preservedLabels: Readonly<Record<string, string>> | undefined;
    }
  | { readonly kind: 'hold' }
  | { readonly kind: 'remove'; readonly isPreserved: boolean };

export interface BindingPlanInput {
  readonly spec: ResourceBindingSpec;
  readonly isDeleting: boolean;
  /** Clusters where the object is, or may be, by what was reported and observed. */
  readonly presentIn: Iterable<string>;
  /** Whether the cluster is leaving the fleet. */
  readonly isLeaving: (cluster: string) => boolean;
}

export function planBinding(input: BindingPlanInput): ReadonlyMap<string, ClusterRole> {
  const { spec, isDeleting } = input;
  const plan = new Map<string, ClusterRole>();
  for (const cluster of input.presentIn) plan.set(cluster, removal(input, cluster));
  for (const task of spec.gracefulEvictionTasks ?? []) {
    plan.set(
      task.fromCluster,
      isDeleting || task.purgeMode === 'Directly' ? removal(input, task.fromCluster) : { kind: 'hold' },
    );
  }
  for (const { clusters } of spec.requiredBy ?? []) {
    for (const { name } of clusters ?? []) plan.set(name, wanted(input, name, undefined));
  }
  for (const { name, replicas } of spec.clusters ?? []) plan.set(name, wanted(input, name, replicas));
  return plan;
}

/** Names of the clusters where the object belongs, for itself or for what requires it. */
export function targetNames(spec: ResourceBindingSpec): readonly string[] {
  return [...targetsOf(spec)].toSorted();
}

/** Every cluster that the binding names, including those that it is being evicted from. */
export function placesOf(spec: ResourceBindingSpec): ReadonlySet<string> {
  const names = targetsOf(spec);
  for (const { fromCluster } of spec.gracefulEvictionTasks ?? []) names.add(fromCluster);
  return names;
}

function targetsOf(spec: ResourceBindingSpec): Set<string> {
  const names = new Set<string>();
  for (const { name } of spec.clusters ?? []) names.add(name);
  for (const { clusters } of spec.requiredBy ?? []) for (const { name } of clusters ?? []) names.add(name);
  return names;
}

function wanted(input: BindingPlanInput, cluster: string, replicas: number | undefined): ClusterRole {
  const { spec } = input;
  if (input.isDeleting) return removal(input, cluster);
  if (isSuspended(spec, cluster)) return { kind: 'hold' };
  // A binding without replicas (ConfigMap, CronJob, …) leaves the object as it is.
  const isScaled = spec.replicaRequirements !== undefined || (spec.replicas ?? 0) > 0;
  return {
    kind: 'apply',
    replicas: isScaled ? replicas : undefined,
    preservedLabels: preservedLabels(spec.gracefulEvictionTasks ?? [], spec.clusters?.length ?? 0, cluster),
  };
}

/** What is to be preserved stays where its template is deleted, and in a cluster that leaves; what only moves elsewhere would run twice. */
function removal({ spec, isDeleting, isLeaving }: BindingPlanInput, cluster: string): ClusterRole {
  const isPreserved = spec.preserveResourcesOnDeletion === true && (isDeleting || isLeaving(cluster));
  return { kind: 'remove', isPreserved };
}

export function isSuspended(spec: ResourceBindingSpec, cluster: string): boolean {
  const { suspension } = spec;
  if (suspension === undefined) return false;
  return suspension.dispatching === true || (suspension.dispatchingOnClusters?.clusterNames ?? []).includes(cluster);
}

/** State kept over a failover: only for a single-cluster placement that left its cluster directly, and only where it did not run before. */
function preservedLabels(
  tasks: readonly GracefulEvictionTask[],
  clusterCount: number,
  cluster: string,
): Readonly<Record<string, string>> | undefined {
  if (clusterCount !== 1) return undefined;
  const task = tasks.at(-1);
  if (task?.purgeMode !== 'Directly' || task.preservedLabelState === undefined) return undefined;
  return (task.clustersBeforeFailover ?? []).includes(cluster) ? undefined : task.preservedLabelState;
}
