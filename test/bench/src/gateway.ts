import { processCpuMs } from '@flotilla/test-clusters/process-usage';

import { withPlatform } from './joined-platform.ts';
import { measureServers, withPeerApiserver } from './peer-apiserver.ts';
import type { ServerRuns } from './peer-apiserver.ts';
import type { CreateRate } from './create-rate.ts';
import type { Figure, Scenario, Target } from './scenario.ts';

const CPU_TARGET: Target = { of: 'median', bound: 'at most', value: 0.4 };
const RATE_TARGET: Target = { of: 'ratio', bound: 'at least', value: 3 };

/** The same requests to the real API server with durable etcd and to the gateway, in turn. */
export const gatewayScenario: Scenario = {
  name: 'gateway',
  description: 'creates a second with 50 in flight and a list of 10,000: the gateway beside a real API server',
  run: async (context) => {
    const [peer, gateway] = await withPeerApiserver(context, async (peerServer) =>
      withPlatform({ nodeArgs: context.nodeArgs }, async ({ platform, client }) =>
        measureServers(context, [peerServer, { name: 'gateway', client, cpuMs: () => processCpuMs(platform.pid) }]),
      ),
    );
    if (peer === undefined || gateway === undefined) throw new Error('nothing was measured');
    return [
      ...createFigures('2 KiB ConfigMap', peer.configMaps, gateway.configMaps),
      ...createFigures('Deployment', peer.deployments, gateway.deployments),
      ...listFigures(peer, gateway),
    ];
  },
};

function createFigures(kind: string, peer: readonly CreateRate[], gateway: readonly CreateRate[]): readonly Figure[] {
  const peerRate = `peer: ${kind}s created`;
  const peerCpu = `peer: CPU per ${kind}`;
  return [
    { name: peerRate, unit: '1/s', samples: peer.map((run) => run.createsPerSecond) },
    {
      name: `${kind}s created`,
      unit: '1/s',
      samples: gateway.map((run) => run.createsPerSecond),
      floor: peerRate,
      target: RATE_TARGET,
    },
    { name: peerCpu, unit: 'ms', samples: peer.map((run) => run.serverCpuMsPerCreate) },
    {
      name: `CPU per ${kind}`,
      unit: 'ms',
      samples: gateway.map((run) => run.serverCpuMsPerCreate),
      floor: peerCpu,
      target: CPU_TARGET,
    },
  ];
}

function listFigures(peer: ServerRuns, gateway: ServerRuns): readonly Figure[] {
  const peerList = 'peer: list of 10,000 ConfigMaps of 2 KiB';
  return [
    { name: peerList, unit: 's', samples: peer.listSeconds },
    {
      name: 'list of 10,000 ConfigMaps of 2 KiB',
      unit: 's',
      samples: gateway.listSeconds,
      floor: peerList,
      target: { of: 'ratio', bound: 'at most', value: 1 },
    },
  ];
}
