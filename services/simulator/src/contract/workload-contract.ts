import type { ApiClient } from './api-client.ts';
import { deployment, has, statusOf, template } from './manifests.ts';
import { expect, it } from 'vitest';

const apps = '/apis/apps/v1/namespaces/default';
const core = '/api/v1/namespaces/default';
const batch = '/apis/batch/v1/namespaces/default';

/** What holds for every cluster that runs the built-in workloads, simulated or real: needs three nodes without taints and an empty namespace `default`. */
export function describeWorkloads(clientOf: () => ApiClient): void {
  it('makes a Deployment ready, scales it, rolls it out and takes it away', async () => {
    const client = clientOf();
    await client.post(`${apps}/deployments`, deployment('web', 3));
    const [ready] = await client.until(
      `${apps}/deployments`,
      ([one]) => statusOf(one)['availableReplicas'] === 3 && has(one, 'Available'),
    );
    expect(statusOf(ready)).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3 });
    const pods = await client.list(`${core}/pods?labelSelector=app=web`);
    expect(pods).toHaveLength(3);
    expect(new Set(pods.map((pod) => statusOf(pod)['podIP'])).size).toBe(3);
    expect(new Set(pods.map((pod) => (pod['spec'] as { nodeName: string }).nodeName)).size).toBe(3);

    await client.patch(`${apps}/deployments/web/scale`, { spec: { replicas: 5 } });
    await client.until(`${apps}/deployments`, ([one]) => statusOf(one)['availableReplicas'] === 5);

    await client.patch(`${apps}/deployments/web`, { spec: { template: template('web', 'nginx:2') } });
    const [rolled] = await client.until(`${apps}/deployments`, ([one]) => {
      const status = statusOf(one);
      return (
        status['observedGeneration'] === 3 &&
        status['updatedReplicas'] === 5 &&
        status['replicas'] === 5 &&
        status['availableReplicas'] === 5
      );
    });
    expect(rolled?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    const sets = await client.list(`${apps}/replicasets`);
    expect(new Set(sets.map((set) => statusOf(set)['replicas']))).toEqual(new Set([0, 5]));
    await client.until(`${core}/pods?labelSelector=app=web`, (left) => left.length === 5);

    await client.delete(`${apps}/deployments/web`);
    await client.until(`${apps}/replicasets`, (left) => left.length === 0);
    await client.until(`${core}/pods?labelSelector=app=web`, (left) => left.length === 0);
  });

  it('runs a StatefulSet in order, with volumes that are bound', async () => {
    const client = clientOf();
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    await client.post(`${apps}/statefulsets`, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        serviceName: 'db',
        replicas: 3,
        selector: { matchLabels: { app: 'db' } },
        template: template('db'),
        volumeClaimTemplates: [claim],
      },
    });
    await client.until(`${apps}/statefulsets`, ([set]) => statusOf(set)['availableReplicas'] === 3);
    const pods = await client.list(`${core}/pods?labelSelector=app=db`);
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1', 'db-2']);
    const claims = await client.list(`${core}/persistentvolumeclaims`);
    expect(claims.map(({ metadata }) => metadata.name)).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect(claims.every((one) => statusOf(one)['phase'] === 'Bound')).toBe(true);

    await client.patch(`${apps}/statefulsets/db`, { spec: { template: template('db', 'nginx:2') } });
    const [updated] = await client.until(`${apps}/statefulsets`, ([set]) => {
      const status = statusOf(set);
      return status['observedGeneration'] === 2 && status['updatedReplicas'] === 3 && status['availableReplicas'] === 3;
    });
    expect(statusOf(updated)['currentRevision']).toBe(statusOf(updated)['updateRevision']);
    await client.patch(`${apps}/statefulsets/db`, { spec: { replicas: 1 } });
    await client.until(
      `${core}/pods?labelSelector=app=db`,
      (left) => left.length === 1 && left[0]?.metadata.name === 'db-0',
    );
    await client.delete(`${apps}/statefulsets/db`);
    await client.until(`${core}/pods?labelSelector=app=db`, (left) => left.length === 0);
  });

  it('runs one daemon on every node that its selector and the taints allow', async () => {
    const client = clientOf();
    await client.patch('/api/v1/nodes/member1-node-3', {
      spec: { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] },
    });
    await client.post(`${apps}/daemonsets`, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    });
    await client.until(`${apps}/daemonsets`, ([set]) => statusOf(set)['numberAvailable'] === 2);
    await client.patch('/api/v1/nodes/member1-node-3', { spec: { taints: null } });
    const [set] = await client.until(`${apps}/daemonsets`, ([one]) => statusOf(one)['numberAvailable'] === 3);
    expect(statusOf(set)).toMatchObject({
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberReady: 3,
      numberMisscheduled: 0,
    });
    const pods = await client.list(`${core}/pods?labelSelector=app=agent`);
    expect(new Set(pods.map((pod) => (pod['spec'] as { nodeName: string }).nodeName)).size).toBe(3);
    await client.delete(`${apps}/daemonsets/agent`);
  });

  it('completes Jobs, indexed ones too, and fails those that fail too often', async () => {
    const client = clientOf();
    const job = (name: string, spec: object, annotations?: object): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        ...spec,
        template: {
          ...(annotations && { metadata: { annotations } }),
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] },
        },
      },
    });
    await client.post(`${batch}/jobs`, job('work', { completions: 5, parallelism: 2 }));
    const [done] = await client.until(`${batch}/jobs`, ([one]) => has(one, 'Complete'));
    expect(statusOf(done)).toMatchObject({ succeeded: 5 });
    await client.delete(`${batch}/jobs/work?propagationPolicy=Background`);

    await client.post(`${batch}/jobs`, job('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed' }));
    const [indexed] = await client.until(`${batch}/jobs`, (all) =>
      has(
        all.find(({ metadata }) => metadata.name === 'indexed'),
        'Complete',
      ),
    );
    expect(statusOf(indexed)).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    await client.delete(`${batch}/jobs/indexed?propagationPolicy=Background`);

    await client.post(`${batch}/jobs`, job('doomed', { backoffLimit: 1 }, { 'simulator.flotilla.io/fail': 'true' }));
    const [failed] = await client.until(`${batch}/jobs`, (all) =>
      has(
        all.find(({ metadata }) => metadata.name === 'doomed'),
        'Failed',
      ),
    );
    expect(statusOf(failed)).toMatchObject({ failed: 2 });
    await client.delete(`${batch}/jobs/doomed?propagationPolicy=Background`);
  });

  it('gives Services an address, endpoints and an external address', async () => {
    const client = clientOf();
    await client.post(`${apps}/deployments`, deployment('shop', 2));
    const created = await client.post(`${core}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop' },
      spec: { type: 'LoadBalancer', selector: { app: 'shop' }, ports: [{ name: 'web', port: 80, targetPort: 'http' }] },
    });
    expect(created['spec']).toMatchObject({
      clusterIP: expect.stringMatching(/^10\./),
      ports: [{ nodePort: expect.any(Number) }],
    });
    const [endpoints] = await client.until(`${core}/endpoints`, ([one]) => {
      const [subset] = (one?.['subsets'] ?? []) as readonly { readonly addresses?: readonly object[] }[];
      return subset?.addresses?.length === 2;
    });
    expect(endpoints).toMatchObject({ subsets: [{ ports: [{ name: 'web', port: 8080, protocol: 'TCP' }] }] });
    const slices = await client.list('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices');
    expect(slices).toMatchObject([{ endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }] }]);
    const [service] = await client.until(`${core}/services?fieldSelector=metadata.name=shop`, ([one]) =>
      JSON.stringify(statusOf(one)['loadBalancer'] ?? {}).includes('"ip"'),
    );
    expect(service?.metadata.name).toBe('shop');
    await client.delete(`${core}/services/shop`);
    await client.until(`${core}/endpoints`, (left) => left.length === 0);
    await client.until('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', (left) => left.length === 0);
    await client.delete(`${apps}/deployments/shop`);
  });
}
