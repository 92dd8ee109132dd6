import { apiEnablement } from './api-enablement.ts';
import { clusterAffinity } from './cluster-affinity.ts';
import { clusterEviction } from './cluster-eviction.ts';
import type { Filter } from './filter.ts';
import { spreadConstraint } from './spread-constraint.ts';
import { taintToleration } from './taint-toleration.ts';
import { workloadAffinity } from './workload-affinity.ts';
import { workloadAntiAffinity } from './workload-anti-affinity.ts';

/** In the order in which they are asked: the first one that refuses a cluster is the reason that is counted for it. */
export const filterTable: readonly Filter[] = [
  apiEnablement,
  taintToleration,
  clusterAffinity,
  spreadConstraint,
  clusterEviction,
  workloadAffinity,
  workloadAntiAffinity,
];
