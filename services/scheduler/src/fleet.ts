/** The clusters, as the snapshot that placement works on, and what a change of one of them means for workloads. */
import { createClusterSnapshot, emptySnapshot, type ClusterSnapshot } from '@flotilla/placement/cluster-snapshot';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ObjectChange } from '@flotilla/store/object-store';
import { isSameJson } from './same-json.ts';

/**
 * - `placement`: labels, spec (taints, region, …), coming, going, or the first report of what it serves: workloads whose affinity meets the cluster are looked at again.
 * - `apis`: it serves other kinds than before: only workloads that found no place are tried again.
 * - `capacity`: only workloads that lacked room are tried again.
 * - `none`: heartbeats.
 */
export type FleetChange = 'placement' | 'apis' | 'capacity' | 'none';

export interface Fleet {
  /** Cheap to ask for; the same object until a cluster changes. */
  snapshot(): ClusterSnapshot;
  take(change: ObjectChange): FleetChange;
}

export function createFleet(): Fleet {
  const clusters = new Map<string, Cluster>();
  let snapshot = emptySnapshot;
  let isStale = false;
  return {
    snapshot() {
      if (isStale) snapshot = createClusterSnapshot(clusters.values(), snapshot);
      isStale = false;
      return snapshot;
    },
    take({ type, object, previous }) {
      isStale = true;
      if (type === 'DELETED') {
        clusters.delete(object.name);
        return 'placement';
      }
      const cluster = object.object as Cluster;
      clusters.set(object.name, cluster);
      return previous === undefined ? 'placement' : compareClusters(previous.object as Cluster, cluster);
    },
  };
}

function compareClusters(before: Cluster, after: Cluster): FleetChange {
  if (
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    !isSameJson(before.metadata.labels, after.metadata.labels) ||
    !isSameJson(before.spec, after.spec)
  ) {
    return 'placement';
  }
  const apisBefore = before.status?.apiEnablements ?? [];
  const apisAfter = after.status?.apiEnablements ?? [];
  if (!isSameJson(apisBefore, apisAfter)) return apisBefore.length === 0 ? 'placement' : 'apis';
  return isSameJson(before.status?.resourceSummary, after.status?.resourceSummary) ? 'none' : 'capacity';
}
