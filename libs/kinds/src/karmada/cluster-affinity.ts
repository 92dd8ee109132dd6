/**
 * Cluster affinity: which clusters a placement, a weight rule or an override rule means. All conditions are ANDed; `exclude` is looked at first; an empty affinity
 * means every cluster. A zone condition `In` needs one shared zone, `NotIn` none. Compile once, match often.
 */
import { compileLabelSelector, type LabelMatcher } from '../label-selector.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterAffinity } from './policy.ts';

/** What affinity looks at; {@link affinityFacts} takes it from a Cluster. */
export interface AffinityFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly provider: string;
  readonly region: string;
  readonly zones: readonly string[];
}

/** Undefined when the cluster is meant; otherwise the condition that failed, with the values compared. */
export type AffinityMatcher = (cluster: AffinityFacts) => string | undefined;

export const matchesEveryCluster: AffinityMatcher = () => undefined;

/** An affinity that is absent or says nothing compiles to {@link matchesEveryCluster} itself. */
export function compileClusterAffinity(affinity: ClusterAffinity | undefined): AffinityMatcher {
  if (affinity === undefined) return matchesEveryCluster;
  const excluded = new Set(affinity.exclude);
  const names = affinity.clusterNames?.length ? new Set(affinity.clusterNames) : undefined;
  const matchesLabels: LabelMatcher | undefined =
    affinity.labelSelector === undefined ? undefined : compileLabelSelector(affinity.labelSelector);
  const conditions = (affinity.fieldSelector?.matchExpressions ?? []).map(compileFieldCondition);
  if (excluded.size === 0 && names === undefined && matchesLabels === undefined && conditions.length === 0) {
    return matchesEveryCluster;
  }
  return (cluster) => {
    if (excluded.has(cluster.name)) return 'is listed in exclude';
    if (names !== undefined && !names.has(cluster.name)) return 'is not listed in clusterNames';
    if (matchesLabels !== undefined && !matchesLabels(cluster.labels)) return 'labels do not match labelSelector';
    for (const condition of conditions) {
      const mismatch = condition(cluster);
      if (mismatch !== undefined) return mismatch;
    }
    return undefined;
  };
}

function compileFieldCondition(expression: {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}): AffinityMatcher {
  const { key, operator } = expression;
  const values = new Set(expression.values);
  const isWanted = operator === 'In';
  if (operator !== 'In' && operator !== 'NotIn') return () => `${key}: unknown operator ${operator}`;
  const read = fieldReaders[key];
  if (read === undefined) return () => `unknown field ${key}`;
  const text = [...values].join(',');
  return (cluster) => {
    const actual = read(cluster);
    return actual.some((value) => values.has(value)) === isWanted
      ? undefined
      : `${key} ${actual.join(',') || '(none)'} ${operator} [${text}] is false`;
  };
}

const fieldReaders: Readonly<Record<string, (cluster: AffinityFacts) => readonly string[]>> = {
  provider: ({ provider }) => [provider],
  region: ({ region }) => [region],
  zone: ({ zones }) => zones,
};

/** The same for whoever has Cluster objects and asks for no reason. */
export function compileClusterMatcher(affinity: ClusterAffinity | undefined): (cluster: Cluster) => boolean {
  const mismatchOf = compileClusterAffinity(affinity);
  return mismatchOf === matchesEveryCluster
    ? () => true
    : (cluster) => mismatchOf(affinityFacts(cluster)) === undefined;
}

export function affinityFacts(cluster: Cluster): AffinityFacts {
  const { metadata, spec } = cluster;
  return {
    name: metadata.name ?? '',
    labels: metadata.labels,
    provider: spec.provider ?? '',
    region: spec.region ?? '',
    zones: zonesOf(cluster),
  };
}

/** `spec.zones`, or the former single `spec.zone`. */
export function zonesOf(cluster: Cluster): readonly string[] {
  const { zones, zone } = cluster.spec;
  if (zones !== undefined && zones.length > 0) return zones;
  return zone === undefined || zone === '' ? [] : [zone];
}
