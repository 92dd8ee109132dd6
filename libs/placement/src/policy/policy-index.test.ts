import type {
  ClusterPropagationPolicy,
  PropagationPolicy,
  PropagationSpec,
  ResourceSelector,
} from '@flotilla/kinds/karmada/policy';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideClaim, readClaim, type Claim } from './claim.ts';
import { withClaim } from './claim-markers.ts';
import { compilePolicy, formatPolicyRef, type AnyPropagationPolicy, type TemplateFacts } from './compiled-policy.ts';
import { comparePrecedence, createPolicyIndex, type PolicyIndex } from './policy-index.ts';
import { selects } from './selected-templates.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };

function pp(
  name: string,
  selector: Partial<ResourceSelector> = {},
  spec: Partial<PropagationSpec> = {},
): PropagationPolicy {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: 'PropagationPolicy',
    metadata: { namespace: 'shop', name, uid: `uid-${name}` },
    spec: { resourceSelectors: [{ ...deployment, ...selector }], ...spec },
  };
}

function cpp(
  name: string,
  selector: Partial<ResourceSelector> = {},
  spec: Partial<PropagationSpec> = {},
): ClusterPropagationPolicy {
  const { namespace: _, ...metadata } = pp(name).metadata;
  return { ...pp(name, selector, spec), kind: 'ClusterPropagationPolicy', metadata };
}

const web: TemplateFacts = { ...deployment, namespace: 'shop', name: 'web', labels: { app: 'web', tier: 'front' } };

function indexOf(...policies: readonly AnyPropagationPolicy[]): PolicyIndex {
  const index = createPolicyIndex();
  for (const policy of policies) index.set(policy);
  return index;
}

function matchNames(index: PolicyIndex, template: TemplateFacts = web): readonly string[] {
  return index.matches(template).map(({ policy }) => policy.name);
}

function claimOf(policy: AnyPropagationPolicy): Claim {
  const claim = readClaim(withClaim({}, compilePolicy(policy)));
  if (claim === undefined) throw new Error('a complete claim reads back');
  return claim;
}

describe('policy index', () => {
  it.each([
    {
      name: 'priority before the kind of selector',
      policies: [pp('named', { name: 'web' }), pp('high', {}, { priority: 1 })],
      want: ['high', 'named'],
    },
    {
      name: 'name, then labels, then all',
      policies: [pp('a'), pp('b', { labelSelector: { matchLabels: { app: 'web' } } }), pp('c', { name: 'web' })],
      want: ['c', 'b', 'a'],
    },
    { name: 'the smaller name last of all', policies: [pp('z'), pp('y')], want: ['y', 'z'] },
    {
      name: 'namespaced before cluster-wide',
      policies: [cpp('a', { name: 'web' }, { priority: 9 }), pp('b')],
      want: ['b', 'a'],
    },
    {
      name: 'a name makes the label selector moot',
      policies: [pp('a', { name: 'web', labelSelector: { matchLabels: { app: 'no' } } })],
      want: ['a'],
    },
    { name: 'exactly the apiVersion', policies: [pp('a', { apiVersion: 'apps/v1beta1' })], want: [] },
    {
      name: 'only the own namespace',
      policies: [
        { ...pp('a'), metadata: { namespace: 'other', name: 'a' } },
        cpp('b', { namespace: 'other' }),
        cpp('c', { namespace: 'shop' }),
      ],
      want: ['c'],
    },
    {
      name: 'none that is being deleted',
      policies: [{ ...pp('a'), metadata: { namespace: 'shop', name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } }],
      want: [],
    },
  ])('ranks $name', ({ policies, want }) => {
    expect(matchNames(indexOf(...policies))).toEqual(want);
  });

  it('forgets what is removed or replaced', () => {
    const index = indexOf(pp('a'), pp('b', { labelSelector: { matchLabels: { app: 'web' } } }));
    index.set(pp('a', { name: 'other' }));
    index.remove({ kind: 'PropagationPolicy', namespace: 'shop', name: 'b' });
    expect(matchNames(index)).toEqual([]);
    expect(index.size).toBe(1);
  });

  it('finds what a scan of all policies finds', () => {
    const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('web', 'front', 'x'), {
      noNullPrototype: true,
    });
    const selector = fc.record(
      {
        apiVersion: fc.constantFrom('apps/v1', 'v1'),
        kind: fc.constantFrom('Deployment', 'ConfigMap'),
        name: fc.constantFrom('web', 'db'),
        namespace: fc.constantFrom('shop', 'other'),
        labelSelector: fc.oneof(
          fc.record({ matchLabels: labels }),
          fc.record({
            matchExpressions: fc.array(
              fc.record({
                key: fc.constantFrom('app', 'tier'),
                operator: fc.constantFrom('In' as const, 'NotIn' as const),
                values: fc.array(fc.constantFrom('web', 'x'), { minLength: 1, maxLength: 2 }),
              }),
              { maxLength: 2 },
            ),
          }),
        ),
      },
      { requiredKeys: ['apiVersion', 'kind'] },
    );
    const policy = fc
      .record({
        isWide: fc.boolean(),
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        selectors: fc.array(selector, { minLength: 1, maxLength: 3 }),
        priority: fc.nat(2),
      })
      .map(({ isWide, name, selectors, priority }) =>
        (isWide ? cpp : pp)(name, {}, { resourceSelectors: selectors, priority }),
      );
    const template = fc.record({
      apiVersion: fc.constantFrom('apps/v1', 'v1'),
      kind: fc.constantFrom('Deployment', 'ConfigMap'),
      namespace: fc.constantFrom('shop', 'other', ''),
      name: fc.constantFrom('web', 'db'),
      labels,
    });
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 8 }),
        fc.array(fc.nat(7), { maxLength: 3 }),
        template,
        (policies, removed, facts) => {
          const index = indexOf(...policies);
          const live = new Map(
            policies.map((source) => [formatPolicyRef(compilePolicy(source)), compilePolicy(source)]),
          );
          for (const position of removed) {
            const gone = policies[position];
            if (gone === undefined) continue;
            index.remove(compilePolicy(gone));
            live.delete(formatPolicyRef(compilePolicy(gone)));
          }
          const scanned = [...live.values()]
            .flatMap((candidate) => {
              const strengths = candidate.selectors
                .filter((one) => selects(one, facts))
                .map(({ strength }) => strength);
              const strength = strengths.toSorted((left, right) => right - left)[0];
              return strength === undefined ? [] : [{ policy: candidate, strength }];
            })
            .toSorted(comparePrecedence);
          const found = index.matches(facts);
          expect(found.map(({ policy: match, strength }) => [formatPolicyRef(match), strength])).toEqual(
            scanned.map(({ policy: match, strength }) => [formatPolicyRef(match), strength]),
          );
        },
      ),
    );
  });
});

describe('claims', () => {
  it('go to the best policy, and say why it is preferred', () => {
    const claim = decideClaim(web, undefined, indexOf(pp('a'), pp('b', { name: 'web' }), cpp('c')));
    expect(claim).toMatchObject({
      kind: 'claimed',
      change: 'claimed',
      policy: { name: 'b' },
      reasons: {
        policy: 'PropagationPolicy shop/b',
        why: 'selects by name, priority 0',
        over: [
          { policy: 'PropagationPolicy shop/a', why: 'selects only all of the kind' },
          { policy: 'ClusterPropagationPolicy c', why: 'cluster-wide policies come after namespaced ones' },
        ],
      },
    });
  });

  it.each([
    { name: 'a higher one without preemption', holder: pp('a'), rival: pp('b', {}, { priority: 5 }), winner: 'a' },
    {
      name: 'an equal one with preemption',
      holder: pp('a'),
      rival: pp('b', {}, { preemption: 'Always' }),
      winner: 'a',
    },
    {
      name: 'a higher one with preemption',
      holder: pp('a'),
      rival: pp('b', {}, { priority: 5, preemption: 'Always' }),
      winner: 'b',
    },
    {
      name: 'a namespaced one with preemption, against a cluster-wide one',
      holder: cpp('a', {}, { priority: 9 }),
      rival: pp('b', {}, { preemption: 'Always' }),
      winner: 'b',
    },
    {
      name: 'a namespaced one without preemption, against a cluster-wide one',
      holder: cpp('a'),
      rival: pp('b'),
      winner: 'a',
    },
    {
      name: 'a cluster-wide one with preemption, against a namespaced one',
      holder: pp('a'),
      rival: cpp('b', {}, { priority: 9, preemption: 'Always' }),
      winner: 'a',
    },
    {
      name: 'a higher cluster-wide one, against a cluster-wide one',
      holder: cpp('a'),
      rival: cpp('b', {}, { priority: 1, preemption: 'Always' }),
      winner: 'b',
    },
  ] as const)('face $name', ({ holder, rival, winner }) => {
    const claim = decideClaim(web, claimOf(holder), indexOf(holder, rival));
    expect(claim).toMatchObject({
      kind: 'claimed',
      change: winner === 'a' ? 'kept' : 'preempted',
      policy: { name: winner },
    });
  });

  it('are released when the policy is gone, made anew, or selects the template no more', () => {
    const claim = claimOf(pp('a'));
    expect(decideClaim(web, claim, indexOf())).toMatchObject({
      kind: 'unclaimed',
      released: { why: 'the policy is gone' },
    });
    expect(decideClaim(web, claim, indexOf(pp('a', { name: 'other' })))).toMatchObject({
      released: { why: 'the policy selects the template no more' },
    });
    const anew = { ...pp('a'), metadata: { namespace: 'shop', name: 'a', uid: 'another' } };
    expect(decideClaim(web, claim, indexOf(anew))).toMatchObject({ kind: 'claimed', change: 'claimed' });
    expect(decideClaim(web, claim, indexOf(cpp('b')))).toMatchObject({
      kind: 'claimed',
      policy: { name: 'b' },
      previous: { name: 'a' },
    });
  });

  it('read back from metadata, and leave it alone when they are the same', () => {
    const policy = compilePolicy(pp('a'));
    const before = { labels: { mine: '1' }, annotations: { too: '2' } };
    const claimed = withClaim(before, policy);
    expect(withClaim(claimed, policy)).toBe(claimed);
    expect(readClaim(claimed)).toEqual({
      kind: 'PropagationPolicy',
      namespace: 'shop',
      name: 'a',
      permanentId: 'uid-a',
    });
    expect(withClaim(withClaim(claimed, compilePolicy(cpp('c'))), undefined)).toEqual(before);
  });
});
