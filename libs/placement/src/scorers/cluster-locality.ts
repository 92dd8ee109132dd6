import { isAssigned } from '../workload.ts';
import type { Scorer } from './scorer.ts';

/** A cluster that has the workload already is preferred: nothing moves without need. */
export const clusterLocality: Scorer = {
  name: 'cluster-locality',
  weight: 1,
  score: (cluster, workload) => (isAssigned(workload, cluster.name) ? 100 : 0),
};
