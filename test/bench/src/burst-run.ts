import { setTimeout as delay } from 'node:timers/promises';

import type { MemberSet } from '@flotilla/test-clusters/members';
import type { PlatformOptions } from '@flotilla/test-clusters/platform';
import { processCpuMs, processPeakRssBytes, processRssBytes } from '@flotilla/test-clusters/process-usage';

import { isPresentEverywhere, watchArrivals } from './arrivals.ts';
import type { Arrivals } from './arrivals.ts';
import { postUnread } from './create-rate.ts';
import { BENCH_NAMESPACE } from './floor.ts';
import { inFlight } from './in-flight.ts';
import { serversCpuMs } from './member-writes.ts';
import { CREATES_IN_FLIGHT, joinMembers, withPlatform } from './joined-platform.ts';
import type { RunningPlatform } from './joined-platform.ts';
import { deployment, numberedName, weightedPolicy } from './objects.ts';

export const REPLICAS = 10;
export const WEIGHTS_BEFORE: Readonly<Record<string, number>> = { member1: 1, member2: 2, member3: 1 };
export const POLICIES_PATH = `/apis/policy.karmada.io/v1alpha1/namespaces/${BENCH_NAMESPACE}/propagationpolicies`;
const DEPLOYMENTS_PATH = `/apis/apps/v1/namespaces/${BENCH_NAMESPACE}/deployments`;

export interface BurstRun {
  /** From the first create until the last object is present in its member. */
  readonly seconds: number;
  /** From the first create until the last one is acknowledged. */
  readonly acknowledgedSeconds: number;
  /** CPU time of the platform until the last object is present. */
  readonly cpuMs: number;
  /** The same of the members' API servers and etcd. */
  readonly memberCpuMs: number;
  /** The same of the client that creates and watches. */
  readonly clientCpuMs: number;
  readonly peakRssBytes: number;
}

/** A platform with three joined members, the policy applied, and watches open in the members. */
export interface BurstStage extends RunningPlatform {
  readonly arrivals: Arrivals;
  /** CPU time that the members' API servers and etcd have used so far. */
  readonly memberCpuMs: () => number;
}

export async function withBurstStage<T>(
  options: Pick<PlatformOptions, 'nodeArgs' | 'dataDir'>,
  set: MemberSet,
  work: (stage: BurstStage) => Promise<T>,
): Promise<T> {
  return withPlatform(options, async (running) => {
    await joinMembers(running.client, set.members);
    await running.client.expect('POST', POLICIES_PATH, weightedPolicy(BENCH_NAMESPACE, WEIGHTS_BEFORE));
    const arrivals = await watchArrivals(set.members, BENCH_NAMESPACE);
    try {
      await untilQuiet(running.platform.pid);
      return await work({ ...running, arrivals, memberCpuMs: () => serversCpuMs(set.members, set.etcdPid) });
    } finally {
      arrivals.close();
    }
  });
}

/** Creates `count` Deployments through the gateway; none with this prefix may be there. */
export async function runBurst(stage: BurstStage, count: number, prefix = 'burst'): Promise<BurstRun> {
  const { client, platform, arrivals, memberCpuMs } = stage;
  const bodies = Array.from({ length: count }, (_, index) =>
    JSON.stringify(deployment(BENCH_NAMESPACE, numberedName(prefix, index), REPLICAS)),
  );
  const arrived = arrivals.until(
    count,
    (name, replicas) => name.startsWith(prefix) && isPresentEverywhere(name, replicas),
  );
  const cpuBeforeMs = processCpuMs(platform.pid);
  const memberBeforeMs = memberCpuMs();
  const clientBefore = process.cpuUsage();
  const startMs = performance.now();
  const creates = inFlight(count, CREATES_IN_FLIGHT, async (index) => {
    await postUnread(client, DEPLOYMENTS_PATH, bodies[index]);
  }).then(() => performance.now());
  const [acknowledgedMs, arrivedMs] = await Promise.all([creates, arrived]);
  const clientCpu = process.cpuUsage(clientBefore);
  return {
    seconds: (arrivedMs - startMs) / 1000,
    acknowledgedSeconds: (acknowledgedMs - startMs) / 1000,
    cpuMs: processCpuMs(platform.pid) - cpuBeforeMs,
    memberCpuMs: memberCpuMs() - memberBeforeMs,
    clientCpuMs: (clientCpu.user + clientCpu.system) / 1000,
    peakRssBytes: processPeakRssBytes(platform.pid),
  };
}

const QUIET_INTERVAL_MS = 1000;
const QUIET_CPU_SHARE = 0.03;
const QUIET_TIMEOUT_MS = 120_000;

export interface Quiet {
  readonly isQuiet: boolean;
  readonly rssBytes: number;
}

/** Waits until the process uses almost no CPU, at most two minutes. */
export async function untilQuiet(pid: number): Promise<Quiet> {
  const deadlineMs = Date.now() + QUIET_TIMEOUT_MS;
  for (;;) {
    const beforeMs = processCpuMs(pid);
    await delay(QUIET_INTERVAL_MS);
    const isQuiet = processCpuMs(pid) - beforeMs <= QUIET_INTERVAL_MS * QUIET_CPU_SHARE;
    if (isQuiet || Date.now() > deadlineMs) return { isQuiet, rssBytes: processRssBytes(pid) };
  }
}
