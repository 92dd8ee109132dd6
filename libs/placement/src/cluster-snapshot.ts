/**
 * The fleet as placement sees it: every cluster with its labels indexed, its taints sorted out and its quantities turned into integers, once.
 *
 * A snapshot is immutable. Making the next one from the previous one recompiles only the clusters whose objects are new, so a heartbeat of one
 * cluster among thousands costs one compilation and one array. Amounts are milli units for CPU and whole units for everything else: exact as
 * numbers up to 2⁵³.
 */
import { zonesOf } from '@flotilla/kinds/karmada/cluster-affinity';
import type { Cluster, ResourceModel, Taint } from '@flotilla/kinds/karmada/cluster';

import { resourceAmount, type ResourceAmounts } from './resource-amount.ts';

export interface ClusterSnapshot {
  /** Ordered by name. */
  readonly clusters: readonly CompiledCluster[];
  readonly positions: ReadonlyMap<string, number>;
}

export interface CompiledCluster {
  readonly name: string;
  readonly source: Cluster;
  readonly isDeleting: boolean;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly provider: string;
  readonly region: string;
  readonly zones: readonly string[];
  /** Only effects that keep workloads away: NoSchedule and NoExecute. */
  readonly taints: readonly Taint[];
  /** `apps/v1/Deployment`. */
  readonly kinds: ReadonlySet<string>;
  /** Absent when the cluster has not reported any. */
  readonly capacity: ClusterCapacity | undefined;
}

export interface ClusterCapacity {
  readonly podsFree: number;
  /** Allocatable less allocated less allocating. */
  readonly free: ResourceAmounts;
  /** Nodes by resource model; empty when the cluster has no models. */
  readonly grades: readonly NodeGrade[];
}

export interface NodeGrade {
  readonly nodes: number;
  /** The least that a node of this grade has free. */
  readonly minimum: ResourceAmounts;
}

export const emptySnapshot: ClusterSnapshot = { clusters: [], positions: new Map() };

/** `previous` saves recompiling clusters whose objects are the same ones. The order of the input doesn't matter. */
export function createClusterSnapshot(
  clusters: Iterable<Cluster>,
  previous: ClusterSnapshot = emptySnapshot,
): ClusterSnapshot {
  const compiled: CompiledCluster[] = [];
  for (const cluster of clusters) {
    const position = previous.positions.get(cluster.metadata.name ?? '');
    const known = position === undefined ? undefined : previous.clusters[position];
    compiled.push(known?.source === cluster ? known : compileCluster(cluster));
  }
  compiled.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  return { clusters: compiled, positions: new Map(compiled.map((cluster, position) => [cluster.name, position])) };
}

function compileCluster(source: Cluster): CompiledCluster {
  const { metadata, spec, status } = source;
  return {
    name: metadata.name ?? '',
    source,
    isDeleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels,
    provider: spec.provider ?? '',
    region: spec.region ?? '',
    zones: zonesOf(source),
    taints: (spec.taints ?? []).filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute'),
    kinds: new Set(
      (status?.apiEnablements ?? []).flatMap(({ groupVersion, resources }) =>
        (resources ?? []).map(({ kind }) => `${groupVersion}/${kind}`),
      ),
    ),
    capacity: compileCapacity(source),
  };
}

function compileCapacity({ spec, status }: Cluster): ClusterCapacity | undefined {
  const summary = status?.resourceSummary;
  if (summary === undefined) return undefined;
  const free = new Map<string, number>();
  for (const [resource, quantity] of Object.entries(summary.allocatable ?? {})) {
    free.set(resource, resourceAmount(resource, quantity));
  }
  for (const used of [summary.allocated, summary.allocating]) {
    for (const [resource, quantity] of Object.entries(used ?? {})) {
      const left = free.get(resource);
      if (left !== undefined) free.set(resource, left - resourceAmount(resource, quantity));
    }
  }
  return {
    podsFree: free.get('pods') ?? 0,
    free,
    grades: compileGrades(spec.resourceModels ?? [], summary.allocatableModelings ?? []),
  };
}

function compileGrades(
  models: readonly ResourceModel[],
  modelings: readonly { readonly grade: number; readonly count: number }[],
): readonly NodeGrade[] {
  const counts = new Map(modelings.map(({ grade, count }) => [grade, count]));
  if (counts.size === 0) return [];
  return models.map(({ grade, ranges }) => ({
    nodes: counts.get(grade) ?? 0,
    minimum: new Map(ranges.map(({ name, min }) => [name, resourceAmount(name, min)])),
  }));
}
