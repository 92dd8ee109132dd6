import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import type { MemberSet } from '@flotilla/test-clusters/members';
import { startPlatform } from '@flotilla/test-clusters/platform';

import { runBurst, untilQuiet, withBurstStage } from './burst-run.ts';
import { measureCreateRate } from './create-rate.ts';
import { withBenchMembers } from './floor.ts';
import { CREATES_IN_FLIGHT } from './joined-platform.ts';
import { configMap, numberedName } from './objects.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

const DEFAULT_COUNT = 10_000;
const BYTES_PER_MIB = 1024 ** 2;
const CONFIG_MAPS_PATH = '/api/v1/namespaces/default/configmaps';

/**
 * SIGKILL with objects present, and start again on the same data. Half of the objects are ConfigMaps, a quarter Deployments
 * and a quarter their bindings.
 */
export const restartScenario: Scenario = {
  name: 'restart',
  description: 'killed with 10,000 objects and started again: from the start of the process until ready',
  run: async (context) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'flotilla-restart-'));
    try {
      return await withBenchMembers(context, 'api-only', async (set) => {
        const { readySeconds, settledMib } = await measureRestarts(context, set, dataDir);
        return [
          {
            name: 'start → ready',
            unit: 's',
            samples: readySeconds,
            target: { of: 'median', bound: 'at most', value: 2 },
          },
          { name: 'memory after the restart, when quiet', unit: 'MiB', samples: settledMib },
        ];
      });
    } finally {
      await Promise.all([dataDir, `${dataDir}.log`].map(async (path) => rm(path, { recursive: true, force: true })));
    }
  },
};

interface Restarts {
  readonly readySeconds: readonly number[];
  readonly settledMib: readonly number[];
}

async function measureRestarts(
  { nodeArgs, count = DEFAULT_COUNT, runs, report }: ScenarioContext,
  set: MemberSet,
  dataDir: string,
): Promise<Restarts> {
  report(`filling the platform with ${count} objects`);
  await withBurstStage({ nodeArgs, dataDir }, set, async (stage) => {
    await runBurst(stage, Math.floor(count / 4));
    await fillConfigMaps(stage.client, Math.ceil(count / 2));
    await untilQuiet(stage.platform.pid);
    await stage.platform.kill();
  });
  const readySeconds: number[] = [];
  const settledMib: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const platform = await startPlatform({ dataDir, nodeArgs });
    readySeconds.push(platform.readyAfterMs / 1000);
    report(`run ${run} of ${runs}: ready after ${(platform.readyAfterMs / 1000).toFixed(2)} s`);
    await requireConfigMaps(await platform.client(1), Math.ceil(count / 2));
    settledMib.push((await untilQuiet(platform.pid)).rssBytes / BYTES_PER_MIB);
    await platform.kill();
    await platform.stop();
  }
  return { readySeconds, settledMib };
}

async function fillConfigMaps(client: DirectClient, count: number): Promise<void> {
  const bodies = Array.from({ length: count }, (_, index) =>
    JSON.stringify(configMap('default', numberedName('restart', index))),
  );
  await measureCreateRate({
    client,
    path: CONFIG_MAPS_PATH,
    bodies,
    inFlight: CREATES_IN_FLIGHT,
    serverCpuMs: () => 0,
  });
}

/** A platform that is fast because it forgot something would not count. */
async function requireConfigMaps(client: DirectClient, count: number): Promise<void> {
  const names = JSON.stringify(await client.expect('GET', CONFIG_MAPS_PATH)).match(/"name":"restart-/g) ?? [];
  await client.close();
  if (names.length !== count) throw new Error(`${names.length} of ${count} ConfigMaps are there after the restart`);
}
