import { startMembers } from '@flotilla/test-clusters/members';
import type { MemberSet } from '@flotilla/test-clusters/members';

import { watchArrivals } from './arrivals.ts';
import { connectToMembers, serversCpuMs, WRITES_IN_FLIGHT, writeToMembers } from './member-writes.ts';
import type { PreparedWrite } from './member-writes.ts';
import { numberedName, renderedDeployment } from './objects.ts';
import type { Figure, Scenario, ScenarioContext } from './scenario.ts';

/** Ten replicas over three members by static weights 1:2:1, and after a change of the policy to 2:1:1. */
export const REPLICAS_BEFORE: readonly number[] = [3, 5, 2];
export const REPLICAS_AFTER: readonly number[] = [5, 3, 2];
export const BENCH_MEMBERS: readonly string[] = ['member1', 'member2', 'member3'];
export const BENCH_NAMESPACE = 'default';
const DEFAULT_COUNT = 1000;
const DEPLOYMENTS_PATH = `/apis/apps/v1/namespaces/${BENCH_NAMESPACE}/deployments`;

/**
 * The least time in which the objects of the burst can get into the members: a client that knows the rendered manifests
 * already and does nothing but send them. Each run has members of its own, because the controller manager is busy with the
 * Pods for minutes afterwards.
 */
export const floorScenario: Scenario = {
  name: 'floor',
  description: '1,000 rendered Deployments written to three real API servers by a direct client, then updated',
  run: async (context) => {
    const count = context.count ?? DEFAULT_COUNT;
    const runs: FloorRun[] = [];
    const bareRuns: FloorRun[] = [];
    for (let run = 1; run <= context.runs; run++) {
      const bare = await withBenchMembers(context, 'api-only', async (set) => measureFloor(set, count));
      const busy = await withBenchMembers(context, 'with-controllers', async (set) => measureFloor(set, count));
      bareRuns.push(bare);
      runs.push(busy);
      context.report(
        `run ${run} of ${context.runs}: ${busy.createSeconds.toFixed(2)} s, ` +
          `without controllers ${bare.createSeconds.toFixed(2)} s`,
      );
    }
    return [...figures('with controllers', runs, count), ...figures('API servers only', bareRuns, count)];
  },
};

export interface FloorRun {
  readonly createSeconds: number;
  readonly createClientCpuMs: number;
  readonly createServerCpuMs: number;
  readonly updateSeconds: number;
}

/**
 * `with-controllers` runs a controller manager in each member, which takes its share of the machine while it makes
 * ReplicaSets and Pods of what arrives; with `api-only` the figures are steadier.
 */
export type BenchMembersMode = 'with-controllers' | 'api-only';

/** Three members without nodes, as a burst needs them; ended after `work`. */
export async function withBenchMembers<T>(
  { binaries, report }: ScenarioContext,
  mode: BenchMembersMode,
  work: (set: MemberSet) => Promise<T>,
): Promise<T> {
  report(`starting three members (${mode})`);
  const set = await startMembers({
    binaries,
    names: BENCH_MEMBERS,
    withControllerManager: mode === 'with-controllers',
    withScheduler: false,
    withNodes: false,
  });
  try {
    return await work(set);
  } finally {
    await set.stop();
  }
}

/**
 * Writes `count` Deployments into each member, then updates each; the members must not have them yet. The members are watched
 * for arrivals as they are in the runs that are compared with this one, because serving those watches costs them time.
 */
export async function measureFloor(set: MemberSet, count: number): Promise<FloorRun> {
  const targets = await connectToMembers(set.members, WRITES_IN_FLIGHT);
  const arrivals = await watchArrivals(set.members, BENCH_NAMESPACE);
  try {
    const clientBefore = process.cpuUsage();
    const serverBeforeMs = serversCpuMs(set.members, set.etcdPid);
    const createSeconds = await writeToMembers(targets, preparedWrites('POST', count, REPLICAS_BEFORE));
    const client = process.cpuUsage(clientBefore);
    const createServerCpuMs = serversCpuMs(set.members, set.etcdPid) - serverBeforeMs;
    const updates = preparedWrites('PUT', count, REPLICAS_AFTER);
    const updateSeconds = await writeToMembers(targets, (index) => (isChanged(index) ? updates(index) : []));
    return { createSeconds, createClientCpuMs: (client.user + client.system) / 1000, createServerCpuMs, updateSeconds };
  } finally {
    arrivals.close();
    await Promise.all(targets.map(async (target) => target.client.close()));
  }
}

/** Only what changes is written again. */
function isChanged(memberIndex: number): boolean {
  return REPLICAS_BEFORE[memberIndex] !== REPLICAS_AFTER[memberIndex];
}

function preparedWrites(
  method: PreparedWrite['method'],
  count: number,
  replicas: readonly number[],
): (memberIndex: number) => readonly PreparedWrite[] {
  return (memberIndex) =>
    Array.from({ length: count }, (_, index) => {
      const name = numberedName('burst', index);
      const path = method === 'POST' ? DEPLOYMENTS_PATH : `${DEPLOYMENTS_PATH}/${name}`;
      return {
        method,
        path,
        body: JSON.stringify(renderedDeployment(BENCH_NAMESPACE, name, replicas[memberIndex] ?? 1)),
      };
    });
}

function figures(mode: string, runs: readonly FloorRun[], count: number): readonly Figure[] {
  return [
    { name: `create, ${mode}`, unit: 's', samples: runs.map((run) => run.createSeconds) },
    { name: `update, ${mode}`, unit: 's', samples: runs.map((run) => run.updateSeconds) },
    {
      name: `client CPU per Deployment, ${mode}`,
      unit: 'ms',
      samples: runs.map((run) => run.createClientCpuMs / count),
    },
    {
      name: `apiserver and etcd CPU per Deployment, ${mode}`,
      unit: 'ms',
      samples: runs.map((run) => run.createServerCpuMs / count),
    },
  ];
}
