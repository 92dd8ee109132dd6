import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import { startMembers } from '@flotilla/test-clusters/members';

import { CREATES_IN_FLIGHT } from './joined-platform.ts';
import { measureCreateRate } from './create-rate.ts';
import type { CreateRate } from './create-rate.ts';
import { connectToMembers, serversCpuMs } from './member-writes.ts';
import { configMap, deployment, numberedName } from './objects.ts';
import type { Figure, Scenario, ScenarioContext } from './scenario.ts';

export const LISTED_OBJECTS = 10_000;
const DEFAULT_COUNT = 2000;

/** What the gateway is compared with: creates and a long list against a real API server whose etcd syncs to disk. */
export const peerApiserverScenario: Scenario = {
  name: 'peer-apiserver',
  description: 'creates a second with 50 in flight, and a list of 10,000, at one real API server with durable etcd',
  run: async (context) => {
    const [runs] = await withPeerApiserver(context, async (server) => measureServers(context, [server]));
    return runs === undefined ? [] : figuresOf(runs);
  },
};

export interface ServerRuns {
  readonly configMaps: readonly CreateRate[];
  readonly deployments: readonly CreateRate[];
  readonly listSeconds: readonly number[];
}

/** Starts the API server that others are compared with; ended after `work`. */
export async function withPeerApiserver<T>(
  { binaries, report }: ScenarioContext,
  work: (server: MeasuredServer) => Promise<T>,
): Promise<T> {
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
    return await work({
      name: 'peer',
      client: target.client,
      cpuMs: () => serversCpuMs(set.members, set.etcdPid),
    });
  } finally {
    await Promise.all(targets.map(async ({ client }) => client.close()));
    await set.stop();
  }
}

/** Anything that speaks the Kubernetes API. */
export interface MeasuredServer {
  readonly name: string;
  /** Its connections are open. */
  readonly client: DirectClient;
  /** CPU time used so far by everything that serves the requests. */
  readonly cpuMs: () => number;
}

/**
 * Measures the servers in turn within each run, so that other load on the machine meets all of them. A run before the
 * first warms up. Each run works in namespaces of its own.
 */
export async function measureServers(
  context: ScenarioContext,
  servers: readonly MeasuredServer[],
): Promise<readonly ServerRuns[]> {
  const { runs, report } = context;
  const count = context.count ?? DEFAULT_COUNT;
  const measured = servers.map((server) => ({
    server,
    configMaps: [] as CreateRate[],
    deployments: [] as CreateRate[],
    listSeconds: [] as number[],
  }));
  for (let run = 0; run <= runs; run++) {
    for (const { server, configMaps, deployments } of measured) {
      const rates = await measureCreates(server, run === 0 ? 'bench-warm-up' : `bench-${run}`, count);
      if (run === 0) continue;
      configMaps.push(rates.configMaps);
      deployments.push(rates.deployments);
      report(
        `run ${run} of ${runs}, ${server.name}: ${rates.configMaps.createsPerSecond.toFixed(0)} ConfigMaps/s, ` +
          `${rates.deployments.createsPerSecond.toFixed(0)} Deployments/s`,
      );
    }
  }
  for (const { server } of measured) {
    report(`${server.name}: filling a namespace with ${LISTED_OBJECTS} ConfigMaps`);
    await fillForList(server.client);
  }
  for (let run = 0; run <= runs; run++) {
    for (const { server, listSeconds } of measured) {
      const seconds = await measureList(server.client);
      if (run > 0) listSeconds.push(seconds);
    }
  }
  return measured;
}

async function measureCreates(
  { client, cpuMs }: MeasuredServer,
  namespace: string,
  count: number,
): Promise<{ readonly configMaps: CreateRate; readonly deployments: CreateRate }> {
  await createNamespace(client, namespace);
  const measure = async (path: string, build: (name: string) => unknown): Promise<CreateRate> => {
    const bodies = Array.from({ length: count }, (_, index) => JSON.stringify(build(numberedName('bench', index))));
    return measureCreateRate({ client, path, bodies, inFlight: CREATES_IN_FLIGHT, serverCpuMs: cpuMs });
  };
  return {
    configMaps: await measure(`/api/v1/namespaces/${namespace}/configmaps`, (name) => configMap(namespace, name)),
    deployments: await measure(`/apis/apps/v1/namespaces/${namespace}/deployments`, (name) =>
      deployment(namespace, name, 1),
    ),
  };
}

const LIST_NAMESPACE = 'bench-list';
const LIST_PATH = `/api/v1/namespaces/${LIST_NAMESPACE}/configmaps`;

async function fillForList(client: DirectClient): Promise<void> {
  await createNamespace(client, LIST_NAMESPACE);
  const bodies = Array.from({ length: LISTED_OBJECTS }, (_, index) =>
    JSON.stringify(configMap(LIST_NAMESPACE, numberedName('bench', index))),
  );
  await measureCreateRate({ client, path: LIST_PATH, bodies, inFlight: CREATES_IN_FLIGHT, serverCpuMs: () => 0 });
}

async function measureList(client: DirectClient): Promise<number> {
  const startMs = performance.now();
  const { status } = await client.request('GET', LIST_PATH);
  if (status !== 200) throw new Error(`the list answered ${status}`);
  return (performance.now() - startMs) / 1000;
}

async function createNamespace(client: DirectClient, name: string): Promise<void> {
  await client.expect('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

function figuresOf({ configMaps, deployments, listSeconds }: ServerRuns): readonly Figure[] {
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
