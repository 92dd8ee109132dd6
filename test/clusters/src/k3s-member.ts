/** Member clusters as containers: k3s is the control plane, kwok in a second container plays the nodes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { K3sContainer } from '@testcontainers/k3s';
import { GenericContainer, getContainerRuntimeClient, Network, Wait } from 'testcontainers';
import type { StartedNetwork } from 'testcontainers';

import { createDirectClient } from './direct-client.ts';
import type { DirectClient } from './direct-client.ts';
import { jsonAt } from './json-at.ts';
import { memberKubeconfig, readKubeconfig } from './kubeconfig.ts';
import { areNodesReady, createNodes } from './kwok-nodes.ts';
import type { NodeShape } from './kwok-nodes.ts';
import type { Member } from './member.ts';

/** Versions next to those of `tools/`; `FLOTILLA_K3S_IMAGE` and `FLOTILLA_KWOK_IMAGE` name a mirror's. */
const K3S_IMAGE = 'docker.io/rancher/k3s:v1.36.3-k3s1';
const KWOK_IMAGE = 'registry.k8s.io/kwok/kwok:v0.8.0';
const ACCOUNT = 'flotilla-test-admin';
const TOKEN_SECONDS = 86_400;
const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 200;

export interface ContainerMemberOptions {
  readonly name: string;
  readonly folder: string;
  readonly nodes: NodeShape | false;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** k3s without its agent: no kubelet, so no image of a tested workload is ever pulled; Pods run on kwok's nodes. */
export async function startContainerMember({ name, folder, nodes, env }: ContainerMemberOptions): Promise<Member> {
  await mkdir(folder, { recursive: true });
  const network = await new Network().start();
  const cleanUps: (() => Promise<unknown>)[] = [async () => network.stop()];
  const stop = async (): Promise<void> => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  };
  try {
    const k3s = await new K3sContainer(env['FLOTILLA_K3S_IMAGE'] ?? K3S_IMAGE)
      .withCommand([
        'server',
        '--disable-agent',
        '--disable=coredns,local-storage,metrics-server,servicelb,traefik',
        '--disable-cloud-controller',
      ])
      .withNetwork(network)
      .withNetworkAliases(name)
      // The line that the module waits for is the agent's.
      .withWaitStrategy(Wait.forListeningPorts())
      .start();
    cleanUps.push(async () => k3s.stop());
    const kubeconfigPath = join(folder, 'kubeconfig');
    await writeFile(kubeconfigPath, k3s.getKubeConfig(), { mode: 0o600 });
    const access = await readKubeconfig(kubeconfigPath);
    if (access?.certificate === undefined) throw new Error('the kubeconfig of k3s has no client certificate');
    const client = createDirectClient({ ...access, connections: 2 });
    try {
      await until(async () => (await client.request('GET', '/readyz')).status === 200, 'its API is not ready');
      const adminToken = await makeAdminToken(client);
      const kubeconfig = memberKubeconfig({ ...access, name, admin: access.certificate, adminToken });
      await writeFile(kubeconfigPath, kubeconfig, { mode: 0o600 });
      if (nodes !== false) {
        await createNodes(client, name, nodes);
        const kwok = await startKwok(network, k3s.getAliasedKubeConfig(name), env);
        cleanUps.push(async () => kwok.stop());
        await until(async () => areNodesReady(client, nodes), 'its nodes are not ready');
      }
      const { url, caPem } = access;
      const { container } = await getContainerRuntimeClient();
      const own = container.getById(k3s.getId());
      return {
        name,
        url,
        kubeconfigPath,
        kubeconfig,
        adminToken,
        caPem,
        pids: () => ({}),
        kill: async (component) => Promise.reject(new Error(`${component} cannot be ended alone: it is a part of k3s`)),
        pause: async () => own.pause(),
        resume: async () => own.unpause(),
        restartApiserver: async () =>
          Promise.reject(new Error('a container comes back on another port: use processes for this test')),
        stop,
      };
    } finally {
      await client.close();
    }
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`member cluster ${name} did not start as a container: ${reason}`, { cause: error });
  }
}

async function startKwok(
  network: StartedNetwork,
  kubeconfig: string,
  env: ContainerMemberOptions['env'],
): Promise<{ stop: () => Promise<unknown> }> {
  return new GenericContainer(env['FLOTILLA_KWOK_IMAGE'] ?? KWOK_IMAGE)
    .withNetwork(network)
    .withCopyContentToContainer([{ content: kubeconfig, target: '/kubeconfig' }])
    .withCommand(['--kubeconfig=/kubeconfig', '--manage-all-nodes=true', '--node-lease-duration-seconds=40'])
    .start();
}

/** k3s gives its administrator a certificate only. */
async function makeAdminToken(client: DirectClient): Promise<string> {
  const account = { namespace: 'kube-system', name: ACCOUNT };
  const accounts = '/api/v1/namespaces/kube-system/serviceaccounts';
  await client.expect('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  await client.expect('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: ACCOUNT },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
  const answer = await client.expect('POST', `${accounts}/${ACCOUNT}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  const token = jsonAt(answer, 'status', 'token');
  if (typeof token !== 'string') throw new Error('k3s gave no token for its administrator');
  return token;
}

async function until(isDone: () => Promise<boolean>, complaint: string): Promise<void> {
  const endMs = performance.now() + READY_TIMEOUT_MS;
  while (!(await isDone().catch(() => false))) {
    if (performance.now() > endMs) throw new Error(`${complaint} after ${READY_TIMEOUT_MS / 1000} s`);
    await delay(POLL_MS);
  }
}
