import { timestamp } from './timestamp.ts';

export interface StatusCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly lastProbeTime?: string | null;
  readonly lastHeartbeatTime?: string;
  readonly observedGeneration?: number;
}

export function findCondition(
  conditions: readonly StatusCondition[] | undefined,
  type: string,
): StatusCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly StatusCondition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/** Puts conditions in; `lastTransitionTime` stays where the status stays. Returns the list it was given when nothing changes. */
export function withConditions(
  current: readonly StatusCondition[] | undefined,
  wanted: readonly StatusCondition[],
  nowMs: number,
): readonly StatusCondition[] {
  let result: StatusCondition[] | undefined;
  for (const condition of wanted) {
    const list = result ?? current ?? [];
    const at = list.findIndex(({ type }) => type === condition.type);
    const before = list[at];
    if (before !== undefined && isUnchanged(before, condition)) continue;
    const lastTransitionTime =
      before?.status === condition.status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(nowMs);
    result ??= [...(current ?? [])];
    result.splice(at < 0 ? result.length : at, at < 0 ? 0 : 1, { ...condition, lastTransitionTime });
  }
  return result ?? current ?? [];
}

function isUnchanged(before: StatusCondition, wanted: StatusCondition): boolean {
  return (
    before.status === wanted.status &&
    before.reason === wanted.reason &&
    before.message === wanted.message &&
    (wanted.lastUpdateTime === undefined || before.lastUpdateTime === wanted.lastUpdateTime)
  );
}
