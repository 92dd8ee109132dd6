/**
 * How many complete sets of a workload of several components a cluster has room for: pods are put on simulated nodes first-fit, in the order of the
 * components, set by set until one doesn't fit. Without usable resource models the free totals count as one large node.
 */
import type { Component } from '@flotilla/kinds/karmada/work';
import type { ClusterCapacity, CompiledCluster } from '../cluster-snapshot.ts';
import { resourceAmounts, type ResourceAmounts } from '../resource-amount.ts';
import { knowsEvery, podsPerNode } from './general-estimator.ts';

interface Part {
  readonly replicas: number;
  readonly request: ResourceAmounts;
}

/** Identical nodes that are filled alike are kept as one entry with a count, so that large fleets stay cheap. */
interface NodePile {
  count: number;
  pods: number;
  readonly free: Map<string, number>;
}

export function compileComponents(components: readonly Component[]): readonly Part[] {
  return components.map(({ replicas, replicaRequirements }) => ({
    replicas: replicas ?? 0,
    request: resourceAmounts(replicaRequirements?.resourceRequest),
  }));
}

export function estimateSets({ capacity }: CompiledCluster, parts: readonly Part[]): number {
  const podsPerSet = parts.reduce((sum, { replicas }) => sum + replicas, 0);
  if (capacity === undefined || capacity.podsFree <= 0) return 0;
  if (podsPerSet === 0) return capacity.podsFree;
  const setsMax = Math.floor(capacity.podsFree / podsPerSet);
  const canSimulate = parts.every(({ request }) => knowsEvery(capacity.grades, request));
  if (!canSimulate) return Math.min(setsMax, setsInTotals(capacity, parts));
  const piles = capacity.grades
    .filter(({ nodes }) => nodes > 0)
    .map(({ nodes, minimum }): NodePile => ({ count: nodes, pods: podsPerNode, free: new Map(minimum) }));
  let sets = 0;
  while (sets < setsMax && parts.every((part) => putAll(piles, part))) sets += 1;
  return sets;
}

function setsInTotals({ free }: ClusterCapacity, parts: readonly Part[]): number {
  const perSet = new Map<string, number>();
  for (const { replicas, request } of parts) {
    for (const [resource, amount] of request) perSet.set(resource, (perSet.get(resource) ?? 0) + amount * replicas);
  }
  let sets = Number.POSITIVE_INFINITY;
  for (const [resource, amount] of perSet) {
    if (amount > 0) sets = Math.min(sets, Math.max(0, Math.floor((free.get(resource) ?? 0) / amount)));
  }
  return sets;
}

function putAll(piles: NodePile[], { replicas, request }: Part): boolean {
  let left = replicas;
  for (let index = 0; index < piles.length && left > 0; index += 1) {
    const pile = piles[index];
    if (pile === undefined || pile.count === 0) continue;
    const fits = Math.min(pile.pods, copiesThatFit(pile.free, request));
    if (fits <= 0) continue;
    left -= fill(piles, index, pile, Math.min(left, fits * pile.count), fits, request);
  }
  return left === 0;
}

/** Puts `pods` pods on the pile's nodes, at most `fits` on each; splits the pile into full, partly filled and untouched nodes. */
function fill(
  piles: NodePile[],
  index: number,
  pile: NodePile,
  pods: number,
  fits: number,
  request: ResourceAmounts,
): number {
  const full = Math.floor(pods / fits);
  const rest = pods % fits;
  const untouched = pile.count - full - (rest > 0 ? 1 : 0);
  const parts: NodePile[] = [];
  if (full > 0) parts.push(filled(pile, full, fits, request));
  if (rest > 0) parts.push(filled(pile, 1, rest, request));
  if (untouched > 0) parts.push({ count: untouched, pods: pile.pods, free: pile.free });
  piles.splice(index, 1, ...parts);
  return pods;
}

function filled(pile: NodePile, count: number, pods: number, request: ResourceAmounts): NodePile {
  const free = new Map(pile.free);
  for (const [resource, amount] of request) free.set(resource, (free.get(resource) ?? 0) - amount * pods);
  return { count, pods: pile.pods - pods, free };
}

function copiesThatFit(free: ResourceAmounts, request: ResourceAmounts): number {
  let copies = Number.POSITIVE_INFINITY;
  for (const [resource, amount] of request) {
    if (amount > 0) copies = Math.min(copies, Math.floor((free.get(resource) ?? 0) / amount));
  }
  return copies;
}
