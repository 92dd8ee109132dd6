import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { admit, kindNamed } from '../testing/admission.ts';
import { createKarmadaKinds } from './all.ts';
import type { PropagationPolicy, PropagationSpec } from './policy.ts';
import { propagationPolicyIdLabel } from './well-known.ts';

const kinds = createKarmadaKinds();
const namespaced = kindNamed(kinds, 'PropagationPolicy');
const clusterWide = kindNamed(kinds, 'ClusterPropagationPolicy');

const selector = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

function aPolicy(spec: object): object {
  return {
    apiVersion: 'policy.karmada.io/v1alpha1',
    kind: 'PropagationPolicy',
    metadata: { name: 'p', namespace: 'shop' },
    spec: { resourceSelectors: [selector], ...spec },
  };
}

function specOf(spec: object): PropagationSpec {
  return (admit(namespaced, aPolicy(spec)).object as PropagationPolicy).spec;
}

const graceful = { decisionConditions: {}, purgeMode: 'Gracefully' };
const dynamic = {
  replicaSchedulingType: 'Divided',
  replicaDivisionPreference: 'Weighted',
  weightPreference: { dynamicWeight: 'AvailableReplicas' },
};

describe('defaults', () => {
  it('fills what the policy leaves open', () => {
    expect(specOf({})).toEqual({
      resourceSelectors: [{ ...selector, namespace: 'shop' }],
      priority: 0,
      preemption: 'Never',
      schedulerName: 'default-scheduler',
      conflictResolution: 'Abort',
    });
  });

  it('spreads by cluster with at least one group, and leaves maxGroups unset', () => {
    const { placement } = specOf({ placement: { spreadConstraints: [{}, { spreadByField: 'region', minGroups: 2 }] } });
    expect(placement?.spreadConstraints).toEqual([
      { spreadByField: 'cluster', minGroups: 1 },
      { spreadByField: 'region', minGroups: 2 },
    ]);
  });

  it('divides by weight when nothing else is asked for', () => {
    expect(specOf({ placement: { replicaScheduling: {} } }).placement?.replicaScheduling).toEqual({
      replicaSchedulingType: 'Divided',
      replicaDivisionPreference: 'Weighted',
    });
    const duplicated = { replicaSchedulingType: 'Duplicated' };
    expect(specOf({ placement: { replicaScheduling: duplicated } }).placement?.replicaScheduling).toEqual(duplicated);
  });

  it('gives an application failover its times', () => {
    const { failover } = specOf({ propagateDeps: true, failover: { application: { decisionConditions: {} } } });
    expect(failover?.application).toEqual({
      decisionConditions: { tolerationSeconds: 300 },
      purgeMode: 'Gracefully',
      gracePeriodSeconds: 600,
    });
    const directly = { decisionConditions: { tolerationSeconds: 5 }, purgeMode: 'Directly' };
    expect(specOf({ propagateDeps: true, failover: { application: directly } }).failover?.application).toEqual(
      directly,
    );
  });

  it('propagates dependencies of an imported Service, and for the former name of the field', () => {
    const imported = { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport' };
    expect(specOf({ resourceSelectors: [imported] }).propagateDeps).toBe(true);
    expect(specOf({ association: true }).propagateDeps).toBe(true);
  });

  it('gives the policy an id for life', () => {
    const created = admit(namespaced, aPolicy({})).object;
    expect(created.metadata.labels).toEqual({ [propagationPolicyIdLabel]: 'uid-1' });
    const replaced = admit(namespaced, aPolicy({ priority: 2 }), created);
    expect(replaced.object.metadata.labels).toEqual({ [propagationPolicyIdLabel]: 'uid-1' });
    const stolen = {
      ...aPolicy({}),
      metadata: { name: 'p', namespace: 'shop', labels: { [propagationPolicyIdLabel]: 'x' } },
    };
    expect(admit(namespaced, stolen, created).messages).toEqual([
      `metadata.labels[${propagationPolicyIdLabel}]: Invalid value: "x": field is immutable`,
    ]);
  });

  it('is idempotent', () => {
    const once = admit(namespaced, aPolicy({ placement: { spreadConstraints: [{}], replicaScheduling: {} } })).object;
    expect(admit(namespaced, once, once).object).toEqual(once);
  });

  it('leaves the namespace of cluster-wide selectors open', () => {
    const policy = { ...aPolicy({}), kind: 'ClusterPropagationPolicy', metadata: { name: 'p' } };
    const { object, messages } = admit(clusterWide, policy);
    expect(messages).toEqual([]);
    expect((object as PropagationPolicy).spec.resourceSelectors).toEqual([selector]);
  });
});

describe('validation accepts', () => {
  it.each<[string, object]>([
    ['a policy without placement', {}],
    ['an affinity', { placement: { clusterAffinity: { clusterNames: ['a'], exclude: ['b'] } } }],
    [
      'field conditions',
      {
        placement: {
          clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['z'] }] } },
        },
      },
    ],
    ['ordered affinities', { placement: { clusterAffinities: [{ affinityName: 'a' }, { affinityName: 'b' }] } }],
    [
      'overflow tiers',
      {
        placement: {
          clusterAffinities: [
            {
              affinityName: 'a',
              clusterNames: ['m1'],
              overflowAffinities: [{ affinityName: 'b', clusterNames: ['m2'] }],
            },
          ],
          replicaScheduling: dynamic,
        },
      },
    ],
    [
      'tolerations',
      {
        placement: {
          clusterTolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
        },
      },
    ],
    [
      'regions beside clusters',
      {
        placement: {
          spreadConstraints: [
            { spreadByField: 'region', minGroups: 2, maxGroups: 2 },
            { spreadByField: 'cluster', minGroups: 2 },
          ],
        },
      },
    ],
    ['a spread by label', { placement: { spreadConstraints: [{ spreadByLabel: 'example.com/rack' }] } }],
    ['preemption with names', { preemption: 'Always', priority: 3 }],
    ['an application failover', { propagateDeps: true, failover: { application: graceful } }],
    ['a cluster failover', { failover: { cluster: { purgeMode: 'Directly' } } }],
    ['suspension in some clusters', { suspension: { dispatchingOnClusters: { clusterNames: ['a'] } } }],
    ['suspension in all', { suspension: { dispatching: true } }],
    ['its own namespace', { resourceSelectors: [{ ...selector, namespace: 'shop' }] }],
    [
      'together and apart by different labels',
      {
        placement: { workloadAffinity: { affinity: { groupByLabelKey: 'a' }, antiAffinity: { groupByLabelKey: 'b' } } },
      },
    ],
  ])('%s', (_name, spec) => {
    expect(admit(namespaced, aPolicy(spec)).messages).toEqual([]);
  });
});

function placed(placement: object): object {
  return { placement };
}

describe('validation refuses', () => {
  it.each<[string, object, readonly string[]]>([
    [
      'another namespace',
      { resourceSelectors: [{ ...selector, namespace: 'other' }] },
      ['spec.resourceSelectors[0].namespace: Invalid value: "other": must be the policy\'s own namespace "shop"'],
    ],
    [
      'an empty kind',
      { resourceSelectors: [{ ...selector, kind: '' }] },
      ['spec.resourceSelectors[0].kind: Required value'],
    ],
    [
      'both forms of affinity',
      placed({ clusterAffinity: {}, clusterAffinities: [{ affinityName: 'a' }] }),
      ['spec.placement.clusterAffinities: Forbidden: may not be used together with clusterAffinity'],
    ],
    [
      'unknown fields and operators of clusters',
      placed({ clusterAffinity: { fieldSelector: { matchExpressions: [{ key: 'rack', operator: 'Exists' }] } } }),
      [
        'spec.placement.clusterAffinity.fieldSelector.matchExpressions[0].key: Unsupported value: "rack": supported values: "provider", "region", "zone"',
        'spec.placement.clusterAffinity.fieldSelector.matchExpressions[0].operator: Unsupported value: "Exists"',
      ],
    ],
    [
      'two affinities of one name',
      placed({ clusterAffinities: [{ affinityName: 'a' }, { affinityName: 'a' }] }),
      ['spec.placement.clusterAffinities[1].affinityName: Duplicate value: "a"'],
    ],
    [
      'a bad affinity name',
      placed({ clusterAffinities: [{ affinityName: '-a' }] }),
      ['spec.placement.clusterAffinities[0].affinityName: Invalid value: "-a": name part must consist of'],
    ],
    [
      'overflow of everything, without division by capacity',
      placed({ clusterAffinities: [{ affinityName: 'a', overflowAffinities: [{ affinityName: 'b' }] }] }),
      [
        'spec.placement.clusterAffinities[0].overflowAffinities: Forbidden: needs conditions on the clusters',
        'spec.placement.clusterAffinities[0].overflowAffinities: Forbidden: needs replicaSchedulingType Divided',
      ],
    ],
    [
      'an overflow tier named like its group',
      placed({
        clusterAffinities: [{ affinityName: 'a', clusterNames: ['m'], overflowAffinities: [{ affinityName: 'a' }] }],
        replicaScheduling: dynamic,
      }),
      ['spec.placement.clusterAffinities[0].overflowAffinities[0].affinityName: Duplicate value: "a"'],
    ],
    [
      'tolerations that compare numbers',
      placed({ clusterTolerations: [{ key: 'a', operator: 'Gt', value: '1' }] }),
      ['spec.placement.clusterTolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"'],
    ],
    [
      'seconds without NoExecute',
      placed({ clusterTolerations: [{ operator: 'Exists', tolerationSeconds: 1 }] }),
      ['spec.placement.clusterTolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when'],
    ],
    [
      'a field and a label in one constraint',
      placed({ spreadConstraints: [{ spreadByField: 'cluster', spreadByLabel: 'a' }] }),
      ['spec.placement.spreadConstraints[0].spreadByLabel: Forbidden: may not be used together with spreadByField'],
    ],
    [
      'negative group counts',
      placed({ spreadConstraints: [{ spreadByField: 'cluster', minGroups: -1, maxGroups: -2 }] }),
      [
        'spec.placement.spreadConstraints[0].minGroups: Invalid value: -1: must be greater than or equal to 0',
        'spec.placement.spreadConstraints[0].maxGroups: Invalid value: -2: must be greater than or equal to 0',
      ],
    ],
    [
      'fewer groups at most than at least',
      placed({ spreadConstraints: [{ spreadByField: 'cluster', minGroups: 3, maxGroups: 2 }] }),
      [
        'spec.placement.spreadConstraints[0].maxGroups: Invalid value: 2: must be greater than or equal to minGroups (3)',
      ],
    ],
    [
      'two constraints on one field',
      placed({ spreadConstraints: [{ spreadByField: 'cluster' }, { spreadByField: 'cluster' }] }),
      ['spec.placement.spreadConstraints[1].spreadByField: Duplicate value: "cluster"'],
    ],
    [
      'regions without clusters',
      placed({ spreadConstraints: [{ spreadByField: 'region' }] }),
      ['spec.placement.spreadConstraints: Required value: needs a constraint with spreadByField cluster'],
    ],
    [
      'preemption by label',
      { preemption: 'Always', resourceSelectors: [{ apiVersion: 'v1', kind: 'Secret' }] },
      ['spec.resourceSelectors[0].name: Required value: must name one template when preemption is Always'],
    ],
    [
      'an application failover that leaves dependencies behind',
      { failover: { application: graceful } },
      ['spec.propagateDeps: Invalid value: false: must be true with failover.application'],
    ],
    [
      'a grace period without grace',
      { propagateDeps: true, failover: { application: { ...graceful, purgeMode: 'Never', gracePeriodSeconds: 5 } } },
      [
        'spec.failover.application.gracePeriodSeconds: Forbidden: may only be set when purgeMode is Gracefully, not Never',
      ],
    ],
    [
      'a grace period of nothing',
      { propagateDeps: true, failover: { application: { ...graceful, gracePeriodSeconds: 0 } } },
      ['spec.failover.application.gracePeriodSeconds: Invalid value: 0: must be greater than 0'],
    ],
    [
      'a negative tolerance',
      { propagateDeps: true, failover: { application: { decisionConditions: { tolerationSeconds: -1 } } } },
      ['spec.failover.application.decisionConditions.tolerationSeconds: Invalid value: -1'],
    ],
    [
      'state in a bad label',
      { failover: { cluster: { statePreservation: { rules: [{ aliasLabelName: 'a b', jsonPath: '{.x}' }] } } } },
      ['spec.failover.cluster.statePreservation.rules[0].aliasLabelName: Invalid value: "a b"'],
    ],
    [
      'both forms of suspension',
      { suspension: { dispatching: true, dispatchingOnClusters: { clusterNames: ['a'] } } },
      ['spec.suspension.dispatchingOnClusters: Forbidden: may not be used together with dispatching'],
    ],
    [
      'together and apart by one label',
      placed({ workloadAffinity: { affinity: { groupByLabelKey: 'a' }, antiAffinity: { groupByLabelKey: 'a' } } }),
      ['spec.placement.workloadAffinity.antiAffinity.groupByLabelKey: Invalid value: "a": must differ'],
    ],
    [
      'a bad group label',
      placed({ workloadAffinity: { affinity: { groupByLabelKey: '' } } }),
      ['spec.placement.workloadAffinity.affinity.groupByLabelKey: Invalid value: "": name part must be non-empty'],
    ],
  ])('%s', (_name, spec, expected) => {
    const { messages } = admit(namespaced, aPolicy(spec));
    for (const text of expected) expect(messages.join('\n')).toContain(text);
  });

  it('another scheduler on update', () => {
    const old = admit(namespaced, aPolicy({})).object;
    expect(admit(namespaced, aPolicy({ schedulerName: 'mine' }), old).messages).toEqual([
      'spec.schedulerName: Invalid value: "mine": field is immutable; create a new policy to use another scheduler',
    ]);
  });
});

it('warns about static weights with spread constraints, and about the former name of a field', () => {
  const placement = { spreadConstraints: [{}], replicaScheduling: {} };
  const { object } = admit(namespaced, aPolicy({ association: false, placement }));
  expect(namespaced.warnings?.(object)).toEqual([
    'spec.association is deprecated; use spec.propagateDeps',
    'spec.placement.spreadConstraints are ignored with static weights; use dynamicWeight or Aggregated',
  ]);
});

it('takes a manifest written for Karmada as it is', () => {
  const manifest: object = parse(
    readFileSync(new URL('testdata/nginx-propagationpolicy.yaml', import.meta.url), 'utf8'),
  );
  const { object, messages, unknownFields } = admit(namespaced, {
    ...manifest,
    metadata: { name: 'n', namespace: 'default' },
  });
  expect([messages, unknownFields]).toEqual([[], []]);
  expect(object).toMatchObject({ ...manifest, metadata: { name: 'n' } });
});
