import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createCertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from './contract/api-client.ts';
import { deployment, has, statusOf, template } from './contract/manifests.ts';
import { describeWorkloads } from './contract/workload-contract.ts';
import type { MemberAccess } from './simulated-member-options.ts';
import { createSimulatedMember, type SimulatedMember } from './simulated-member.ts';

const kubectl = findKubectl();
const apps = '/apis/apps/v1/namespaces/default';
const core = '/api/v1/namespaces/default';

describe('a simulated member, through its API', { timeout: 60_000 }, () => {
  let member: SimulatedMember;
  let access: MemberAccess;
  let client: ApiClient;

  beforeAll(async () => {
    const authority = await createCertificateAuthority('test', Date.now());
    const serving = await authority.issueServing({
      commonName: 'member',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
    });
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
    client = createApiClient(access);
  });

  afterAll(async () => {
    await client.close();
    await member.stop();
  });

  describeWorkloads(() => client);

  it('has ready nodes with room, labels and zones', async () => {
    const nodes = await client.list('/api/v1/nodes');
    expect(nodes.map(({ metadata }) => metadata.name)).toEqual(['member1-node-1', 'member1-node-2', 'member1-node-3']);
    expect(nodes.every((node) => has(node, 'Ready'))).toBe(true);
    expect(new Set(nodes.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'])).size).toBe(3);
    expect(statusOf(nodes[0])['allocatable']).toMatchObject({ cpu: '16', pods: '110' });
  });

  it('keeps what does not fit pending, and says why', async () => {
    const spec = {
      containers: [{ name: 'main', image: 'nginx', resources: { requests: { cpu: '64' } } }],
    };
    await client.post(`${core}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'huge' }, spec });
    const pods = await client.until(
      `${core}/pods?fieldSelector=metadata.name=huge`,
      ([pod]) => statusOf(pod).conditions !== undefined,
    );
    expect(statusOf(pods[0])).toMatchObject({
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient cpu.',
        },
      ],
    });
    await client.delete(`${core}/pods/huge`);
  });

  it('runs pods that are told to fail in a crash loop', async () => {
    const failing = { template: template('broken', 'nginx:1', { 'simulator.flotilla.io/fail': 'true' }) };
    await client.post(`${apps}/deployments`, deployment('broken', 1, failing));
    const [pod] = await client.until(
      `${core}/pods?labelSelector=app=broken`,
      ([one]) => statusOf(one)['phase'] === 'Running',
    );
    expect(statusOf(pod)['containerStatuses']).toMatchObject([
      { ready: false, restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    ]);
    const broken = await client.get(`${apps}/deployments/broken`);
    expect(has(broken, 'Available')).toBe(false);
    await client.delete(`${apps}/deployments/broken`);
  });

  it('fills token Secrets, with tokens that its API takes', async () => {
    await client.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'flotilla-system' },
    });
    const system = '/api/v1/namespaces/flotilla-system';
    await client.post(`${system}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'agent' },
    });
    await client.post(`${system}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name: 'agent-token', annotations: { 'kubernetes.io/service-account.name': 'agent' } },
    });
    const [secret] = await client.until(
      `${system}/secrets`,
      ([one]) => (one?.['data'] as { token?: string } | undefined)?.token !== undefined,
    );
    const data = secret?.['data'] as Record<string, string>;
    expect(Buffer.from(data['ca.crt']!, 'base64').toString()).toBe(access.caPem);
    expect(Buffer.from(data['namespace']!, 'base64').toString()).toBe('flotilla-system');
    const agent = createApiClient({ ...access, adminToken: Buffer.from(data['token']!, 'base64').toString() });
    await expect(agent.list('/api/v1/nodes')).rejects.toThrow(
      /"system:serviceaccount:flotilla-system:agent\\" cannot list/,
    );
    await agent.close();
    const accounts = await client.until(`${system}/serviceaccounts`, (all) => all.length === 2);
    expect(accounts.map(({ metadata }) => metadata.name)).toEqual(['agent', 'default']);
    await client.until(`${system}/configmaps`, ([one]) => one?.metadata.name === 'kube-root-ca.crt');
    await client.delete('/api/v1/namespaces/flotilla-system');
    await client.until('/api/v1/namespaces', (all) => all.every(({ metadata }) => metadata.name !== 'flotilla-system'));
  });

  it.skipIf(kubectl === undefined)(
    'is a cluster like any other for kubectl',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'simulated-kubectl-'));
      await writeFile(join(directory, 'kubeconfig'), access.kubeconfig);
      const run = async (...words: readonly string[]): Promise<string> => {
        const flags = ['--kubeconfig', join(directory, 'kubeconfig'), '--cache-dir', join(directory, 'cache')];
        const { stdout } = await promisify(execFile)(kubectl ?? '', [...flags, ...words], { timeout: 20_000 });
        return stdout;
      };
      try {
        await run('create', 'deployment', 'hello', '--image=nginx:1', '--replicas=2');
        expect(await run('rollout', 'status', 'deployment/hello')).toContain('successfully rolled out');
        await run('set', 'image', 'deployment/hello', 'nginx=nginx:2');
        expect(await run('rollout', 'status', 'deployment/hello')).toContain('successfully rolled out');
        await run('rollout', 'undo', 'deployment/hello');
        expect(await run('rollout', 'status', 'deployment/hello')).toContain('successfully rolled out');
        expect(await run('get', 'deployment', 'hello', '-o', 'jsonpath={..image} {.status.availableReplicas}')).toBe(
          'nginx:1 2',
        );
        await run('delete', 'deployment', 'hello', '--cascade=foreground');
        expect(await run('get', 'pods', '-l', 'app=hello', '-o', 'name')).toBe('');
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    60_000,
  );
});

/** kubectl on the path, if there is one. */
function findKubectl(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'kubectl'))
    .find((path) => existsSync(path));
}
