import type { Taint, Toleration } from '@flotilla/kinds/karmada/cluster';
import { isAssigned } from '../workload.ts';
import type { Filter, Rejection } from './filter.ts';

/** Every NoSchedule and NoExecute taint must be tolerated. A cluster that has the workload keeps it: removal is the eviction's business. */
export const taintToleration: Filter = {
  name: 'taint-toleration',
  scope: 'placement',
  check(cluster, { placement, workload }): Rejection | undefined {
    const taint = cluster.taints.find((candidate) => !isTolerated(candidate, placement.tolerations));
    if (taint === undefined || isAssigned(workload, cluster.name)) return undefined;
    return { reason: `cluster(s) had untolerated taint {${formatTaint(taint)}}` };
  },
};

export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/** Kubernetes' rule: empty effect = every effect; empty key needs Exists and means every key; no operator = Equal. */
export function tolerates({ key = '', operator, value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case 'Exists':
      return true;
    case 'Equal':
    case undefined:
      return key !== '' && value === (taint.value ?? '');
    default:
      return false;
  }
}

export function formatTaint({ key, value, effect }: Taint): string {
  return value ? `${key}=${value}:${effect}` : `${key}:${effect}`;
}
