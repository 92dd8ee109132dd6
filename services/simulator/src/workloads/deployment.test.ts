import fc from 'fast-check';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';
import { createHandDrivenCluster, type HandDrivenCluster } from '../contract/hand-driven-cluster.ts';
import { statusOf, template } from '../contract/manifests.ts';
import { isReady, type Pod } from '../model/pod.ts';
import { deployments, pods, replicaSets } from '../model/resources.ts';

function deployment(replicas: number, extra: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: template('web', 'image:1'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...extra,
    },
  };
}

function edit(cluster: HandDrivenCluster, spec: object): Promise<void> {
  return cluster.change(deployments, 'web', (object) => ({
    ...object,
    spec: { ...(object['spec'] as object), ...spec },
  }));
}

function progressReason(cluster: HandDrivenCluster): string | undefined {
  const { conditions } = statusOf(cluster.get(deployments, 'web'));
  return conditions?.find(({ type }) => type === 'Progressing')?.reason;
}

function sizes(cluster: HandDrivenCluster): readonly number[] {
  return cluster.list(replicaSets).map((set) => (set['spec'] as { readonly replicas: number }).replicas);
}

describe('Deployment', { timeout: 60_000 }, () => {
  it('never goes past its surge nor below its available minimum while it rolls out', async () => {
    const bounds = fc.record({
      replicas: fc.integer({ min: 1, max: 8 }),
      maxSurge: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('25%', '50%', '100%')),
      maxUnavailable: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('0%', '25%', '60%')),
    });
    await fc.assert(
      fc.asyncProperty(bounds, async ({ replicas, maxSurge, maxUnavailable }) => {
        await using cluster = await createHandDrivenCluster();
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
        await cluster.create(deployments, deployment(replicas, { strategy }));
        await cluster.pass(300);
        expect(statusOf(cluster.get(deployments, 'web'))['availableReplicas']).toBe(replicas);
        const surge =
          typeof maxSurge === 'number' ? maxSurge : Math.ceil((Number.parseInt(maxSurge, 10) * replicas) / 100);
        const missing =
          typeof maxUnavailable === 'number'
            ? maxUnavailable
            : Math.floor((Number.parseInt(maxUnavailable, 10) * replicas) / 100);
        const allowed = surge === 0 && missing === 0 ? 1 : Math.min(missing, replicas);
        await edit(cluster, { template: template('web', 'image:2') });
        await cluster.pass(4_000, () => {
          const ready = cluster
            .list(pods)
            .filter((pod) => isReady(pod as Pod) && pod.metadata.deletionTimestamp === undefined);
          expect(ready.length).toBeGreaterThanOrEqual(replicas - allowed);
          expect(sizes(cluster).reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(replicas + surge);
        });
        expect(statusOf(cluster.get(deployments, 'web'))).toMatchObject({
          updatedReplicas: replicas,
          availableReplicas: replicas,
          replicas,
        });
        expect(progressReason(cluster)).toBe('NewReplicaSetAvailable');
      }),
      { numRuns: 25 },
    );
  });

  it('numbers its templates, and a rollback makes an old one the newest', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(deployments, deployment(2));
    await cluster.pass(500);
    await edit(cluster, { template: template('web', 'image:2') });
    await cluster.pass(2_000);
    await edit(cluster, { template: template('web', 'image:1') });
    await cluster.pass(2_000);
    const revisions = cluster
      .list(replicaSets)
      .map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']);
    expect(new Set(revisions)).toEqual(new Set(['2', '3']));
    expect(cluster.get(deployments, 'web')?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
    });
  });

  it('takes all old pods away before the first new one when it recreates', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(deployments, deployment(3, { strategy: { type: 'Recreate' } }));
    await cluster.pass(500);
    await edit(cluster, { template: template('web', 'image:2') });
    await cluster.pass(2_000, () => {
      const images = cluster.list(pods).map((pod) => (pod as Pod).spec.containers?.[0]?.image);
      expect(new Set(images).size).toBeLessThan(2);
    });
    expect(statusOf(cluster.get(deployments, 'web'))).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
  });

  it('scales but does not roll out while it is paused', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(deployments, deployment(2));
    await cluster.pass(500);
    await edit(cluster, { paused: true, replicas: 4, template: template('web', 'image:2') });
    await cluster.pass(1_000);
    expect(sizes(cluster)).toEqual([4]);
    expect(progressReason(cluster)).toBe('DeploymentPaused');
    await edit(cluster, { paused: false });
    await cluster.pass(2_000);
    expect(statusOf(cluster.get(deployments, 'web'))).toMatchObject({ updatedReplicas: 4, availableReplicas: 4 });
  });

  it('shares a change of replicas out in the middle of a rollout', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(
      deployments,
      deployment(4, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } }),
    );
    await cluster.pass(500);
    const failing = template('web', 'image:2', { 'simulator.flotilla.io/fail': 'true' });
    await edit(cluster, { template: failing });
    await cluster.pass(500);
    expect(sizes(cluster).toSorted((a, b) => a - b)).toEqual([2, 4]);
    await edit(cluster, { replicas: 8 });
    await cluster.pass(500);
    const [small = 0, large = 0] = sizes(cluster).toSorted((a, b) => a - b);
    expect(small + large).toBe(10);
    expect(small).toBeGreaterThan(2);
    expect(large).toBeGreaterThan(4);
  });

  it('says when a rollout is stuck', async () => {
    await using cluster = await createHandDrivenCluster();
    const failing = template('web', 'image:1', { 'simulator.flotilla.io/fail': 'true' });
    await cluster.create(deployments, deployment(1, { progressDeadlineSeconds: 3, template: failing }));
    await cluster.pass(2_000);
    expect(progressReason(cluster)).not.toBe('ProgressDeadlineExceeded');
    await cluster.pass(3_000);
    expect(progressReason(cluster)).toBe('ProgressDeadlineExceeded');
  });

  it('forgets templates past its history limit', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(deployments, deployment(1, { revisionHistoryLimit: 1 }));
    for (const image of ['image:2', 'image:3', 'image:4']) {
      // oxlint-disable-next-line no-await-in-loop
      await cluster.pass(1_000);
      // oxlint-disable-next-line no-await-in-loop
      await edit(cluster, { template: template('web', image) });
    }
    await cluster.pass(2_000);
    expect(sizes(cluster).toSorted((a, b) => a - b)).toEqual([0, 1]);
  });
});
