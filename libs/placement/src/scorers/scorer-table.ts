import type { CompiledCluster } from '../cluster-snapshot.ts';
import type { PlacedWorkload } from '../workload.ts';
import { clusterLocality } from './cluster-locality.ts';
import type { Scorer } from './scorer.ts';

export const scorerTable: readonly Scorer[] = [clusterLocality];

export function scoreOf(cluster: CompiledCluster, workload: PlacedWorkload): number {
  let sum = 0;
  for (const scorer of scorerTable) sum += scorer.weight * scorer.score(cluster, workload);
  return sum;
}
