import { floorScenario } from './floor.ts';
import { peerApiserverScenario } from './peer-apiserver.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario that can be run; one file each. */
export const SCENARIOS: readonly Scenario[] = [floorScenario, peerApiserverScenario];
