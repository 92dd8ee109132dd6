/** Member clusters in a table: is it there, where is it, how full is it. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { zonesOf } from '@flotilla/kinds/karmada/cluster-affinity';
import { clusterReadyCondition } from '@flotilla/kinds/karmada/well-known';
import type { Condition, KubeObject } from '@flotilla/kinds/kube-object';
import { milliUnits, tryParseQuantity, wholeUnits } from '@flotilla/kinds/quantity';

import { age } from '../output/age.ts';
import type { Column, ColumnOptions } from './table.ts';

type ClusterColumn = readonly [name: string, value: (cluster: Cluster) => string, isWide?: 'wide'];

export function clusterTable({ isWide, nowMs }: Pick<ColumnOptions, 'isWide' | 'nowMs'>): readonly Column[] {
  const columns: readonly ClusterColumn[] = [
    ['NAME', ({ metadata }) => metadata.name ?? ''],
    ['READY', readiness],
    ['MODE', ({ spec }) => spec.syncMode],
    ['VERSION', ({ status }) => status?.kubernetesVersion ?? '-'],
    ['PROVIDER', ({ spec }) => spec.provider ?? '-'],
    ['REGION', ({ spec }) => spec.region ?? '-'],
    ['ZONES', (cluster) => zonesOf(cluster).join(',') || '-', 'wide'],
    ['NODES', nodes],
    ['CPU', (cluster) => used(cluster, 'cpu', cpuText)],
    ['MEMORY', (cluster) => used(cluster, 'memory', memoryText)],
    ['PODS', (cluster) => used(cluster, 'pods', String), 'wide'],
    ['TAINTS', ({ spec }) => (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).join(',') || '-', 'wide'],
    ['ENDPOINT', ({ spec }) => spec.apiEndpoint ?? '-', 'wide'],
    ['AGE', ({ metadata }) => age(metadata.creationTimestamp, nowMs)],
  ];
  return columns
    .filter(([, , wide]) => isWide || wide === undefined)
    .map(([name, value]) => ({ name, value: ({ object }) => (isCluster(object) ? value(object) : '') }));
}

function isCluster(object: KubeObject | undefined): object is Cluster {
  return object?.kind === 'Cluster' && typeof object['spec'] === 'object';
}

export function readyCondition(cluster: Cluster): Condition | undefined {
  return (cluster.status?.conditions as readonly Condition[] | undefined)?.find(
    ({ type }) => type === clusterReadyCondition,
  );
}

function readiness(cluster: Cluster): string {
  if (cluster.metadata.deletionTimestamp !== undefined) return 'Leaving';
  const condition = readyCondition(cluster);
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? '?'})`;
}

function nodes({ status }: Cluster): string {
  const { totalNum = 0, readyNum = 0 } = status?.nodeSummary ?? {};
  return status?.nodeSummary === undefined ? '-' : `${readyNum}/${totalNum}`;
}

/** Used and offered: `0.6/8`. */
function used({ status }: Cluster, resource: string, format: (value: bigint) => string): string {
  const { allocatable, allocated, allocating } = status?.resourceSummary ?? {};
  const total = amount(allocatable?.[resource], resource);
  if (total === undefined) return '-';
  const taken = (amount(allocated?.[resource], resource) ?? 0n) + (amount(allocating?.[resource], resource) ?? 0n);
  return `${format(taken)}/${format(total)}`;
}

/** Milli-CPU for cpu, whole units for everything else. */
function amount(value: unknown, resource: string): bigint | undefined {
  const quantity = tryParseQuantity(value);
  if (quantity === undefined) return undefined;
  return resource === 'cpu' ? milliUnits(quantity) : wholeUnits(quantity);
}

function cpuText(milli: bigint): string {
  return trimmed(Number(milli) / 1_000);
}

function memoryText(bytes: bigint): string {
  const gibibytes = Number(bytes) / 2 ** 30;
  return bytes === 0n ? '0' : gibibytes >= 1 ? `${trimmed(gibibytes)}Gi` : `${Math.round(gibibytes * 1_024)}Mi`;
}

function trimmed(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
