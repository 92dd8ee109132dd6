import type { Cluster } from '@flotilla/kinds/karmada/cluster';

/** Equal for two states of a cluster between which no manifest can render differently: overrides see its labels, provider, region and zones; status is not among them. */
export function clusterFacts(cluster: Cluster | undefined): string {
  if (cluster === undefined) return '';
  const { provider, region, zone, zones } = cluster.spec;
  return JSON.stringify([cluster.metadata.labels, provider, region, zone, zones, cluster.metadata.deletionTimestamp]);
}
