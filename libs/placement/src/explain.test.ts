import { describe, expect, it } from 'vitest';

import { explainDecision } from './explain.ts';
import type { DecisionReasons } from './reasons.ts';

describe('explainDecision', () => {
  it.each([
    ['names the room that a cluster has', 12, 'selected member1: score 0, room 12'],
    ['says nothing of room where nothing limits it', 2_147_483_647, 'selected member1: score 0'],
  ])('%s', (_title, available, expected) => {
    const reasons: DecisionReasons = {
      version: 1,
      outcome: 'placed',
      message: 'placed in 1 cluster',
      clusters: 1,
      strategy: 'duplicated',
      rejected: [],
      selection: { method: 'cluster', candidates: [['member1', 0, available, 0, 0]], chosen: ['member1'] },
      division: [],
    };
    expect(explainDecision(reasons)).toContain(expected);
  });
});
