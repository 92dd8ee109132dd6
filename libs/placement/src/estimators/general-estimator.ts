/**
 * How many replicas a cluster has room for, from its reported summary alone: no more than its free pod slots, and no more than its nodes (by resource
 * model, when it has models that know every requested resource) or its free totals allow.
 */
import type { ClusterCapacity, CompiledCluster, NodeGrade } from '../cluster-snapshot.ts';
import type { ResourceAmounts } from '../resource-amount.ts';

/** What kubelet allows by default; models don't say. */
export const podsPerNode = 110;

/** `request` undefined = the workload states no requirements. */
export function estimateReplicas({ capacity }: CompiledCluster, request: ResourceAmounts | undefined): number {
  if (capacity === undefined || capacity.podsFree <= 0) return 0;
  if (request === undefined) return capacity.podsFree;
  const byResources = knowsEvery(capacity.grades, request)
    ? replicasOnNodes(capacity.grades, request)
    : replicasInTotals(capacity, request);
  return Math.min(capacity.podsFree, byResources);
}

/** True when nodes can be simulated for this request. */
export function knowsEvery(grades: readonly NodeGrade[], request: ResourceAmounts): boolean {
  if (grades.length === 0) return false;
  for (const [resource, amount] of request) {
    if (amount > 0 && resource !== 'pods' && grades.some(({ minimum }) => !minimum.has(resource))) return false;
  }
  return true;
}

function replicasOnNodes(grades: readonly NodeGrade[], request: ResourceAmounts): number {
  let sum = 0;
  for (const { nodes, minimum } of grades) {
    if (nodes > 0) sum += nodes * Math.min(podsPerNode, fit(minimum, request));
  }
  return sum;
}

function replicasInTotals({ free }: ClusterCapacity, request: ResourceAmounts): number {
  return Math.max(0, fit(free, request));
}

/** Copies of the request that fit; a requested resource that is missing means none; nothing requested means no limit. */
function fit(available: ResourceAmounts, request: ResourceAmounts): number {
  let copies = Number.POSITIVE_INFINITY;
  for (const [resource, amount] of request) {
    if (amount <= 0) continue;
    const left = available.get(resource) ?? 0;
    if (left < amount) return 0;
    copies = Math.min(copies, Math.floor(left / amount));
  }
  return copies;
}
