import { describe, expect, it } from 'vitest';

import { nextHealth } from './health.ts';
import type { HealthState, ProbeResult } from './health.ts';

const thresholds = { successMs: 30_000, failureMs: 30_000 };
const ready: ProbeResult = { kind: 'ready' };
const gone: ProbeResult = { kind: 'unreachable', message: 'ECONNREFUSED' };

function run(...probes: readonly (readonly [ms: number, probe: ProbeResult])[]): HealthState | undefined {
  return probes.reduce<HealthState | undefined>(
    (state, [ms, probe]) => nextHealth(state, probe, ms, thresholds),
    undefined,
  );
}

describe('nextHealth', () => {
  it('believes the first observation at once', () => {
    expect(run([0, ready])?.condition.status).toBe('True');
    expect(run([0, gone])?.condition).toMatchObject({ status: 'False', reason: 'ClusterNotReachable' });
  });

  it('flips only after the whole threshold', () => {
    expect(run([0, ready], [10_000, gone], [39_999, gone])?.condition.status).toBe('True');
    expect(run([0, ready], [10_000, gone], [40_000, gone])?.condition.status).toBe('False');
  });

  it('starts over when the observation is interrupted', () => {
    expect(run([0, ready], [10_000, gone], [30_000, ready], [35_000, gone], [50_000, gone])?.condition.status).toBe(
      'True',
    );
  });

  it('takes a new reason at once while the status stays', () => {
    const unhealthy: ProbeResult = { kind: 'not-ready', message: 'etcd' };
    expect(run([0, gone], [1, unhealthy])?.condition.reason).toBe('ClusterNotReady');
  });
});
