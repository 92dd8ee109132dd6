import type { CompiledCluster } from '../cluster-snapshot.ts';
import { resourceAmounts } from '../resource-amount.ts';
import { hasReplicas, isMultiComponent, type Workload } from '../workload.ts';
import { compileComponents, estimateSets } from './component-sets.ts';
import { estimateReplicas } from './general-estimator.ts';

/** Precise answers, for example of an estimator inside the cluster: cluster name → replicas (or complete sets). Clusters without an answer have the general estimate. */
export type PreciseEstimates = ReadonlyMap<string, number>;

/** What counts as unlimited. */
export const unlimitedReplicas = 2_147_483_647;

/** Room for new replicas (complete sets for a workload of several components) in one cluster: the least of all estimates. */
export type Estimator = (cluster: CompiledCluster) => number;

/** What has no replicas fits everywhere. An answer without limit counts as the workload's own number. */
export function createEstimator(workload: Workload, precise: PreciseEstimates | undefined): Estimator {
  if (!hasReplicas(workload)) return () => unlimitedReplicas;
  const general = generalEstimator(workload);
  return (cluster) => {
    const estimate = Math.min(general(cluster), precise?.get(cluster.name) ?? unlimitedReplicas);
    return estimate >= unlimitedReplicas ? workload.replicas : estimate;
  };
}

function generalEstimator(workload: Workload): Estimator {
  if (isMultiComponent(workload)) {
    const parts = compileComponents(workload.components ?? []);
    return (cluster) => estimateSets(cluster, parts);
  }
  const request = workload.requirements ? resourceAmounts(workload.requirements.resourceRequest) : undefined;
  return (cluster) => estimateReplicas(cluster, request);
}
