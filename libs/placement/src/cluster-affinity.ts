/**
 * Cluster affinity: which clusters a placement, a weight rule or an override rule means. All conditions are ANDed; `exclude` is looked at first; an
 * empty affinity matches every cluster. A zone condition `In` needs one shared zone, `NotIn` none.
 */
import { compileLabelSelector, type LabelMatcher } from '@flotilla/kinds/label-selector';
import type { ClusterAffinity } from '@flotilla/kinds/karmada/policy';

/** What affinity looks at. {@link CompiledCluster} has it; others can build it from a Cluster object. */
export interface AffinityFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly provider: string;
  readonly region: string;
  readonly zones: readonly string[];
}

/** Undefined when the cluster matches; otherwise the condition that failed, with the values compared. */
export type AffinityMatcher = (cluster: AffinityFacts) => string | undefined;

export const matchesEveryCluster: AffinityMatcher = () => undefined;

type FieldCondition = (cluster: AffinityFacts) => string | undefined;

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

/** True when the affinity says nothing, and so matches everything. */
export function isEmptyAffinity(affinity: ClusterAffinity | undefined): boolean {
  return compileClusterAffinity(affinity) === matchesEveryCluster;
}

function compileFieldCondition(expression: {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}): FieldCondition {
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
