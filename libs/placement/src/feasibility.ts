/**
 * Which clusters may run the workload, and why not the others. Clusters that are being deleted are never feasible.
 *
 * The usual case costs nothing per cluster: verdicts that don't depend on the workload come from the placement's cache. Only clusters that have the
 * workload or are losing it, and all of them when the workload has an affinity group, are asked again.
 */
import type { ClusterSnapshot, CompiledCluster } from './cluster-snapshot.ts';
import type { FilterContext } from './filters/filter.ts';
import { tierOf } from './filters/cluster-affinity.ts';
import { filterTable } from './filters/filter-table.ts';
import type { RejectedClusters } from './reasons.ts';
import type { FeasibleCluster, Refusal, StaticVerdicts } from './verdict-cache.ts';
import { hasReplicas, indexAssigned, type PlacedWorkload } from './workload.ts';

export interface Feasibility {
  /** Ordered by cluster name. */
  readonly feasible: readonly FeasibleCluster[];
  /** By position in the snapshot. */
  readonly refusals: readonly (Refusal | undefined)[];
}

const staticFilters = filterTable.filter(({ scope }) => scope === 'placement');
const deleting: Refusal = { filter: 'deletion', reason: 'cluster(s) is being deleted' };

export function findFeasible(snapshot: ClusterSnapshot, context: FilterContext): Feasibility {
  const { workload, placement, term, isSpreadEffective } = context;
  const key = `${term.name}\n${workload.apiVersion}/${workload.kind}\n${hasReplicas(workload) ? 1 : 0}${isSpreadEffective ? 1 : 0}`;
  const verdicts = placement.verdicts.get(snapshot, key, () => staticVerdicts(snapshot, context));
  const hasPeers = (workload.affinityPeers?.length ?? 0) + (workload.antiAffinityPeers?.length ?? 0) > 0;
  const exceptions = hasPeers ? snapshot.positions.values() : exceptionPositions(snapshot, workload, verdicts);
  let refusals: (Refusal | undefined)[] | undefined;
  for (const position of exceptions) {
    const cluster = snapshot.clusters[position];
    if (cluster === undefined) continue;
    const refusal = ask(cluster, context, filterTable);
    if (refusal === undefined && verdicts.refusals[position] === undefined) continue;
    refusals ??= [...verdicts.refusals];
    refusals[position] = refusal;
  }
  return refusals === undefined ? verdicts : { refusals, feasible: passing(snapshot, context, refusals) };
}

/** What it has may soften a refusal, never add one; what it is losing may only be refused. */
function exceptionPositions(
  { positions }: ClusterSnapshot,
  workload: PlacedWorkload,
  { refusals }: StaticVerdicts,
): ReadonlySet<number> {
  const exceptions = new Set<number>();
  for (const { name } of workload.current) {
    const position = positions.get(name);
    if (position !== undefined && refusals[position] !== undefined) exceptions.add(position);
  }
  for (const name of workload.evictedFrom ?? []) {
    const position = positions.get(name);
    if (position !== undefined) exceptions.add(position);
  }
  return exceptions;
}

function ask(cluster: CompiledCluster, context: FilterContext, filters: typeof filterTable): Refusal | undefined {
  if (cluster.isDeleting) return deleting;
  for (const filter of filters) {
    const rejection = filter.check(cluster, context);
    if (rejection !== undefined) return { filter: filter.name, ...rejection };
  }
  return undefined;
}

/** As for a workload of this kind that is nowhere yet. */
function staticVerdicts(snapshot: ClusterSnapshot, context: FilterContext): StaticVerdicts {
  const unplaced: FilterContext = {
    ...context,
    workload: indexAssigned({ ...context.workload, current: [], evictedFrom: [] }),
  };
  const refusals = snapshot.clusters.map((cluster) => ask(cluster, unplaced, staticFilters));
  return { refusals, feasible: passing(snapshot, context, refusals) };
}

function passing(
  { clusters }: ClusterSnapshot,
  context: FilterContext,
  refusals: readonly (Refusal | undefined)[],
): readonly FeasibleCluster[] {
  return clusters.flatMap((cluster, position) =>
    refusals[position] === undefined ? [{ cluster, tier: tierOf(cluster, context) }] : [],
  );
}

/** Refused clusters grouped by filter, reason and the values compared. */
export function groupRefusals(
  { clusters }: ClusterSnapshot,
  refusals: readonly (Refusal | undefined)[],
): readonly RejectedClusters[] {
  const groups = new Map<string, RejectedClusters & { readonly clusters: string[] }>();
  refusals.forEach((refusal, position) => {
    if (refusal === undefined) return;
    const key = `${refusal.filter}\n${refusal.reason}\n${refusal.detail ?? ''}`;
    const name = clusters[position]?.name ?? '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...refusal, clusters: [name] });
    else group.clusters.push(name);
  });
  return [...groups.values()];
}

/** `0/3 clusters are available: 1 cluster(s) did not have the API resource, 2 cluster(s) did not match ….` */
export function noClusterFitMessage(refusals: readonly (Refusal | undefined)[]): string {
  const counts = new Map<string, number>();
  for (const refusal of refusals) {
    if (refusal !== undefined) counts.set(refusal.reason, (counts.get(refusal.reason) ?? 0) + 1);
  }
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return `0/${refusals.length} clusters are available: ${reasons.length > 0 ? reasons.join(', ') : 'there are no clusters'}.`;
}
