import { processCpuMs } from '@flotilla/test-clusters/process-usage';

import type { ReplicasByMember } from './arrivals.ts';
import { BURST_MODES } from './burst.ts';
import { POLICIES_PATH, REPLICAS, runBurst, untilQuiet, withBurstStage } from './burst-run.ts';
import { BENCH_NAMESPACE, measureFloor, withBenchMembers } from './floor.ts';
import type { BenchMembersMode, FloorRun } from './floor.ts';
import { weightedPolicy } from './objects.ts';
import type { Figure, Scenario, ScenarioContext } from './scenario.ts';

const DEFAULT_COUNT = 1000;
const WEIGHTS_AFTER: Readonly<Record<string, number>> = { member1: 2, member2: 1, member3: 1 };

/** One write by the user, and everything that is there moves. */
export const policyChangeScenario: Scenario = {
  name: 'policy-change',
  description: 'the weights of a policy change with 1,000 Deployments present: until all members are corrected',
  run: async (context) => {
    const count = context.count ?? DEFAULT_COUNT;
    const figures: Figure[] = [];
    for (const mode of BURST_MODES) {
      const floors: FloorRun[] = [];
      const runs: PolicyChangeRun[] = [];
      for (let run = 1; run <= context.runs; run++) {
        const floor = await withBenchMembers(context, mode, async (set) => measureFloor(set, count));
        const change = await measureChange(context, mode, count);
        floors.push(floor);
        runs.push(change);
        context.report(
          `run ${run} of ${context.runs}, ${mode}: ${change.seconds.toFixed(2)} s ` +
            `(floor ${floor.updateSeconds.toFixed(2)} s), ${change.changed} objects changed`,
        );
      }
      figures.push(...changeFigures(mode, count, floors, runs));
    }
    return figures;
  },
};

interface PolicyChangeRun {
  readonly seconds: number;
  readonly cpuMs: number;
  /** Objects in the members that got other replicas: what the floor has to write, too. */
  readonly changed: number;
}

async function measureChange(
  context: ScenarioContext,
  mode: BenchMembersMode,
  count: number,
): Promise<PolicyChangeRun> {
  return withBenchMembers(context, mode, async (set) =>
    withBurstStage({ nodeArgs: context.nodeArgs }, set, async (stage) => {
      const { client, platform, arrivals } = stage;
      await runBurst(stage, count);
      // The floor updates right after it created; with controllers the members stay busy for minutes in both cases.
      if (mode === 'api-only') await untilQuiet(platform.pid);
      const path = `${POLICIES_PATH}/bench`;
      const body = JSON.stringify(weightedPolicy(BENCH_NAMESPACE, WEIGHTS_AFTER));
      const changedBefore = arrivals.changed();
      const corrected = arrivals.until(count, (_, replicas) => isCorrected(replicas));
      const cpuBeforeMs = processCpuMs(platform.pid);
      const startMs = performance.now();
      await client.expect('PATCH', path, body, 'application/merge-patch+json');
      const correctedMs = await corrected;
      return {
        seconds: (correctedMs - startMs) / 1000,
        cpuMs: processCpuMs(platform.pid) - cpuBeforeMs,
        changed: arrivals.changed() - changedBefore,
      };
    }),
  );
}

/** Ten by 2:1:1 are five in the first, and three and two in the others, whoever gets the third. */
function isCorrected([first, second, third]: ReplicasByMember): boolean {
  if (first === undefined || second === undefined || third === undefined) return false;
  return first === 5 && Math.abs(second - third) === 1 && first + second + third === REPLICAS;
}

function changeFigures(
  mode: BenchMembersMode,
  count: number,
  floors: readonly FloorRun[],
  runs: readonly PolicyChangeRun[],
): readonly Figure[] {
  const floor = `floor: direct updates, ${mode}`;
  return [
    { name: floor, unit: 's', samples: floors.map((run) => run.updateSeconds) },
    {
      name: `until all members are corrected, ${mode}`,
      unit: 's',
      samples: runs.map((run) => run.seconds),
      floor,
      target: { of: 'ratio', bound: 'at most', value: 1.5 },
    },
    {
      name: `platform CPU per Deployment, ${mode}`,
      unit: 'ms',
      samples: runs.map((run) => run.cpuMs / count),
    },
    { name: `objects changed in members, ${mode}`, unit: '', samples: runs.map((run) => run.changed) },
  ];
}
