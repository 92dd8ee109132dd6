import type { OverrideSpec } from '@flotilla/kinds/karmada/policy';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyOverrides } from './apply-overrides.ts';
import { compilePolicy, matchStrength, referenceOf } from './compiled-policy.ts';
import type { AnyOverridePolicy } from './compiled-policy.ts';
import { createOverrideIndex, nothingSelected } from './override-index.ts';
import {
  aCluster,
  aClusterOverridePolicy,
  aDeployment,
  anOverridePolicy,
  appending,
  deepFreeze,
} from './testing/objects.ts';

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment' };
const byKind = { resourceSelectors: [deployments] };
const byLabel = { resourceSelectors: [{ ...deployments, labelSelector: { matchLabels: { app: 'web' } } }] };
const byName = { resourceSelectors: [{ ...deployments, name: 'web' }] };

function namesFor(policies: readonly AnyOverridePolicy[]): readonly string[] {
  const index = createOverrideIndex();
  for (const policy of policies) index.set(policy);
  const { clusterWide, namespaced } = index.select(aDeployment());
  return [...clusterWide, ...namespaced].map(({ reference }) => reference.name);
}

describe('order of policies', () => {
  it.each<[string, readonly AnyOverridePolicy[], readonly string[]]>([
    ['cluster-wide first', [anOverridePolicy('a', {}), aClusterOverridePolicy('b', byName)], ['b', 'a']],
    [
      'all and kind, then label, then name',
      [
        anOverridePolicy('a', byName),
        anOverridePolicy('b', byLabel),
        anOverridePolicy('c', byKind),
        anOverridePolicy('d', {}),
      ],
      ['c', 'd', 'b', 'a'],
    ],
    ['by name within a strength', [anOverridePolicy('z', byLabel), anOverridePolicy('y', byLabel)], ['y', 'z']],
  ])('%s', (_, policies, expected) => {
    expect(namesFor(policies)).toEqual(expected);
    expect(namesFor(policies.toReversed())).toEqual(expected);
  });

  it('takes the closest of several selectors', () => {
    const both: OverrideSpec = { resourceSelectors: [...byKind.resourceSelectors, ...byName.resourceSelectors] };
    expect(matchStrength(compilePolicy(anOverridePolicy('a', both)), aDeployment())).toBe(3);
  });
});

describe('selection', () => {
  it.each<[string, AnyOverridePolicy]>([
    ['another namespace', anOverridePolicy('a', {}, 'other')],
    ['another kind', aClusterOverridePolicy('a', { resourceSelectors: [{ apiVersion: 'v1', kind: 'Service' }] })],
    [
      'another version',
      aClusterOverridePolicy('a', { resourceSelectors: [{ apiVersion: 'apps/v1beta1', kind: 'Deployment' }] }),
    ],
    ['another name', aClusterOverridePolicy('a', { resourceSelectors: [{ ...deployments, name: 'other' }] })],
    [
      'a selector of another namespace',
      aClusterOverridePolicy('a', { resourceSelectors: [{ ...deployments, namespace: 'other' }] }),
    ],
    [
      'labels that the template lacks',
      aClusterOverridePolicy('a', {
        resourceSelectors: [{ ...deployments, labelSelector: { matchLabels: { app: 'db' } } }],
      }),
    ],
  ])('leaves out %s', (_, policy) => {
    expect(namesFor([policy])).toEqual([]);
  });

  it('is the shared nothing when no policy could apply', () => {
    const index = createOverrideIndex();
    index.set(aClusterOverridePolicy('a', { resourceSelectors: [{ apiVersion: 'v1', kind: 'Service' }] }));
    expect(index.select(aDeployment())).toBe(nothingSelected);
  });

  it('forgets removed policies and their former versions', () => {
    const index = createOverrideIndex();
    const policy = anOverridePolicy('a', byKind);
    index.set(policy);
    const scope = index.set(anOverridePolicy('a', { resourceSelectors: [{ apiVersion: 'v1', kind: 'Service' }] }));
    expect(index.select(aDeployment()).namespaced).toEqual([]);
    expect(scope.matches(aDeployment())).toBe(true);
    expect(scope.matches(aDeployment({ namespace: 'other' }))).toBe(false);
    expect(scope.namespace).toBe('shop');
    expect(index.remove(referenceOf(policy))?.matches(aDeployment())).toBe(false);
    expect(index.remove(referenceOf(policy))).toBeUndefined();
    expect(index.size).toBe(0);
  });

  it('equals a comparison with every policy, after any history of changes', () => {
    const spec = fc.constantFrom<OverrideSpec>({}, byKind, byLabel, byName, {
      resourceSelectors: [
        { apiVersion: 'v1', kind: 'Service' },
        { ...deployments, name: 'other' },
      ],
    });
    const policy = fc
      .tuple(fc.constantFrom('a', 'b', 'c'), spec, fc.boolean())
      .map(([name, content, isClusterWide]): AnyOverridePolicy =>
        isClusterWide ? aClusterOverridePolicy(name, content) : anOverridePolicy(name, content),
      );
    fc.assert(
      fc.property(fc.array(fc.tuple(policy, fc.boolean()), { maxLength: 12 }), (history) => {
        const index = createOverrideIndex();
        const live = new Map<string, AnyOverridePolicy>();
        for (const [change, isRemoval] of history) {
          const key = JSON.stringify(referenceOf(change));
          if (isRemoval) {
            live.delete(key);
            index.remove(referenceOf(change));
          } else {
            live.set(key, change);
            index.set(change);
          }
        }
        const expected = [...live.values()].filter((each) => matchStrength(compilePolicy(each), aDeployment()) > 0);
        const { clusterWide, namespaced } = index.select(aDeployment());
        const key = ({ kind, name }: { kind: string; name: string }): string => `${kind}/${name}`;
        expect([...clusterWide, ...namespaced].map(({ reference }) => key(reference)).toSorted()).toEqual(
          expected.map((each) => key(referenceOf(each))).toSorted(),
        );
        expect(index.size).toBe(live.size);
      }),
    );
  });
});

describe('applyOverrides', () => {
  const cluster = aCluster('member1', { env: 'prod' });

  it('applies each policy to the result of those before it', () => {
    const index = createOverrideIndex();
    index.set(anOverridePolicy('op', appending('third')));
    index.set(aClusterOverridePolicy('z', { ...byName, ...appending('second') }));
    index.set(aClusterOverridePolicy('a', appending('first')));
    const template = deepFreeze(aDeployment());
    const result = applyOverrides(template, index.select(template), cluster);
    expect(result.kind === 'applied' && result.manifest['spec']).toMatchObject({
      template: { spec: { containers: [{ args: ['a', 'b', 'first', 'second', 'third'] }, {}] } },
    });
  });

  it('lets namespaced policies select by what cluster-wide ones made of the labels', () => {
    const index = createOverrideIndex();
    index.set(
      aClusterOverridePolicy('a', {
        overrideRules: [{ overriders: { labelsOverrider: [{ operator: 'remove', value: { app: '' } }] } }],
      }),
    );
    index.set(anOverridePolicy('b', { ...byLabel, ...appending('x') }));
    const result = applyOverrides(aDeployment(), index.select(aDeployment()), cluster);
    expect(result).toMatchObject({ kind: 'applied', overrides: [{ policy: { name: 'a' } }] });
  });

  it('skips rules for other clusters and returns the manifest itself when nothing applies', () => {
    const index = createOverrideIndex();
    index.set(
      anOverridePolicy('a', {
        overrideRules: [
          { targetCluster: { exclude: ['member1'] }, ...(appending('x').overrideRules?.[0] ?? { overriders: {} }) },
        ],
      }),
    );
    const template = aDeployment();
    const result = applyOverrides(template, index.select(template), cluster);
    expect(result.kind === 'applied' && result.manifest).toBe(template);
  });

  it('reads the deprecated single rule', () => {
    const index = createOverrideIndex();
    index.set(
      anOverridePolicy('a', {
        targetCluster: { clusterNames: ['member1'] },
        overriders: { labelsOverrider: [{ operator: 'add', value: { x: 'y' } }] },
      }),
    );
    expect(applyOverrides(aDeployment(), index.select(aDeployment()), cluster)).toMatchObject({
      kind: 'applied',
      manifest: { metadata: { labels: { app: 'web', x: 'y' } } },
    });
  });

  it('says which rule of which policy failed where', () => {
    const index = createOverrideIndex();
    index.set(
      anOverridePolicy('a', {
        overrideRules: [
          { overriders: {} },
          { overriders: { plaintext: [{ path: '/spec/nope', operator: 'remove' }] } },
        ],
      }),
    );
    expect(applyOverrides(aDeployment(), index.select(aDeployment()), cluster)).toEqual({
      kind: 'failed',
      policy: { kind: 'OverridePolicy', namespace: 'shop', name: 'a' },
      rule: 1,
      path: '/spec/nope',
      message: 'OverridePolicy shop/a, rule 2, /spec/nope: cannot remove: there is no such field',
    });
  });
});
