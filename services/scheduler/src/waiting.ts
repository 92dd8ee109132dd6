/** Templates that could not be served yet, by what may help them. Each is in here once; the number is that of the workloads. */
import type { TemplatePlan } from './template-plan.ts';
import type { TemplateKey } from './template-key.ts';

export type WaitReason = 'cluster' | 'room' | 'requirement' | 'quota';

export interface Waiting {
  note(key: TemplateKey, plan: TemplatePlan): WaitReason | undefined;
  forget(key: TemplateKey): void;
  keys(reason: WaitReason): readonly TemplateKey[];
  /** Those in an affinity or anti-affinity group. */
  grouped(): readonly TemplateKey[];
  readonly size: number;
}

export function createWaiting(): Waiting {
  const reasons = new Map<TemplateKey, { readonly reason: WaitReason; readonly isGrouped: boolean }>();
  const keysWhere = (accept: (entry: { readonly reason: WaitReason; readonly isGrouped: boolean }) => boolean) =>
    [...reasons].filter(([, entry]) => accept(entry)).map(([key]) => key);
  return {
    get size() {
      return reasons.size;
    },
    note(key, plan) {
      const reason = reasonOf(plan);
      if (reason === undefined) reasons.delete(key);
      else reasons.set(key, { reason, isGrouped: plan.binding?.spec.workloadAffinityGroups !== undefined });
      return reason;
    },
    forget: (key) => {
      reasons.delete(key);
    },
    keys: (wanted) => keysWhere(({ reason }) => reason === wanted),
    grouped: () => keysWhere(({ isGrouped }) => isGrouped),
  };
}

function reasonOf({ unmet, binding }: TemplatePlan): WaitReason | undefined {
  if (unmet !== undefined) return 'requirement';
  switch (binding?.scheduling?.outcome) {
    case 'no-cluster-fit':
      return 'cluster';
    case 'unschedulable':
    case 'failed':
      return 'room';
    case 'quota-exceeded':
      return 'quota';
    case 'placed':
    case undefined:
      return undefined;
  }
}
