import { runBurst, withBurstStage } from './burst-run.ts';
import type { BurstRun } from './burst-run.ts';
import { measureFloor, withBenchMembers } from './floor.ts';
import type { FloorRun } from './floor.ts';
import type { Figure, Scenario } from './scenario.ts';

const COUNTS: readonly number[] = [100, 1000, 5000];
const REFERENCE_COUNT = 1000;

/** Whether the cost of one more Deployment depends on how many there are. Members without controllers, for steadier figures. */
export const scaleScenario: Scenario = {
  name: 'scale',
  description: 'the burst with 100, 1,000 and 5,000 Deployments: time and CPU per Deployment',
  run: async (context) => {
    const figures: Figure[] = [];
    for (const count of COUNTS) {
      const floors: FloorRun[] = [];
      const runs: BurstRun[] = [];
      for (let run = 1; run <= context.runs; run++) {
        const floor = await withBenchMembers(context, 'api-only', async (set) => measureFloor(set, count));
        const burst = await withBenchMembers(context, 'api-only', async (set) =>
          withBurstStage({ nodeArgs: context.nodeArgs }, set, async (stage) => runBurst(stage, count)),
        );
        floors.push(floor);
        runs.push(burst);
        context.report(
          `run ${run} of ${context.runs}, ${count}: ${burst.seconds.toFixed(2)} s (floor ${floor.createSeconds.toFixed(2)} s)`,
        );
      }
      figures.push(...scaleFigures(count, floors, runs));
    }
    return figures;
  },
};

function scaleFigures(count: number, floors: readonly FloorRun[], runs: readonly BurstRun[]): readonly Figure[] {
  const timeName = (of: number): string => `time per Deployment, ${of}`;
  return [
    {
      name: `floor: time per Deployment, ${count}`,
      unit: 'ms',
      samples: floors.map((run) => (run.createSeconds * 1000) / count),
    },
    {
      name: timeName(count),
      unit: 'ms',
      samples: runs.map((run) => (run.seconds * 1000) / count),
      ...(count === REFERENCE_COUNT
        ? {}
        : { floor: timeName(REFERENCE_COUNT), target: { of: 'ratio', bound: 'within', value: 0.2 } }),
    },
    { name: `platform CPU per Deployment, ${count}`, unit: 'ms', samples: runs.map((run) => run.cpuMs / count) },
  ];
}
