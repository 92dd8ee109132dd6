import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import { startMembers } from '@flotilla/test-clusters/members';

import { CREATES_IN_FLIGHT } from './joined-platform.ts';
import { measureCreateRate } from './create-rate.ts';
import type { CreateRate } from './create-rate.ts';
import { connectToMembers, openConnections, serversCpuMs } from './member-writes.ts';
import { configMap, deployment, numberedName } from './objects.ts';
import type { Figure, Scenario, ScenarioContext } from './scenario.ts';

export const LISTED_OBJECTS = 10_000;
const DEFAULT_COUNT = 2000;

/** What the gateway is compared with: creates and a long list against a real API server whose etcd syncs to disk. */
export const peerApiserverScenario: Scenario = {
  name: 'peer-apiserver',
  description: 'creates a second with 50 in flight, and a list of 10,000, at one real API server with durable etcd',
  run: async (context) => figuresOf(await measurePeerApiserver(context)),
};

export interface PeerApiserverRuns {
  readonly configMaps: readonly CreateRate[];
  readonly deployments: readonly CreateRate[];
  readonly listSeconds: readonly number[];
}

export async function measurePeerApiserver(context: ScenarioContext): Promise<PeerApiserverRuns> {
  const { binaries, runs, report } = context;
  const count = context.count ?? DEFAULT_COUNT;
  report('starting one API server with durable etcd');
  const set = await startMembers({
    binaries,
    names: ['peer'],
    durable: true,
    withControllerManager: false,
    withScheduler: false,
    withNodes: false,
  });
  const targets = await connectToMembers(set.members, CREATES_IN_FLIGHT);
  try {
    const [target] = targets;
    if (target === undefined) throw new Error('the set has no member');
    return await measureServer(target.client, {
      runs,
      count,
      report,
      serverCpuMs: () => serversCpuMs(set.members, set.etcdPid),
    });
  } finally {
    await Promise.all(targets.map(async ({ client }) => client.close()));
    await set.stop();
  }
}

export interface ServerMeasurement {
  readonly runs: number;
  readonly count: number;
  readonly report: (line: string) => void;
  readonly serverCpuMs: () => number;
}

/** Each run works in namespaces of its own. The same for any server that speaks the Kubernetes API. */
export async function measureServer(client: DirectClient, options: ServerMeasurement): Promise<PeerApiserverRuns> {
  const { runs, count, report, serverCpuMs } = options;
  const configMaps: CreateRate[] = [];
  const deployments: CreateRate[] = [];
  await openConnections(client, CREATES_IN_FLIGHT);
  for (let run = 0; run <= runs; run++) {
    const isWarmUp = run === 0;
    const namespace = isWarmUp ? 'bench-warm-up' : `bench-${run}`;
    await createNamespace(client, namespace);
    const measure = async (path: string, build: (name: string) => unknown): Promise<CreateRate> => {
      const bodies = Array.from({ length: count }, (_, index) => JSON.stringify(build(numberedName('bench', index))));
      return measureCreateRate({ client, path, bodies, inFlight: CREATES_IN_FLIGHT, serverCpuMs });
    };
    const configMapRate = await measure(`/api/v1/namespaces/${namespace}/configmaps`, (name) =>
      configMap(namespace, name),
    );
    const deploymentRate = await measure(`/apis/apps/v1/namespaces/${namespace}/deployments`, (name) =>
      deployment(namespace, name, 1),
    );
    if (isWarmUp) continue;
    configMaps.push(configMapRate);
    deployments.push(deploymentRate);
    report(
      `run ${run} of ${runs}: ${configMapRate.createsPerSecond.toFixed(0)} ConfigMaps/s, ` +
        `${deploymentRate.createsPerSecond.toFixed(0)} Deployments/s`,
    );
  }
  return { configMaps, deployments, listSeconds: await measureList(client, runs, report) };
}

async function measureList(
  client: DirectClient,
  runs: number,
  report: (line: string) => void,
): Promise<readonly number[]> {
  const namespace = 'bench-list';
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  report(`filling a namespace with ${LISTED_OBJECTS} ConfigMaps`);
  await createNamespace(client, namespace);
  const bodies = Array.from({ length: LISTED_OBJECTS }, (_, index) =>
    JSON.stringify(configMap(namespace, numberedName('bench', index))),
  );
  await measureCreateRate({ client, path, bodies, inFlight: CREATES_IN_FLIGHT, serverCpuMs: () => 0 });
  const samples: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const startMs = performance.now();
    const { status } = await client.request('GET', path);
    if (status !== 200) throw new Error(`the list answered ${status}`);
    if (run > 0) samples.push((performance.now() - startMs) / 1000);
  }
  return samples;
}

async function createNamespace(client: DirectClient, name: string): Promise<void> {
  await client.expect('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

function figuresOf({ configMaps, deployments, listSeconds }: PeerApiserverRuns): readonly Figure[] {
  return [
    { name: 'creates of a 2 KiB ConfigMap', unit: '1/s', samples: rates(configMaps) },
    { name: 'apiserver and etcd CPU per ConfigMap', unit: 'ms', samples: cpuCosts(configMaps) },
    { name: 'creates of a Deployment', unit: '1/s', samples: rates(deployments) },
    { name: 'apiserver and etcd CPU per Deployment', unit: 'ms', samples: cpuCosts(deployments) },
    { name: 'list of 10,000 ConfigMaps of 2 KiB', unit: 's', samples: listSeconds },
  ];
}

function rates(runs: readonly CreateRate[]): readonly number[] {
  return runs.map((run) => run.createsPerSecond);
}

function cpuCosts(runs: readonly CreateRate[]): readonly number[] {
  return runs.map((run) => run.serverCpuMsPerCreate);
}
