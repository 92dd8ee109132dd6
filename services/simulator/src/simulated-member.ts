import { join } from 'node:path';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createClusterControllers } from './cluster-controllers.ts';
import { serveMember } from './member-api.ts';
import { loadIdentity } from './member-identity.ts';
import { memberKubeconfig } from './member-kubeconfig.ts';
import { deployments, namespaces, nodes, pods } from './model/resources.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { newNodes } from './pods/node-objects.ts';
import { defaultPodTimes } from './pods/pod-life.ts';
import { createClusterView } from './runner/cluster-view.ts';
import { createControllerRunner } from './runner/controller-runner.ts';
import { createTimer } from './runner/timer.ts';
import type {
  MemberAccess,
  MemberCounts,
  SimulatedMemberDeps,
  SimulatedMemberOptions,
} from './simulated-member-options.ts';
import { Stops } from './stops.ts';

/** A Kubernetes cluster that runs nothing: a real API, and workloads that progress as if there were machines. */
export interface SimulatedMember {
  /** Resolves when it serves. Rejects with a message for people when the port is taken or the directory is in use. */
  start(): Promise<MemberAccess>;
  stop(): Promise<void>;
  counts(): MemberCounts;
}

/** A member's clients watch from now on or list again: a short history will do. */
const history = { entries: 4_000, bytes: 8 * 1024 * 1024 };

export function createSimulatedMember(deps: SimulatedMemberDeps, options: SimulatedMemberOptions): SimulatedMember {
  const stops = new Stops();
  let store: ObjectStore | undefined;

  async function start(): Promise<MemberAccess> {
    const file = await loadIdentity(options.directory);
    store = await openStore(deps, options, stops);
    await ensureCluster({ store, now: deps.now, newUid: deps.newUid }, nodesOf(options, deps.now()));
    const { port } = await serveMember(deps, options, store, file.identity, stops);
    runCluster(deps, options, store, stops);
    await file.savePort(port);
    const url = `https://${options.host ?? '127.0.0.1'}:${port}`;
    const { adminToken } = file.identity;
    const { caPem } = options.tls;
    return {
      url,
      caPem,
      adminToken,
      kubeconfig: memberKubeconfig({ name: options.name, url, caPem, token: adminToken }),
    };
  }

  return {
    async start() {
      try {
        return await start();
      } catch (error) {
        await stops.run();
        throw error;
      }
    },
    async stop() {
      await stops.run();
      store = undefined;
    },
    counts: () => ({
      nodes: store?.count(nodes) ?? 0,
      namespaces: store?.count(namespaces) ?? 0,
      deployments: store?.count(deployments) ?? 0,
      pods: store?.count(pods) ?? 0,
    }),
  };
}

async function openStore(
  deps: SimulatedMemberDeps,
  options: SimulatedMemberOptions,
  stops: Stops,
): Promise<ObjectStore> {
  const { directory } = options;
  const log = await createEmbeddedLog({
    ...(directory !== undefined && { directory: join(directory, 'log') }),
    durability: 'none',
    historyMaxEntries: history.entries,
    historyMaxBytes: history.bytes,
    now: deps.now,
    report: deps.report,
  });
  stops.add(() => log.close());
  const end = new AbortController();
  stops.add(() => {
    end.abort(new Error('the simulated member stops'));
  });
  const historyWindow = { maxChanges: history.entries, maxBytes: history.bytes };
  return createObjectStore({ log, historyWindow, signal: end.signal });
}

function runCluster(
  deps: SimulatedMemberDeps,
  options: SimulatedMemberOptions,
  store: ObjectStore,
  stops: Stops,
): void {
  const view = createClusterView(store);
  stops.add(() => {
    view.close();
  });
  const runner = createControllerRunner({
    store,
    view,
    controllers: createClusterControllers({
      memberIndex: options.index ?? 0,
      caPem: options.tls.caPem,
      podTimes: { ...defaultPodTimes, ...options.podTimes },
    }),
    timer: deps.timer ?? createTimer(deps.now),
    random: deps.random,
    newUid: deps.newUid,
    report: deps.report,
  });
  runner.start();
  stops.add(() => runner.stop());
}

function nodesOf(options: SimulatedMemberOptions, nowMs: number): ReturnType<typeof newNodes> {
  const { count = 3, cpu = '16', memory = '64Gi', ephemeralStorage = '100Gi', podsMax = 110 } = options.nodes ?? {};
  const { name, index = 0, provider, region, zones, nodeLabels = {} } = options;
  return newNodes(
    {
      memberName: name,
      memberIndex: index,
      provider,
      region,
      zones,
      count,
      cpu,
      memory,
      ephemeralStorage,
      podsMax,
      labels: nodeLabels,
    },
    nowMs,
  );
}
