/** What keeps a template from being everywhere as declared (pure). */
import { scheduledCondition } from '@flotilla/kinds/karmada/well-known';

import type { ClusterStatus } from './cluster-status.ts';
import { conditionOf } from './remedies.ts';
import type { Binding, Workload } from './workload.ts';

/**
 * The first thing that is missing, as the end of a sentence: `2 of 4 replicas are ready`. `undefined`: every cluster that
 * should have it has its present version, healthy and with all replicas ready, and no other cluster has it.
 */
export function unfinished({ template, binding }: Workload, clusters: readonly ClusterStatus[]): string | undefined {
  if (template.metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  if (binding === undefined) return 'it is not propagated';
  return unscheduled(binding) ?? unapplied(clusters) ?? stale(template, binding) ?? unready(clusters);
}

function unscheduled(binding: Binding): string | undefined {
  const { metadata, spec, status } = binding;
  // What follows others is never scheduled itself.
  if (spec.placement === undefined) return undefined;
  const condition = conditionOf(binding, scheduledCondition);
  const isOutdated = (status?.schedulerObservedGeneration ?? 0) < (metadata.generation ?? 0);
  if (condition === undefined || isOutdated) return 'the scheduler has not decided yet';
  return condition.status === 'True' ? undefined : (condition.message ?? 'no cluster was found for it');
}

function unapplied(clusters: readonly ClusterStatus[]): string | undefined {
  if (clusters.every(({ isLeaving }) => isLeaving)) return 'it is in no cluster';
  const without = clusters.filter(({ applied, isLeaving }) => applied !== 'yes' && !isLeaving);
  if (without.length > 0) return `it has not been applied in ${namesOf(without)}`;
  const leaving = clusters.filter(({ isLeaving }) => isLeaving);
  return leaving.length > 0 ? `it has not left ${namesOf(leaving)}` : undefined;
}

/** Of the kinds that run pods: clusters report which version of the template they have, and which of it is seen to. */
function stale(template: Workload['template'], binding: Binding): string | undefined {
  const generation = template.metadata.generation ?? 0;
  const behind = (binding.status?.aggregatedStatus ?? []).filter(
    ({ status }) => (numberIn(status, 'resourceTemplateGeneration') ?? generation) < generation,
  );
  if (behind.length > 0) {
    return `its newest version has not reached ${behind.map(({ clusterName }) => clusterName).join(', ')}`;
  }
  return (numberIn(template['status'], 'observedGeneration') ?? generation) < generation
    ? 'its newest version is not seen to in every cluster yet'
    : undefined;
}

function numberIn(fields: unknown, name: string): number | undefined {
  const value: unknown = typeof fields === 'object' && fields !== null ? Reflect.get(fields, name) : undefined;
  return typeof value === 'number' ? value : undefined;
}

function unready(clusters: readonly ClusterStatus[]): string | undefined {
  const wanted = clusters.reduce((sum, { replicas = 0, ready }) => sum + (ready === undefined ? 0 : replicas), 0);
  const ready = clusters.reduce((sum, each) => sum + (each.ready ?? 0), 0);
  if (ready < wanted) return `${ready} of ${wanted} replicas are ready`;
  const unhealthy = clusters.filter(({ health }) => health === 'Unhealthy');
  return unhealthy.length > 0 ? `it is not healthy in ${namesOf(unhealthy)}` : undefined;
}

function namesOf(clusters: readonly ClusterStatus[]): string {
  return clusters.map(({ cluster }) => cluster).join(', ');
}
