import { describe, expect, it } from 'vitest';
import { compileClusterAffinity } from './cluster-affinity.ts';
import type { ClusterMismatch } from './cluster-affinity.ts';
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

const zone = (operator: 'In' | 'NotIn', ...values: string[]): ClusterAffinity => ({
  fieldSelector: { matchExpressions: [{ key: 'zone', operator, values }] },
});

describe('compileClusterAffinity', () => {
  it.each<[string, ClusterAffinity | undefined, ClusterMismatch | undefined]>([
    ['no affinity', undefined, undefined],
    ['an empty affinity', {}, undefined],
    ['its name', { clusterNames: ['member1'] }, undefined],
    ['another name', { clusterNames: ['member2'] }, 'name'],
    ['exclusion, whatever else says', { clusterNames: ['member1'], exclude: ['member1'] }, 'excluded'],
    ['its labels', { labelSelector: { matchLabels: { env: 'prod' } } }, undefined],
    ['other labels', { labelSelector: { matchLabels: { env: 'dev' } } }, 'labels'],
    [
      'its region',
      { fieldSelector: { matchExpressions: [{ key: 'region', operator: 'In', values: ['eu'] }] } },
      undefined,
    ],
    [
      'another provider',
      { fieldSelector: { matchExpressions: [{ key: 'provider', operator: 'NotIn', values: ['aws'] }] } },
      'fields',
    ],
    ['one of its zones', zone('In', 'b', 'z'), undefined],
    ['zones of which it has one, refused', zone('NotIn', 'b', 'z'), 'fields'],
    ['other zones, refused', zone('NotIn', 'z'), undefined],
  ])('answers for %s', (_, affinity, mismatch) => {
    const compiled = compileClusterAffinity(affinity);
    expect(compiled.mismatchOf(aCluster())).toBe(mismatch);
    expect(compiled.matches(aCluster())).toBe(mismatch === undefined);
  });

  it('reads the former single zone', () => {
    expect(compileClusterAffinity(zone('In', 'old')).matches(aCluster({ zones: [], zone: 'old' }))).toBe(true);
  });
});
