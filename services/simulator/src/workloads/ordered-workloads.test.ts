import type { KubeObject } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';
import { createHandDrivenCluster, type HandDrivenCluster } from '../contract/hand-driven-cluster.ts';
import { statusOf, template } from '../contract/manifests.ts';
import { isReady, type Pod } from '../model/pod.ts';
import { claims, daemonSets, nodes, pods, statefulSets } from '../model/resources.ts';

function statefulSet(spec: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: template('db', 'image:1'),
      podManagementPolicy: 'OrderedReady',
      ...spec,
    },
  };
}

function daemonSet(spec: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: template('agent', 'image:1'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      ...spec,
    },
  };
}

function images(cluster: HandDrivenCluster): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    cluster.list(pods).map((pod) => [pod.metadata.name ?? '', (pod as Pod).spec.containers?.[0]?.image]),
  );
}

function change(cluster: HandDrivenCluster, resource: typeof statefulSets, name: string, spec: object): Promise<void> {
  return cluster.change(resource, name, (object) => ({ ...object, spec: { ...(object['spec'] as object), ...spec } }));
}

describe('StatefulSet', () => {
  it('makes the next pod only when all before it are ready', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(statefulSets, statefulSet());
    await cluster.pass(1_000, () => {
      const unready = cluster.list(pods).filter((pod) => !isReady(pod as Pod));
      expect(unready.length).toBeLessThan(2);
    });
    expect(Object.keys(images(cluster))).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('makes all pods at once when told to', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(statefulSets, statefulSet({ podManagementPolicy: 'Parallel' }));
    expect(cluster.list(pods)).toHaveLength(3);
  });

  it('updates down to its partition, and makes lost pods below it anew from the old template', async () => {
    await using cluster = await createHandDrivenCluster();
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
    await cluster.create(statefulSets, statefulSet({ updateStrategy }));
    await cluster.pass(1_000);
    await change(cluster, statefulSets, 'db', { template: template('db', 'image:2') });
    await cluster.pass(1_000);
    expect(images(cluster)).toEqual({ 'db-0': 'image:1', 'db-1': 'image:1', 'db-2': 'image:2' });
    await cluster.delete(pods, 'db-0');
    await cluster.pass(1_000);
    expect(images(cluster)).toEqual({ 'db-0': 'image:1', 'db-1': 'image:1', 'db-2': 'image:2' });
    expect(statusOf(cluster.get(statefulSets, 'db'))).toMatchObject({
      updatedReplicas: 1,
      currentReplicas: 2,
      readyReplicas: 3,
    });
  });

  it('keeps the volumes of pods that it scales away, unless told otherwise', async () => {
    await using cluster = await createHandDrivenCluster();
    const volumeClaimTemplates = [
      { metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } },
    ];
    await cluster.create(statefulSets, statefulSet({ volumeClaimTemplates }));
    await cluster.pass(2_000);
    await change(cluster, statefulSets, 'db', { replicas: 2 });
    await cluster.pass(500);
    expect(cluster.list(claims).map(({ metadata }) => metadata.name)).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    await change(cluster, statefulSets, 'db', {
      replicas: 1,
      persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' },
    });
    await cluster.pass(500);
    expect(cluster.list(claims).map(({ metadata }) => metadata.name)).toEqual(['data-db-0', 'data-db-2']);
  });
});

describe('DaemonSet', () => {
  it('replaces one pod at a time', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(daemonSets, daemonSet());
    await cluster.pass(500);
    await change(cluster, daemonSets, 'agent', { template: template('agent', 'image:2') });
    await cluster.pass(3_000, () => {
      const ready = cluster
        .list(pods)
        .filter((pod) => isReady(pod as Pod) && pod.metadata.deletionTimestamp === undefined);
      expect(ready.length).toBeGreaterThanOrEqual(2);
    });
    expect(new Set(Object.values(images(cluster)))).toEqual(new Set(['image:2']));
    expect(statusOf(cluster.get(daemonSets, 'agent'))).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
  });

  it('leaves nodes that no longer match', async () => {
    await using cluster = await createHandDrivenCluster();
    const { spec } = template('agent') as { readonly spec: object };
    const onRole = { metadata: { labels: { app: 'agent' } }, spec: { ...spec, nodeSelector: { role: 'edge' } } };
    await cluster.create(daemonSets, daemonSet({ template: onRole }));
    expect(cluster.list(pods)).toHaveLength(0);
    const label = (role: string): Promise<void> =>
      cluster.change(nodes, 'm-node-1', (node) => ({
        ...node,
        metadata: { ...node.metadata, labels: { ...node.metadata.labels, role } },
      }));
    await label('edge');
    await cluster.pass(300);
    expect(cluster.list(pods)).toHaveLength(1);
    await label('core');
    await cluster.pass(300);
    expect(cluster.list(pods)).toHaveLength(0);
  });
});
