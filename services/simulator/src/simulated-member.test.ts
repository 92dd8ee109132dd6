import { randomUUID } from 'node:crypto';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createCertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulatedMember, type MemberAccess, type SimulatedMember } from './simulated-member.ts';

/** A client of the member's HTTPS API, as any other program would be. */
interface Client {
  get(path: string): Promise<KubeObject>;
  list(path: string): Promise<readonly KubeObject[]>;
  post(path: string, object: object): Promise<KubeObject>;
  patch(path: string, patch: object): Promise<KubeObject>;
  delete(path: string): Promise<void>;
  /** Watches a collection until it satisfies; fails after the deadline. */
  until(path: string, holds: (objects: readonly KubeObject[]) => boolean): Promise<readonly KubeObject[]>;
  close(): Promise<void>;
}

function createClient({ url, caPem, adminToken }: MemberAccess): Client {
  const agent = new Agent({ connect: { ca: caPem } });
  const authorization = `Bearer ${adminToken}`;
  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await request(`${url}${path}`, {
      method,
      dispatcher: agent,
      headers: { authorization, 'content-type': contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.body.json();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
  async function list(path: string): Promise<readonly KubeObject[]> {
    return ((await call('GET', path)) as { readonly items: readonly KubeObject[] }).items;
  }
  return {
    get: async (path) => (await call('GET', path)) as KubeObject,
    list,
    post: async (path, object) => (await call('POST', path, object)) as KubeObject,
    patch: async (path, patch) => (await call('PATCH', path, patch)) as KubeObject,
    delete: async (path) => void (await call('DELETE', path)),
    async until(path, holds) {
      const signal = AbortSignal.timeout(10_000);
      for (;;) {
        const { items, metadata } = (await call('GET', path)) as {
          readonly items: readonly KubeObject[];
          readonly metadata: { readonly resourceVersion: string };
        };
        if (holds(items)) return items;
        if (signal.aborted) throw new Error(`${path} never got there: ${JSON.stringify(items, undefined, 1)}`);
        await nextChange(path, metadata.resourceVersion, signal);
      }
    },
    close: () => agent.close(),
  };

  async function nextChange(path: string, resourceVersion: string, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const separator = path.includes('?') ? '&' : '?';
    const response = await request(`${url}${path}${separator}watch=1&resourceVersion=${resourceVersion}`, {
      dispatcher: agent,
      headers: { authorization },
      signal: AbortSignal.any([signal, end.signal]),
    }).catch(() => undefined);
    if (response === undefined) return;
    try {
      for await (const _ of response.body) break;
    } catch {
      // The deadline; the caller looks once more.
    }
    end.abort();
  }
}

interface Counters {
  readonly [field: string]: unknown;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
}

function statusOf(object: KubeObject | undefined): Counters {
  return (object?.['status'] ?? {}) as Counters;
}

function has(object: KubeObject | undefined, type: string): boolean {
  return statusOf(object).conditions?.some((one) => one.type === type && one.status === 'True') === true;
}

function template(app: string, image = 'nginx:1', annotations?: object): object {
  return {
    metadata: { labels: { app }, ...(annotations && { annotations }) },
    spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
}

function deployment(name: string, replicas: number, extra: object = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name), ...extra },
  };
}

const apps = '/apis/apps/v1/namespaces/default';
const core = '/api/v1/namespaces/default';
const batch = '/apis/batch/v1/namespaces/default';

describe('a simulated member, through its API', () => {
  let member: SimulatedMember;
  let access: MemberAccess;
  let client: Client;

  beforeAll(async () => {
    const authority = await createCertificateAuthority('test', Date.now());
    const serving = await authority.issueServing({ commonName: 'member', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
    member = createSimulatedMember(
      {
        kinds: createBuiltinKinds({ readDocument: readOpenApiDocument }),
        openApi: { read: readOpenApiBytes },
        now: Date.now,
        random: Math.random,
        newUid: randomUUID,
        report: (event) => {
          if ('error' in event) throw event.error;
        },
      },
      {
        name: 'member1',
        provider: 'aws',
        region: 'eu-west-1',
        zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
        tls: { ...serving, caPem: authority.keyPair.certPem },
        podTimes: { startDelayMs: 20, stopDelayMs: 20, runMs: 20 },
      },
    );
    access = await member.start();
    client = createClient(access);
  });

  afterAll(async () => {
    await client.close();
    await member.stop();
  });

  it('has ready nodes with room, labels and zones', async () => {
    const nodes = await client.list('/api/v1/nodes');
    expect(nodes.map(({ metadata }) => metadata.name)).toEqual(['member1-node-1', 'member1-node-2', 'member1-node-3']);
    expect(nodes.every((node) => has(node, 'Ready'))).toBe(true);
    expect(new Set(nodes.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'])).size).toBe(3);
    expect(statusOf(nodes[0])['allocatable']).toMatchObject({ cpu: '16', pods: '110' });
  });

  it('makes a Deployment ready, scales it, rolls it out and takes it away', async () => {
    await client.post(`${apps}/deployments`, deployment('web', 3));
    const [ready] = await client.until(`${apps}/deployments`, ([one]) => statusOf(one)['availableReplicas'] === 3 && has(one, 'Available'));
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
      return status['observedGeneration'] === 3 && status['updatedReplicas'] === 5 && status['replicas'] === 5 && status['availableReplicas'] === 5;
    });
    expect(rolled?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    const sets = await client.list(`${apps}/replicasets`);
    expect(sets.map((set) => statusOf(set)['replicas']).sort()).toEqual([0, 5]);
    await client.until(`${core}/pods?labelSelector=app=web`, (left) => left.length === 5);

    await client.delete(`${apps}/deployments/web`);
    await client.until(`${apps}/replicasets`, (left) => left.length === 0);
    await client.until(`${core}/pods?labelSelector=app=web`, (left) => left.length === 0);
  });

  it('keeps what does not fit pending, and says why', async () => {
    const spec = {
      containers: [{ name: 'main', image: 'nginx', resources: { requests: { cpu: '64' } } }],
    };
    await client.post(`${core}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'huge' }, spec });
    const pods = await client.until(`${core}/pods?fieldSelector=metadata.name=huge`, ([pod]) => statusOf(pod).conditions !== undefined);
    expect(statusOf(pods[0])).toMatchObject({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient cpu.' }],
    });
    await client.delete(`${core}/pods/huge`);
  });

  it('runs pods that are told to fail in a crash loop', async () => {
    const failing = { template: template('broken', 'nginx:1', { 'simulator.flotilla.io/fail': 'true' }) };
    await client.post(`${apps}/deployments`, deployment('broken', 1, failing));
    const [pod] = await client.until(`${core}/pods?labelSelector=app=broken`, ([one]) => statusOf(one)['phase'] === 'Running');
    expect(statusOf(pod)['containerStatuses']).toMatchObject([{ ready: false, restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } }]);
    const broken = await client.get(`${apps}/deployments/broken`);
    expect(has(broken, 'Available')).toBe(false);
    await client.delete(`${apps}/deployments/broken`);
  });

  it('runs a StatefulSet in order, with volumes that are bound', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    await client.post(`${apps}/statefulsets`, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { serviceName: 'db', replicas: 3, selector: { matchLabels: { app: 'db' } }, template: template('db'), volumeClaimTemplates: [claim] },
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
    await client.until(`${core}/pods?labelSelector=app=db`, (left) => left.length === 1 && left[0]?.metadata.name === 'db-0');
    await client.delete(`${apps}/statefulsets/db`);
    await client.until(`${core}/pods?labelSelector=app=db`, (left) => left.length === 0);
  });

  it('runs one daemon on every node that its selector and the taints allow', async () => {
    await client.patch('/api/v1/nodes/member1-node-3', { spec: { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] } });
    await client.post(`${apps}/daemonsets`, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    });
    await client.until(`${apps}/daemonsets`, ([set]) => statusOf(set)['numberAvailable'] === 2);
    await client.patch('/api/v1/nodes/member1-node-3', { spec: { taints: null } });
    const [set] = await client.until(`${apps}/daemonsets`, ([one]) => statusOf(one)['numberAvailable'] === 3);
    expect(statusOf(set)).toMatchObject({ desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 3, numberMisscheduled: 0 });
    const pods = await client.list(`${core}/pods?labelSelector=app=agent`);
    expect(new Set(pods.map((pod) => (pod['spec'] as { nodeName: string }).nodeName)).size).toBe(3);
    await client.delete(`${apps}/daemonsets/agent`);
  });

  it('completes Jobs, indexed ones too, and fails those that fail too often', async () => {
    const job = (name: string, spec: object, annotations?: object): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        ...spec,
        template: { ...(annotations && { metadata: { annotations } }), spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } },
      },
    });
    await client.post(`${batch}/jobs`, job('work', { completions: 5, parallelism: 2 }));
    const [done] = await client.until(`${batch}/jobs`, ([one]) => has(one, 'Complete'));
    expect(statusOf(done)).toMatchObject({ succeeded: 5 });
    await client.delete(`${batch}/jobs/work?propagationPolicy=Background`);

    await client.post(`${batch}/jobs`, job('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed' }));
    const [indexed] = await client.until(`${batch}/jobs`, (all) => has(all.find(({ metadata }) => metadata.name === 'indexed'), 'Complete'));
    expect(statusOf(indexed)).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    await client.delete(`${batch}/jobs/indexed?propagationPolicy=Background`);

    await client.post(`${batch}/jobs`, job('doomed', { backoffLimit: 1 }, { 'simulator.flotilla.io/fail': 'true' }));
    const [failed] = await client.until(`${batch}/jobs`, (all) => has(all.find(({ metadata }) => metadata.name === 'doomed'), 'Failed'));
    expect(statusOf(failed)).toMatchObject({ failed: 2 });
    await client.delete(`${batch}/jobs/doomed?propagationPolicy=Background`);
  });

  it('gives Services an address, endpoints and an external address', async () => {
    await client.post(`${apps}/deployments`, deployment('shop', 2));
    const created = await client.post(`${core}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop' },
      spec: { type: 'LoadBalancer', selector: { app: 'shop' }, ports: [{ name: 'web', port: 80, targetPort: 'http' }] },
    });
    expect(created['spec']).toMatchObject({ clusterIP: expect.stringMatching(/^10\.96\./), ports: [{ nodePort: expect.any(Number) }] });
    const [endpoints] = await client.until(`${core}/endpoints`, ([one]) => {
      const [subset] = (one?.['subsets'] ?? []) as readonly { readonly addresses?: readonly object[] }[];
      return subset?.addresses?.length === 2;
    });
    expect(endpoints).toMatchObject({ subsets: [{ ports: [{ name: 'web', port: 8080, protocol: 'TCP' }] }] });
    const slices = await client.list('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices');
    expect(slices).toMatchObject([{ endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }] }]);
    const [service] = await client.until(`${core}/services?fieldSelector=metadata.name=shop`, ([one]) =>
      JSON.stringify(statusOf(one)['loadBalancer'] ?? {}).includes('198.18.'),
    );
    expect(service?.metadata.name).toBe('shop');
    await client.delete(`${core}/services/shop`);
    await client.until(`${core}/endpoints`, (left) => left.length === 0);
    await client.until('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', (left) => left.length === 0);
    await client.delete(`${apps}/deployments/shop`);
  });

  it('fills token Secrets, with tokens that its API takes', async () => {
    await client.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flotilla-system' } });
    const system = '/api/v1/namespaces/flotilla-system';
    await client.post(`${system}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'agent' } });
    await client.post(`${system}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'agent-token', annotations: { 'kubernetes.io/service-account.name': 'agent' } },
    });
    const [secret] = await client.until(`${system}/secrets`, ([one]) => (one?.['data'] as { token?: string } | undefined)?.token !== undefined);
    const data = secret?.['data'] as Record<string, string>;
    expect(Buffer.from(data['ca.crt']!, 'base64').toString()).toBe(access.caPem);
    expect(Buffer.from(data['namespace']!, 'base64').toString()).toBe('flotilla-system');
    const agent = createClient({ ...access, adminToken: Buffer.from(data['token']!, 'base64').toString() });
    await expect(agent.list('/api/v1/nodes')).rejects.toThrow(/"system:serviceaccount:flotilla-system:agent\\" cannot list/);
    await agent.close();
    const accounts = await client.until(`${system}/serviceaccounts`, (all) => all.length === 2);
    expect(accounts.map(({ metadata }) => metadata.name)).toEqual(['agent', 'default']);
    await client.until(`${system}/configmaps`, ([one]) => one?.metadata.name === 'kube-root-ca.crt');
    await client.delete('/api/v1/namespaces/flotilla-system');
    await client.until('/api/v1/namespaces', (all) => all.every(({ metadata }) => metadata.name !== 'flotilla-system'));
  });
});
