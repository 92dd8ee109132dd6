import { describe, expect, it } from 'vitest';
import { affinityFacts, compileClusterAffinity, matchesEveryCluster } from './cluster-affinity.ts';
import type { Cluster, ClusterSpec } from './cluster.ts';
import type { ClusterAffinity } from './policy.ts';

function aCluster(spec: Partial<ClusterSpec> = {}): Cluster {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'member1', labels: { env: 'prod' } },
    spec: { syncMode: 'Push', provider: 'aws', region: 'eu', zones: ['a', 'b'], ...spec },
  };
}

const field = (key: string, operator: string, ...values: string[]): ClusterAffinity =>
  ({ fieldSelector: { matchExpressions: [{ key, operator, values }] } }) as ClusterAffinity;

describe('compileClusterAffinity', () => {
  it.each<[string, ClusterAffinity | undefined, string | undefined]>([
    ['no affinity', undefined, undefined],
    ['an empty affinity', {}, undefined],
    ['its name', { clusterNames: ['member1'] }, undefined],
    ['another name', { clusterNames: ['member2'] }, 'is not listed in clusterNames'],
    ['exclusion, whatever else says', { clusterNames: ['member1'], exclude: ['member1'] }, 'is listed in exclude'],
    ['its labels', { labelSelector: { matchLabels: { env: 'prod' } } }, undefined],
    ['other labels', { labelSelector: { matchLabels: { env: 'dev' } } }, 'labels do not match labelSelector'],
    ['its region', field('region', 'In', 'eu'), undefined],
    ['another provider', field('provider', 'NotIn', 'aws'), 'provider aws NotIn [aws] is false'],
    ['one of its zones', field('zone', 'In', 'b', 'z'), undefined],
    ['zones of which it has one, refused', field('zone', 'NotIn', 'b', 'z'), 'zone a,b NotIn [b,z] is false'],
    ['other zones, refused', field('zone', 'NotIn', 'z'), undefined],
    ['a field that clusters lack', field('planet', 'In', 'earth'), 'unknown field planet'],
    ['a field that clusters lack, refused', field('planet', 'NotIn', 'earth'), 'unknown field planet'],
    ['an operator that there is not', field('zone', 'Near', 'a'), 'zone: unknown operator Near'],
  ])('answers for %s', (_, affinity, mismatch) => {
    expect(compileClusterAffinity(affinity)(affinityFacts(aCluster()))).toBe(mismatch);
  });

  it.each<[string, ClusterAffinity | undefined, boolean]>([
    ['none', undefined, true],
    ['one of empty parts', { clusterNames: [], exclude: [], fieldSelector: { matchExpressions: [] } }, true],
    ['one that selects by labels, even by none', { labelSelector: {} }, false],
    ['one that excludes', { exclude: ['member2'] }, false],
  ])('tells an affinity that says nothing from one that does: %s', (_, affinity, saysNothing) => {
    expect(compileClusterAffinity(affinity) === matchesEveryCluster).toBe(saysNothing);
  });

  it('reads the former single zone', () => {
    const cluster = affinityFacts(aCluster({ zones: [], zone: 'old' }));
    expect(compileClusterAffinity(field('zone', 'In', 'old'))(cluster)).toBeUndefined();
  });
});
