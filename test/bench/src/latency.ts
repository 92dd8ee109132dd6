import { setTimeout as delay } from 'node:timers/promises';

import { isPresentEverywhere } from './arrivals.ts';
import type { Arrivals } from './arrivals.ts';
import { REPLICAS, withBurstStage } from './burst-run.ts';
import { BENCH_NAMESPACE, REPLICAS_BEFORE, withBenchMembers } from './floor.ts';
import { connectToMembers } from './member-writes.ts';
import { deployment, numberedName, renderedDeployment } from './objects.ts';
import type { Figure, Scenario } from './scenario.ts';
import { quantile } from './statistics.ts';

const DEFAULT_COUNT = 100;
const PAUSE_MS = 100;
const DEPLOYMENTS_PATH = `/apis/apps/v1/namespaces/${BENCH_NAMESPACE}/deployments`;

/**
 * How long a user waits at rest. All runs use one platform, so the first one, with cold code, is usually the maximum. The
 * members are API servers only: controllers that make Pods of each Deployment would be the load that "at rest" excludes.
 */
export const latencyScenario: Scenario = {
  name: 'latency',
  description: 'single applies one after another: from the request until present in all three members',
  run: async (context) => {
    const count = context.count ?? DEFAULT_COUNT;
    return withBenchMembers(context, 'api-only', async (set) =>
      withBurstStage({ nodeArgs: context.nodeArgs }, set, async ({ client, arrivals }) => {
        const targets = await connectToMembers(set.members, 2);
        const direct: Latencies[] = [];
        const platform: Latencies[] = [];
        for (let run = 1; run <= context.runs; run++) {
          const viaGateway = await measureLatencies(arrivals, count, `apply-${run}`, async (name) => {
            await client.expect('POST', DEPLOYMENTS_PATH, JSON.stringify(deployment(BENCH_NAMESPACE, name, REPLICAS)));
          });
          const viaMembers = await measureLatencies(arrivals, count, `direct-${run}`, async (name) => {
            await Promise.all(
              targets.map(async (target, index) => {
                const object = renderedDeployment(BENCH_NAMESPACE, name, REPLICAS_BEFORE[index] ?? 1);
                await target.client.expect('POST', DEPLOYMENTS_PATH, JSON.stringify(unmanaged(object)));
              }),
            );
          });
          platform.push(viaGateway);
          direct.push(viaMembers);
          context.report(
            `run ${run} of ${context.runs}: p50 ${viaGateway.p50.toFixed(1)} ms, p99 ${viaGateway.p99.toFixed(1)} ms ` +
              `(direct ${viaMembers.p50.toFixed(1)} and ${viaMembers.p99.toFixed(1)} ms)`,
          );
        }
        await Promise.all(targets.map(async (target) => target.client.close()));
        return latencyFigures(direct, platform);
      }),
    );
  },
};

interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly acknowledgedP50: number;
}

async function measureLatencies(
  arrivals: Arrivals,
  count: number,
  prefix: string,
  apply: (name: string) => Promise<void>,
): Promise<Latencies> {
  const presentMs: number[] = [];
  const acknowledgedMs: number[] = [];
  for (let index = 0; index < count; index++) {
    const expected = numberedName(prefix, index);
    const present = arrivals.until(1, (name, replicas) => name === expected && isPresentEverywhere(name, replicas));
    const startMs = performance.now();
    await apply(expected);
    acknowledgedMs.push(performance.now() - startMs);
    presentMs.push((await present) - startMs);
    await delay(PAUSE_MS);
  }
  return {
    p50: quantile(presentMs, 0.5),
    p99: quantile(presentMs, 0.99),
    acknowledgedP50: quantile(acknowledgedMs, 0.5),
  };
}

/** Without the marks of a managed object, so that the platform takes no interest in it. */
function unmanaged(object: ReturnType<typeof renderedDeployment>): unknown {
  const { labels, name, namespace } = object.metadata;
  return { ...object, metadata: { name, namespace, labels: { ...labels, 'karmada.io/managed': 'false' } } };
}

function latencyFigures(direct: readonly Latencies[], platform: readonly Latencies[]): readonly Figure[] {
  const floor50 = 'floor: direct client, p50';
  const floor99 = 'floor: direct client, p99';
  return [
    { name: floor50, unit: 'ms', samples: direct.map((run) => run.p50) },
    { name: floor99, unit: 'ms', samples: direct.map((run) => run.p99) },
    { name: 'apply acknowledged, p50', unit: 'ms', samples: platform.map((run) => run.acknowledgedP50) },
    {
      name: 'apply → present in all members, p50',
      unit: 'ms',
      samples: platform.map((run) => run.p50),
      floor: floor50,
      target: { of: 'median', bound: 'at most', value: 25 },
    },
    {
      name: 'apply → present in all members, p99',
      unit: 'ms',
      samples: platform.map((run) => run.p99),
      floor: floor99,
      target: { of: 'median', bound: 'at most', value: 100 },
    },
  ];
}
