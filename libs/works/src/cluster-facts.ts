import type { Cluster } from '@flotilla/kinds/karmada/cluster';

/** On its way out of the fleet and out of reach: nobody waits for what is left there. */
export function isLost({ metadata, status }: Cluster): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready !== undefined && ready.status !== 'True';
}

/** Equal for two states of a cluster between which nothing has to be done differently: overrides see its labels, provider, region and zones; status counts only for one that leaves. */
export function clusterFacts(cluster: Cluster | undefined): string {
  if (cluster === undefined) return '';
  const { provider, region, zone, zones } = cluster.spec;
  const { labels, deletionTimestamp } = cluster.metadata;
  return JSON.stringify([labels, provider, region, zone, zones, deletionTimestamp, isLost(cluster)]);
}
