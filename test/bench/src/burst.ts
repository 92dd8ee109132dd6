import { processCpuMs } from '@flotilla/test-clusters/process-usage';

import { runBurst, untilQuiet, withBurstStage } from './burst-run.ts';
import type { BurstRun } from './burst-run.ts';
import { measureFloor, withBenchMembers } from './floor.ts';
import type { BenchMembersMode, FloorRun } from './floor.ts';
import type { Figure, Scenario, ScenarioContext } from './scenario.ts';

const DEFAULT_COUNT = 1000;
const BYTES_PER_MIB = 1024 ** 2;
export const BURST_MODES: readonly BenchMembersMode[] = ['with-controllers', 'api-only'];

/** The main job under load. Platform and members are new in each run, so the platform's code is cold. */
export const burstScenario: Scenario = {
  name: 'burst',
  description: '1,000 Deployments through the gateway until the last is present in three real members',
  run: async (context) => {
    const count = context.count ?? DEFAULT_COUNT;
    const figures: Figure[] = [];
    for (const mode of BURST_MODES) {
      const floors: FloorRun[] = [];
      const runs: MeasuredBurst[] = [];
      for (let run = 1; run <= context.runs; run++) {
        const floor = await withBenchMembers(context, mode, async (set) => measureFloor(set, count));
        const burst = await measureBurst(context, mode, count);
        floors.push(floor);
        runs.push(burst);
        context.report(
          `run ${run} of ${context.runs}, ${mode}: ${burst.first.seconds.toFixed(2)} s ` +
            `(floor ${floor.createSeconds.toFixed(2)} s), ${(burst.first.cpuMs / count).toFixed(1)} CPU-ms each`,
        );
      }
      figures.push(...burstFigures(mode, count, floors, runs));
    }
    return figures;
  },
};

interface MeasuredBurst {
  readonly first: BurstRun;
  /** Where nothing goes on in the members: CPU until the platform has nothing left to do, and a second burst. */
  readonly settled?: { readonly cpuMs: number; readonly second: BurstRun };
}

async function measureBurst(context: ScenarioContext, mode: BenchMembersMode, count: number): Promise<MeasuredBurst> {
  return withBenchMembers(context, mode, async (set) =>
    withBurstStage({ nodeArgs: context.nodeArgs }, set, async (stage) => {
      const { pid } = stage.platform;
      const cpuBeforeMs = processCpuMs(pid);
      const first = await runBurst(stage, count);
      if (mode === 'with-controllers') return { first };
      await untilQuiet(pid);
      const cpuMs = processCpuMs(pid) - cpuBeforeMs;
      return { first, settled: { cpuMs, second: await runBurst(stage, count, 'again') } };
    }),
  );
}

function burstFigures(
  mode: BenchMembersMode,
  count: number,
  floors: readonly FloorRun[],
  runs: readonly MeasuredBurst[],
): readonly Figure[] {
  const floor = `floor: direct client, ${mode}`;
  const settled = runs.map((run) => run.settled).filter((value) => value !== undefined);
  const ofFirst = (value: (run: BurstRun) => number): readonly number[] => runs.map(({ first }) => value(first));
  return [
    { name: floor, unit: 's', samples: floors.map((run) => run.createSeconds) },
    {
      name: `floor: CPU of the members' API servers per Deployment, ${mode}`,
      unit: 'ms',
      samples: floors.map((run) => run.createServerCpuMs / count),
    },
    {
      name: `floor: CPU of the client per Deployment, ${mode}`,
      unit: 'ms',
      samples: floors.map((run) => run.createClientCpuMs / count),
    },
    {
      name: `until present in all members, ${mode}`,
      unit: 's',
      samples: ofFirst((run) => run.seconds),
      floor,
      target: { of: 'ratio', bound: 'at most', value: 1.5 },
    },
    { name: `until acknowledged, ${mode}`, unit: 's', samples: ofFirst((run) => run.acknowledgedSeconds) },
    {
      name: `platform CPU per Deployment until present, ${mode}`,
      unit: 'ms',
      samples: ofFirst((run) => run.cpuMs / count),
      target: { of: 'median', bound: 'at most', value: 6 },
    },
    {
      name: `CPU of the members' API servers per Deployment, ${mode}`,
      unit: 'ms',
      samples: ofFirst((run) => run.memberCpuMs / count),
    },
    {
      name: `CPU of the client per Deployment, ${mode}`,
      unit: 'ms',
      samples: ofFirst((run) => run.clientCpuMs / count),
    },
    {
      name: `platform memory, peak, ${mode}`,
      unit: 'MiB',
      samples: ofFirst((run) => run.peakRssBytes / BYTES_PER_MIB),
    },
    ...(settled.length === 0
      ? []
      : ([
          {
            name: `platform CPU per Deployment until quiet, ${mode}`,
            unit: 'ms',
            samples: settled.map((run) => run.cpuMs / count),
            target: { of: 'median', bound: 'at most', value: 6 },
          },
          {
            name: `second burst (warm), ${mode}`,
            unit: 's',
            samples: settled.map((run) => run.second.seconds),
            floor,
          },
          {
            name: `platform CPU per Deployment, second burst, ${mode}`,
            unit: 'ms',
            samples: settled.map((run) => run.second.cpuMs / count),
          },
        ] satisfies readonly Figure[])),
  ];
}
