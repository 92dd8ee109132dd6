/**
 * Which clusters a ClusterAffinity means. `exclude` wins over everything; then names, labels and fields must all accept the cluster; a part that is absent or empty accepts
 * every cluster. Compile once, match often: a match allocates nothing.
 */
import { compileLabelSelector } from '../label-selector.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterAffinity, ClusterFieldSelector } from './policy.ts';

export type ClusterMatcher = (cluster: Cluster) => boolean;

/** Why a cluster is not meant; `undefined` when it is. */
export type ClusterMismatch = 'excluded' | 'name' | 'labels' | 'fields';

export interface CompiledClusterAffinity {
  readonly matches: ClusterMatcher;
  readonly mismatchOf: (cluster: Cluster) => ClusterMismatch | undefined;
  /** Only these clusters can match; absent when names do not restrict. For indexes. */
  readonly clusterNames?: ReadonlySet<string>;
}

/** An absent affinity accepts every cluster. */
export function compileClusterAffinity(affinity: ClusterAffinity | undefined): CompiledClusterAffinity {
  const excluded = new Set(affinity?.exclude ?? []);
  const names = new Set(affinity?.clusterNames ?? []);
  const acceptsLabels =
    affinity?.labelSelector === undefined ? undefined : compileLabelSelector(affinity.labelSelector);
  const acceptsFields = compileFieldSelector(affinity?.fieldSelector);
  const mismatchOf = (cluster: Cluster): ClusterMismatch | undefined => {
    const name = cluster.metadata.name ?? '';
    if (excluded.has(name)) return 'excluded';
    if (names.size > 0 && !names.has(name)) return 'name';
    if (acceptsLabels !== undefined && !acceptsLabels(cluster.metadata.labels)) return 'labels';
    return acceptsFields(cluster) ? undefined : 'fields';
  };
  return {
    mismatchOf,
    matches: (cluster) => mismatchOf(cluster) === undefined,
    ...(names.size > 0 ? { clusterNames: names } : {}),
  };
}

type FieldRequirement = NonNullable<ClusterFieldSelector['matchExpressions']>[number];

function compileFieldSelector(selector: ClusterFieldSelector | undefined): ClusterMatcher {
  const tests = (selector?.matchExpressions ?? []).map(compileFieldRequirement);
  return (cluster) => {
    for (const test of tests) if (!test(cluster)) return false;
    return true;
  };
}

/** A cluster in several zones is in a listed zone when any of its zones is listed. */
function compileFieldRequirement({ key, operator, values }: FieldRequirement): ClusterMatcher {
  const listed = new Set<string>(values ?? []);
  const isListed = (cluster: Cluster): boolean => {
    switch (key) {
      case 'provider':
        return listed.has(cluster.spec.provider ?? '');
      case 'region':
        return listed.has(cluster.spec.region ?? '');
      case 'zone':
        return zonesOf(cluster).some((zone) => listed.has(zone));
      default:
        return false;
    }
  };
  return operator === 'In' ? isListed : (cluster) => !isListed(cluster);
}

/** `spec.zones`, or the former single `spec.zone`. */
export function zonesOf(cluster: Cluster): readonly string[] {
  const { zones, zone } = cluster.spec;
  if (zones !== undefined && zones.length > 0) return zones;
  return zone === undefined || zone === '' ? [] : [zone];
}
