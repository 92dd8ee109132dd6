import { setTimeout as delay } from 'node:timers/promises';

import { processPeakRssBytes, processRssBytes } from '@flotilla/test-clusters/process-usage';

import { runBurst, untilQuiet, withBurstStage } from './burst-run.ts';
import { withBenchMembers } from './floor.ts';
import { withPlatform } from './joined-platform.ts';
import type { Scenario } from './scenario.ts';

const DEFAULT_COUNT = 1000;
const BYTES_PER_MIB = 1024 ** 2;
const SIMULATED_MEMBERS = 3;
const IDLE_MS = 15_000;

/** Resident memory: with controllers in the members, whose reports and Pods the platform has to take in, too. */
export const memoryScenario: Scenario = {
  name: 'memory',
  description: 'resident memory after the burst, and idle with three simulated members',
  run: async (context) => {
    const count = context.count ?? DEFAULT_COUNT;
    const present: number[] = [];
    const settled: number[] = [];
    const peak: number[] = [];
    const idle: number[] = [];
    for (let run = 1; run <= context.runs; run++) {
      await withBenchMembers(context, 'with-controllers', async (set) =>
        withBurstStage({ nodeArgs: context.nodeArgs }, set, async (stage) => {
          const { pid } = stage.platform;
          await runBurst(stage, count);
          present.push(processRssBytes(pid) / BYTES_PER_MIB);
          const { rssBytes, isQuiet } = await untilQuiet(pid);
          if (!isQuiet) context.report('the members were still reporting when memory was read');
          settled.push(rssBytes / BYTES_PER_MIB);
          peak.push(processPeakRssBytes(pid) / BYTES_PER_MIB);
        }),
      );
      const options = { simulatedMembers: SIMULATED_MEMBERS, nodeArgs: context.nodeArgs };
      await withPlatform(options, async ({ platform }) => {
        await delay(IDLE_MS);
        idle.push(processRssBytes(platform.pid) / BYTES_PER_MIB);
      });
      context.report(
        `run ${run} of ${context.runs}: ${settled.at(-1)?.toFixed(0)} MiB after the burst, idle ${idle.at(-1)?.toFixed(0)} MiB`,
      );
    }
    return [
      { name: 'when the last object is present', unit: 'MiB', samples: present },
      {
        name: 'after the burst, when the members have reported',
        unit: 'MiB',
        samples: settled,
        target: { of: 'median', bound: 'at most', value: 400 },
      },
      {
        name: 'peak',
        unit: 'MiB',
        samples: peak,
        target: { of: 'median', bound: 'at most', value: 400 },
      },
      {
        name: 'idle with three simulated members',
        unit: 'MiB',
        samples: idle,
        target: { of: 'median', bound: 'at most', value: 150 },
      },
    ];
  },
};
