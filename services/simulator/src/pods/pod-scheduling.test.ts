import type { KubeObject } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';
import { createHandDrivenCluster, type HandDrivenCluster } from '../contract/hand-driven-cluster.ts';
import { statusOf } from '../contract/manifests.ts';
import type { Pod } from '../model/pod.ts';
import { configMaps, nodes, pods } from '../model/resources.ts';

function pod(name: string, spec: object = {}, cpu = '1'): KubeObject {
  const containers = [{ name: 'main', image: 'image', resources: { requests: { cpu } } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, containers, ...spec },
  };
}

function nodeOf(cluster: HandDrivenCluster, name: string): string | undefined {
  return (cluster.get(pods, name) as Pod | undefined)?.spec.nodeName;
}

function refusal(cluster: HandDrivenCluster, name: string): string | undefined {
  const condition = statusOf(cluster.get(pods, name)).conditions?.find(({ type }) => type === 'PodScheduled');
  return condition?.status === 'False' ? (condition as { readonly message?: string }).message : undefined;
}

describe('pod scheduling', () => {
  it('fills nodes evenly, and no further than they go', async () => {
    await using cluster = await createHandDrivenCluster({ nodes: { count: 2, cpu: '2' } });
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      // oxlint-disable-next-line no-await-in-loop
      await cluster.create(pods, pod(name));
    }
    const placed = ['a', 'b', 'c', 'd'].map((name) => nodeOf(cluster, name));
    expect(placed).toEqual(['m-node-1', 'm-node-2', 'm-node-1', 'm-node-2']);
    expect(refusal(cluster, 'e')).toBe('0/2 nodes are available: 2 Insufficient cpu.');
  });

  it('takes account of pods placed in the same round', async () => {
    await using cluster = await createHandDrivenCluster({ nodes: { count: 1, cpu: '2' } });
    await Promise.all(['a', 'b', 'c'].map((name) => cluster.create(pods, pod(name))));
    expect(cluster.list(pods).filter((one) => (one as Pod).spec.nodeName !== undefined)).toHaveLength(2);
  });

  it('places a waiting pod when another one has gone', async () => {
    await using cluster = await createHandDrivenCluster({ nodes: { count: 1, cpu: '1' } });
    await cluster.create(pods, pod('first'));
    await cluster.create(pods, pod('second'));
    expect(nodeOf(cluster, 'second')).toBeUndefined();
    await cluster.delete(pods, 'first');
    await cluster.pass(300);
    expect(nodeOf(cluster, 'second')).toBe('m-node-1');
  });

  it('follows selectors, required affinity, taints and cordons', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(pods, pod('chosen', { nodeSelector: { 'kubernetes.io/hostname': 'm-node-2' } }));
    expect(nodeOf(cluster, 'chosen')).toBe('m-node-2');
    const zone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['nowhere'] };
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [zone] }] },
    };
    await cluster.create(pods, pod('lost', { affinity: { nodeAffinity } }));
    expect(refusal(cluster, 'lost')).toBe(
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    );
    for (const name of ['m-node-1', 'm-node-3']) {
      // oxlint-disable-next-line no-await-in-loop
      await cluster.change(nodes, name, (node) => ({
        ...node,
        spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
      }));
    }
    await cluster.create(pods, pod('plain'));
    expect(nodeOf(cluster, 'plain')).toBe('m-node-2');
    const tolerations = [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }];
    await cluster.create(pods, pod('tolerant', { tolerations }));
    expect(nodeOf(cluster, 'tolerant')).not.toBe('m-node-2');
    await cluster.change(nodes, 'm-node-2', (node) => ({ ...node, spec: { unschedulable: true } }));
    await cluster.create(pods, pod('late'));
    expect(refusal(cluster, 'late')).toBe(
      '0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint(s).',
    );
  });
});

describe('pod life', () => {
  it('waits for a ConfigMap that the pod needs', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(pods, pod('needy', { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] }));
    await cluster.pass(500);
    expect(statusOf(cluster.get(pods, 'needy'))).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { message: 'configmap "settings" not found' } } }],
    });
    await cluster.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} });
    await cluster.pass(1_500);
    expect(statusOf(cluster.get(pods, 'needy'))['phase']).toBe('Running');
  });

  it('restarts crashing containers ever more rarely, and recovers', async () => {
    await using cluster = await createHandDrivenCluster();
    const failing = pod('crashing');
    const annotations = { 'simulator.flotilla.io/fail': 'true' };
    await cluster.create(pods, { ...failing, metadata: { ...failing.metadata, annotations } });
    const restarts = (): unknown =>
      (statusOf(cluster.get(pods, 'crashing'))['containerStatuses'] as readonly { restartCount: number }[])[0]
        ?.restartCount;
    await cluster.pass(500);
    expect(restarts()).toBe(1);
    await cluster.pass(10_500);
    expect(restarts()).toBe(2);
    await cluster.pass(10_500);
    expect(restarts()).toBe(2);
    await cluster.change(pods, 'crashing', (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: {} },
    }));
    expect(statusOf(cluster.get(pods, 'crashing'))['containerStatuses']).toMatchObject([{ ready: true }]);
  });

  it('does nothing while nothing changes', async () => {
    await using cluster = await createHandDrivenCluster();
    await cluster.create(pods, pod('quiet'));
    await cluster.pass(1_000);
    const { revision } = cluster.store;
    await cluster.pass(60_000);
    expect(cluster.store.revision).toBe(revision);
  });
});
