/**
 * From probes to the Ready condition (pure). The first observation counts at once; after that the condition flips between True and not True only when the new state has been observed without
 * interruption for the threshold: a single lost probe moves nothing.
 */
export type ProbeResult =
  | { readonly kind: 'ready' }
  | { readonly kind: 'not-ready'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string };

export interface ReadyCondition {
  readonly status: 'True' | 'False';
  readonly reason: 'ClusterReady' | 'ClusterNotReady' | 'ClusterNotReachable';
  readonly message: string;
}

export interface HealthState {
  readonly condition: ReadyCondition;
  /** When the observed state began to differ from the condition; `undefined` while they agree. */
  readonly differsSinceMs: number | undefined;
}

export interface HealthThresholds {
  readonly successMs: number;
  readonly failureMs: number;
}

export const defaultThresholds: HealthThresholds = { successMs: 30_000, failureMs: 30_000 };

export function nextHealth(
  state: HealthState | undefined,
  probe: ProbeResult,
  nowMs: number,
  thresholds: HealthThresholds,
): HealthState {
  const observed = conditionOf(probe);
  if (state === undefined || state.condition.status === observed.status) {
    return { condition: observed, differsSinceMs: undefined };
  }
  const differsSinceMs = state.differsSinceMs ?? nowMs;
  const thresholdMs = observed.status === 'True' ? thresholds.successMs : thresholds.failureMs;
  if (nowMs - differsSinceMs >= thresholdMs) return { condition: observed, differsSinceMs: undefined };
  return { condition: state.condition, differsSinceMs };
}

function conditionOf(probe: ProbeResult): ReadyCondition {
  switch (probe.kind) {
    case 'ready':
      return { status: 'True', reason: 'ClusterReady', message: 'cluster is healthy and ready to accept workloads' };
    case 'not-ready':
      return {
        status: 'False',
        reason: 'ClusterNotReady',
        message: `cluster is reachable but health endpoint responded without ok: ${probe.message}`,
      };
    case 'unreachable':
      return { status: 'False', reason: 'ClusterNotReachable', message: `cluster is not reachable: ${probe.message}` };
  }
}
