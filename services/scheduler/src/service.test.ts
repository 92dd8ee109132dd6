import { explainBinding } from '@flotilla/placement/explain';
import type { TargetCluster } from '@flotilla/kinds/karmada/work';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  aCluster,
  aClusterPolicy,
  aConfigMap,
  aDeployment,
  aPolicy,
  dynamicWeight,
  staticWeights,
} from './testing/objects.ts';
import { createWorld, type World } from './testing/world.ts';
import type { SchedulerOptions } from './service.ts';

const policyGroup = 'policy.karmada.io/v1alpha1';

async function aWorld(options?: SchedulerOptions): Promise<World> {
  const world = await createWorld(options);
  onTestFinished(() => world.close());
  for (const name of ['m1', 'm2', 'm3'])
    await world.apply(aCluster(name, { labels: { tier: name === 'm3' ? 'edge' : 'core' } }));
  world.scheduler().start();
  return world;
}

function targets(world: World, name: string): readonly TargetCluster[] | undefined {
  return world.binding('shop', name)?.spec.clusters;
}

function scheduled(world: World, name: string): string | undefined {
  return world.binding('shop', name)?.status?.conditions?.find(({ type }) => type === 'Scheduled')?.reason;
}

function policyOf(world: World, name: string): string | undefined {
  const annotations = world.get('apps/v1', 'Deployment', 'shop', name)?.metadata.annotations ?? {};
  return annotations['propagationpolicy.karmada.io/name'] ?? annotations['clusterpropagationpolicy.karmada.io/name'];
}

describe('claiming', () => {
  it('claims a template and writes its binding in one commit', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 10));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([
      { name: 'm1', replicas: 2 },
      { name: 'm2', replicas: 5 },
      { name: 'm3', replicas: 3 },
    ]);
    const template = world.get('apps/v1', 'Deployment', 'shop', 'web');
    const binding = world.binding('shop', 'web-deployment');
    expect(template?.metadata.labels).toHaveProperty(['propagationpolicy.karmada.io/permanent-id']);
    expect(binding?.metadata.labels).toMatchObject(template?.metadata.labels ?? {});
    expect(Number(template?.metadata.resourceVersion)).toBe(Number(binding?.metadata.resourceVersion) - 1);
    expect(binding?.metadata.ownerReferences).toMatchObject([
      { kind: 'Deployment', name: 'web', uid: template?.metadata.uid, controller: true },
    ]);
    expect(binding?.status).toMatchObject({
      schedulerObservedGeneration: 1,
      lastScheduledTime: '2026-01-01T00:00:00Z',
    });
    expect(scheduled(world, 'web-deployment')).toBe('Success');
    expect(JSON.parse(binding?.metadata.annotations?.['policy.karmada.io/applied-placement'] ?? '')).toEqual(
      staticWeights,
    );
  });

  it('claims templates that were there before the policy', async () => {
    const world = await aWorld();
    await world.apply(aDeployment('web', 2));
    await world.settle();
    expect(world.binding('shop', 'web-deployment')).toBeUndefined();
    await world.apply(aPolicy('web', {}));
    await world.settle();
    expect(targets(world, 'web-deployment')).toHaveLength(3);
  });

  it('prefers a namespaced policy to a cluster-wide one of any priority', async () => {
    const world = await aWorld();
    await world.apply(aClusterPolicy('all', {}, { priority: 100 }));
    await world.apply(aPolicy('own', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    expect(policyOf(world, 'web')).toBe('own');
  });

  it('leaves a claimed template with its policy when a better one comes', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('first', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    await world.apply(aPolicy('better', {}, { priority: 9 }));
    await world.settle();
    expect(policyOf(world, 'web')).toBe('first');
  });

  it('lets a policy of higher priority with preemption take over', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('first', { clusterAffinity: { clusterNames: ['m1'] } }));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    await world.apply(
      aPolicy(
        'strong',
        { clusterAffinity: { clusterNames: ['m2'] } },
        {
          priority: 9,
          preemption: 'Always',
          resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }],
        },
      ),
    );
    await world.settle();
    expect(policyOf(world, 'web')).toBe('strong');
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm2', replicas: 1 }]);
  });

  it('releases templates of a deleted policy and leaves what was placed', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 4));
    await world.settle();
    const before = targets(world, 'web-deployment');
    await world.remove(policyGroup, 'PropagationPolicy', 'shop', 'web');
    await world.settle();
    expect(policyOf(world, 'web')).toBeUndefined();
    const binding = world.binding('shop', 'web-deployment');
    expect(binding?.spec.clusters).toEqual(before);
    expect(binding?.metadata.labels).not.toHaveProperty(['propagationpolicy.karmada.io/permanent-id']);
    await world.apply(aClusterPolicy('next', { clusterAffinity: { clusterNames: ['m3'] } }));
    await world.settle();
    expect(policyOf(world, 'web')).toBe('next');
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm3', replicas: 4 }]);
  });

  it('releases templates that the policy selects no more', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    await world.apply(
      aPolicy('web', {}, { resourceSelectors: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' }] }),
    );
    await world.settle();
    expect(policyOf(world, 'web')).toBeUndefined();
    expect(targets(world, 'web-deployment')).toHaveLength(3);
  });

  it('keeps two kinds of one name apart', async () => {
    const world = await aWorld();
    await world.apply(
      aPolicy(
        'web',
        {},
        {
          resourceSelectors: [
            { apiVersion: 'apps/v1', kind: 'Deployment' },
            { apiVersion: 'example.io/v1', kind: 'Deployment' },
          ],
        },
      ),
    );
    await world.apply(aDeployment('web', 1));
    await world.settle();
    await world.apply({ ...aDeployment('web', 1), apiVersion: 'example.io/v1' });
    await world.settle();
    expect(world.binding('shop', 'web-deployment')?.spec.resource.apiVersion).toBe('apps/v1');
    expect(world.binding('shop', 'web-deployment-example.io')?.spec.resource.apiVersion).toBe('example.io/v1');
  });

  it('names bindings of cluster-scoped templates without colons', async () => {
    const world = await aWorld();
    await world.apply(
      aClusterPolicy(
        'roles',
        {},
        { resourceSelectors: [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' }] },
      ),
    );
    await world.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'app:reader' },
    });
    await world.settle();
    expect(world.binding('', 'app.reader-clusterrole')?.spec.clusters).toEqual([
      { name: 'm1' },
      { name: 'm2' },
      { name: 'm3' },
    ]);
  });

  it('propagates nothing out of reserved namespaces', async () => {
    const world = await aWorld();
    await world.apply(aClusterPolicy('all', {}));
    await world.apply(aDeployment('web', 1, { namespace: 'kube-system' }));
    await world.settle();
    expect(world.binding('kube-system', 'web-deployment')).toBeUndefined();
  });

  it('applies a lazy policy only when the template changes next', async () => {
    const world = await aWorld();
    await world.apply(aDeployment('web', 1));
    await world.apply(aPolicy('lazy', {}, { activationPreference: 'Lazy' }));
    await world.settle();
    expect(policyOf(world, 'web')).toBe('lazy');
    expect(world.binding('shop', 'web-deployment')).toBeUndefined();
    await world.apply(aDeployment('web', 2));
    await world.settle();
    expect(targets(world, 'web-deployment')).toHaveLength(3);
    await world.apply(aPolicy('lazy', { clusterAffinity: { clusterNames: ['m1'] } }, { activationPreference: 'Lazy' }));
    await world.settle();
    expect(targets(world, 'web-deployment')).toHaveLength(3);
    await world.apply(aDeployment('web', 3));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm1', replicas: 3 }]);
  });

  it('waits for dependent overrides and priority classes', async () => {
    const world = await aWorld();
    await world.apply(
      aPolicy(
        'web',
        {},
        {
          dependentOverrides: ['tune'],
          schedulePriority: { priorityClassSource: 'KubePriorityClass', priorityClassName: 'high' },
        },
      ),
    );
    await world.apply(aDeployment('web', 1));
    await world.settle();
    expect(world.binding('shop', 'web-deployment')).toBeUndefined();
    await world.apply({
      apiVersion: policyGroup,
      kind: 'OverridePolicy',
      metadata: { namespace: 'shop', name: 'tune' },
      spec: {},
    });
    await world.settle();
    expect(world.binding('shop', 'web-deployment')).toBeUndefined();
    await world.apply({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'high' },
      value: 700,
    });
    await world.settle();
    expect(world.binding('shop', 'web-deployment')?.spec.schedulePriority).toEqual({ priority: 700 });
  });
});

describe('placing', () => {
  it('follows a changed placement', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', staticWeights));
    await world.apply(aDeployment('web', 4));
    await world.settle();
    await world.apply(aPolicy('web', { clusterAffinity: { clusterNames: ['m2'] } }));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm2', replicas: 4 }]);
    expect(world.binding('shop', 'web-deployment')?.metadata.generation).toBe(2);
  });

  it('adds only the difference when a workload grows, and takes in proportion when it shrinks', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', dynamicWeight));
    await world.apply(aDeployment('web', 6));
    await world.settle();
    const before = targets(world, 'web-deployment') ?? [];
    await world.apply(aDeployment('web', 9));
    await world.settle();
    const grown = targets(world, 'web-deployment') ?? [];
    for (const { name, replicas = 0 } of before) {
      expect(grown.find((target) => target.name === name)?.replicas ?? 0).toBeGreaterThanOrEqual(replicas);
    }
    expect(grown.reduce((sum, { replicas = 0 }) => sum + replicas, 0)).toBe(9);
    await world.apply(aDeployment('web', 3));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([
      { name: 'm1', replicas: 1 },
      { name: 'm2', replicas: 1 },
      { name: 'm3', replicas: 1 },
    ]);
  });

  it('looks again at copies when labels of a cluster change', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', { clusterAffinity: { labelSelector: { matchLabels: { tier: 'core' } } } }));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    expect(targets(world, 'web-deployment')?.map(({ name }) => name)).toEqual(['m1', 'm2']);
    await world.apply(aCluster('m3', { labels: { tier: 'core' } }));
    await world.apply(aCluster('m1', { labels: { tier: 'edge' } }));
    await world.settle();
    expect(targets(world, 'web-deployment')?.map(({ name }) => name)).toEqual(['m2', 'm3']);
  });

  it('reports that no cluster fits, and places as soon as one does', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', { clusterAffinity: { clusterNames: ['m9'] } }));
    await world.apply(aDeployment('web', 2));
    await world.settle();
    expect(scheduled(world, 'web-deployment')).toBe('NoClusterFit');
    const [condition] = world.binding('shop', 'web-deployment')?.status?.conditions ?? [];
    expect(condition?.message).toBe(
      '0/3 clusters are available: 3 cluster(s) did not match the placement cluster affinity constraint.',
    );
    await world.apply(aCluster('m9'));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm9', replicas: 2 }]);
    expect(scheduled(world, 'web-deployment')).toBe('Success');
  });

  it('keeps what it has when there is too little room, and tries again later', async () => {
    const world = await aWorld({ unschedulableRetryMs: 60_000 });
    await world.apply(aPolicy('web', dynamicWeight));
    await world.apply(aDeployment('web', 30));
    await world.settle();
    const before = targets(world, 'web-deployment');
    await world.apply(aDeployment('web', 1000));
    await world.settle();
    expect(scheduled(world, 'web-deployment')).toBe('Unschedulable');
    expect(targets(world, 'web-deployment')).toEqual(before);
    await world.apply(aDeployment('web', 30));
    await world.settle();
    expect(scheduled(world, 'web-deployment')).toBe('Success');
    await world.apply(aDeployment('web', 1000));
    await world.settle();
    const { handledTotal } = world.scheduler().metrics().queue;
    await world.advance(61_000);
    expect(world.scheduler().metrics().queue.handledTotal).toBe(handledTotal + 1);
    await world.apply(aCluster('m3', { labels: { tier: 'edge' }, pods: 5000 }));
    await world.advance(10_000);
    expect(scheduled(world, 'web-deployment')).toBe('Success');
  });

  it('places afresh when a rebalancer asks for it', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', dynamicWeight));
    await world.apply(aCluster('m2', { taint: 'closed' }));
    await world.apply(aCluster('m3', { taint: 'closed' }));
    await world.apply(aDeployment('web', 9));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm1', replicas: 9 }]);
    await world.apply(aCluster('m2'));
    await world.settle();
    expect(targets(world, 'web-deployment')).toEqual([{ name: 'm1', replicas: 9 }]);
    await world.apply({
      apiVersion: 'apps.karmada.io/v1alpha1',
      kind: 'WorkloadRebalancer',
      metadata: { name: 'again', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: {
        workloads: [
          { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
          { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'none' },
        ],
        ttlSecondsAfterFinished: 30,
      },
    });
    await world.settle();
    expect(targets(world, 'web-deployment')?.map(({ name }) => name)).toEqual(['m1', 'm2']);
    const rebalancer = (): unknown => world.get('apps.karmada.io/v1alpha1', 'WorkloadRebalancer', '', 'again');
    expect(rebalancer()).toMatchObject({
      status: {
        finishTime: '2026-01-01T00:00:00Z',
        observedWorkloads: [{ result: 'Successful' }, { result: 'Failed', reason: 'ReferencedBindingNotFound' }],
      },
    });
    await world.advance(31_000);
    expect(rebalancer()).toBeUndefined();
  });

  it('keeps workloads of an anti-affinity group apart even when they are placed at the same time', async () => {
    const world = await aWorld();
    await world.apply(
      aPolicy('web', {
        workloadAffinity: { antiAffinity: { groupByLabelKey: 'group' } },
        spreadConstraints: [{ spreadByField: 'cluster', minGroups: 1, maxGroups: 1 }],
      }),
    );
    await Promise.all(['a', 'b', 'c'].map((name) => world.apply(aDeployment(name, 1, { labels: { group: 'db' } }))));
    await world.settle();
    const used = ['a', 'b', 'c'].map((name) => targets(world, `${name}-deployment`)?.[0]?.name);
    expect(new Set(used)).toEqual(new Set(['m1', 'm2', 'm3']));
  });

  it('leaves bindings of other schedulers alone', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}, { schedulerName: 'mine' }));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    expect(world.binding('shop', 'web-deployment')?.spec.schedulerName).toBe('mine');
    expect(targets(world, 'web-deployment')).toBeUndefined();
  });
});

describe('federated quota', () => {
  it('refuses what exceeds it, even at the same time, and lets it in when there is room again', async () => {
    const world = await aWorld();
    const quota = (cpu: string) => ({
      apiVersion: policyGroup,
      kind: 'FederatedResourceQuota',
      metadata: { namespace: 'shop', name: 'total' },
      spec: { overall: { cpu } },
    });
    const used = (): unknown => world.get(policyGroup, 'FederatedResourceQuota', 'shop', 'total')?.['status'];
    await world.apply(quota('2'));
    await world.apply(aPolicy('web', staticWeights));
    await Promise.all(['a', 'b'].map((name) => world.apply(aDeployment(name, 3, {}, { cpu: '500m' }))));
    await world.settle();
    const outcomes = ['a', 'b'].map((name) => scheduled(world, `${name}-deployment`));
    expect(new Set(outcomes)).toEqual(new Set(['Success', 'QuotaExceeded']));
    expect(used()).toMatchObject({ overallUsed: { cpu: '1500m' } });
    const [winner, loser] = outcomes[0] === 'Success' ? ['a', 'b'] : ['b', 'a'];
    expect(targets(world, `${loser}-deployment`)).toBeUndefined();
    await world.apply(aDeployment(winner, 1, {}, { cpu: '500m' }));
    await world.settle();
    expect(scheduled(world, `${loser}-deployment`)).toBe('Success');
    expect(used()).toMatchObject({ overallUsed: { cpu: '2' } });
    await world.remove('apps/v1', 'Deployment', 'shop', winner);
    await world.settle();
    await world.remove('work.karmada.io/v1alpha2', 'ResourceBinding', 'shop', `${winner}-deployment`);
    await world.settle();
    expect(used()).toMatchObject({ overallUsed: { cpu: '1500m' } });
  });
});

describe('dependencies', () => {
  it('attach what a workload needs to its clusters, until nobody needs it', async () => {
    const world = await aWorld();
    await world.apply(aConfigMap('settings'));
    await world.apply(
      aPolicy(
        'web',
        { clusterAffinity: { clusterNames: ['m1'] } },
        { propagateDeps: true, conflictResolution: 'Overwrite' },
      ),
    );
    await world.apply(aDeployment('web', 1, {}, { needs: ['settings'] }));
    await world.settle();
    const attached = (): unknown => world.binding('shop', 'settings-configmap')?.spec;
    expect(attached()).toMatchObject({
      requiredBy: [{ namespace: 'shop', name: 'web-deployment', clusters: [{ name: 'm1', replicas: 1 }] }],
      conflictResolution: 'Overwrite',
    });
    expect(attached()).not.toHaveProperty('placement');
    await world.apply(aPolicy('web', { clusterAffinity: { clusterNames: ['m2'] } }, { propagateDeps: true }));
    await world.settle();
    expect(attached()).toMatchObject({
      requiredBy: [{ clusters: [{ name: 'm2', replicas: 1 }] }],
      conflictResolution: 'Abort',
    });
    await world.apply(aDeployment('web', 1, {}, { needs: [] }));
    await world.settle();
    expect(world.binding('shop', 'settings-configmap')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('that come later are attached then', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}, { propagateDeps: true }));
    await world.apply(aDeployment('web', 1, {}, { needs: ['late'] }));
    await world.settle();
    await world.apply(aConfigMap('late'));
    await world.settle();
    expect(world.binding('shop', 'late-configmap')?.spec.requiredBy).toHaveLength(1);
  });
});

describe('deletion and restart', () => {
  it('deletes the binding of a deleted template and makes a new one for its successor', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    await world.remove('apps/v1', 'Deployment', 'shop', 'web');
    await world.settle();
    const leaving = world.binding('shop', 'web-deployment');
    expect(leaving?.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['flotilla.io/propagation'],
    });
    await world.apply(aDeployment('web', 5));
    await world.settle();
    expect(world.binding('shop', 'web-deployment')?.metadata.uid).toBe(leaving?.metadata.uid);
    await world.remove('work.karmada.io/v1alpha2', 'ResourceBinding', 'shop', 'web-deployment');
    await world.settle();
    const next = world.binding('shop', 'web-deployment');
    expect(next?.metadata.uid).not.toBe(leaving?.metadata.uid);
    expect(next?.spec.replicas).toBe(5);
  });

  it('catches up after a restart and rewrites nothing that is as it should be', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', dynamicWeight, { propagateDeps: true }));
    await world.apply(aClusterPolicy('maps', {}, { resourceSelectors: [{ apiVersion: 'v1', kind: 'ConfigMap' }] }));
    for (let index = 0; index < 20; index += 1)
      await world.apply(aDeployment(`web-${index}`, index, {}, { needs: ['settings'] }));
    await world.apply(aConfigMap('settings'));
    await world.settle();
    await world.advance(5_000);
    const { revision } = world.store;
    await world.restart();
    expect(world.store.revision).toBe(revision);
    await world.scheduler().stop();
    await world.apply(aDeployment('web-3', 30));
    await world.remove('apps/v1', 'Deployment', 'shop', 'web-4');
    await world.restart();
    expect(targets(world, 'web-3-deployment')?.reduce((sum, { replicas = 0 }) => sum + replicas, 0)).toBe(30);
    expect(world.binding('shop', 'web-4-deployment')?.metadata.deletionTimestamp).toBeDefined();
    expect(world.reports).toEqual([]);
  });

  it('writes nothing when only status changes', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    const { handledTotal } = world.scheduler().metrics().queue;
    const resource = { group: 'apps', resource: 'deployments' };
    const live = world.store.get(resource, 'shop', 'web');
    await world.store.commit([
      { resource, namespace: 'shop', name: 'web', object: { ...live!.object, status: { replicas: 1 } } },
    ]);
    await world.settle();
    expect(world.scheduler().metrics().queue.handledTotal).toBe(handledTotal);
  });

  it('never clobbers what propagation reports', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    const resource = { group: 'work.karmada.io', resource: 'resourcebindings' };
    const live = world.store.get(resource, 'shop', 'web-deployment')!;
    const reported = world.binding('shop', 'web-deployment')!;
    const applied = { type: 'FullyApplied', status: 'True', reason: 'FullyAppliedSuccess' } as const;
    const status = {
      ...reported.status,
      aggregatedStatus: [{ clusterName: 'm1', applied: true }],
      conditions: [...(reported.status?.conditions ?? []), applied],
    };
    await world.store.commit([
      { resource, namespace: 'shop', name: 'web-deployment', object: { ...reported, status }, expect: live.revision },
    ]);
    await world.apply(aDeployment('web', 2));
    await world.settle();
    const after = world.binding('shop', 'web-deployment')?.status;
    expect(after?.aggregatedStatus).toEqual([{ clusterName: 'm1', applied: true }]);
    expect(after?.conditions?.map(({ type }) => type)).toEqual(['Scheduled', 'FullyApplied']);
    expect(after?.schedulerObservedGeneration).toBe(2);
  });

  it('explains a binding from what is stored with it', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', { clusterAffinity: { clusterNames: ['m1', 'm2'] }, ...dynamicWeight }));
    await world.apply(aDeployment('web', 4));
    await world.settle();
    const { lines } = explainBinding(world.binding('shop', 'web-deployment')!);
    expect(lines).toContain('Deployment shop/web: m1: 2, m2: 2');
    expect(lines).toContain('policy PropagationPolicy shop/web: selects all of the kind, priority 0');
    expect(lines.join('\n')).toContain(
      'not in m3: cluster(s) did not match the placement cluster affinity constraint (is not listed in clusterNames)',
    );
  });

  it('tells of decisions in Events, off the hot path', async () => {
    const world = await aWorld();
    await world.apply(aPolicy('web', {}));
    await world.apply(aDeployment('web', 1));
    await world.settle();
    await world.advance(2_000);
    const found = world.store.list({ group: '', resource: 'events' }, 'shop').map(({ object }) => object['reason']);
    expect(found).toEqual(expect.arrayContaining(['ApplyPolicySucceed', 'ScheduleBindingSucceed']));
  });
});
