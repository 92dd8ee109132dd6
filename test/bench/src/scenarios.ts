import { burstScenario } from './burst.ts';
import { floorScenario } from './floor.ts';
import { gatewayScenario } from './gateway.ts';
import { latencyScenario } from './latency.ts';
import { logScenario } from './log.ts';
import { memoryScenario } from './memory.ts';
import { peerApiserverScenario } from './peer-apiserver.ts';
import { policyChangeScenario } from './policy-change.ts';
import { restartScenario } from './restart.ts';
import { scaleScenario } from './scale.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario that can be run; one file each. */
export const SCENARIOS: readonly Scenario[] = [
  burstScenario,
  policyChangeScenario,
  latencyScenario,
  memoryScenario,
  gatewayScenario,
  restartScenario,
  scaleScenario,
  logScenario,
  floorScenario,
  peerApiserverScenario,
];
