import type { CompiledCluster } from '../cluster-snapshot.ts';

/** Groups of one dimension that a cluster is in. Only zones can be several; none when the cluster doesn't say. */
export function groupsOf(cluster: CompiledCluster, dimension: string): readonly string[] {
  switch (dimension) {
    case 'cluster':
      return [cluster.name];
    case 'region':
      return cluster.region === '' ? [] : [cluster.region];
    case 'provider':
      return cluster.provider === '' ? [] : [cluster.provider];
    case 'zone':
      return cluster.zones;
    default: {
      const value = cluster.labels?.[dimension.slice('label:'.length)];
      return value === undefined ? [] : [value];
    }
  }
}
