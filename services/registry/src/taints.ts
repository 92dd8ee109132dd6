/** Taints that follow the Ready condition (pure): False → not-ready, Unknown → unreachable, both NoSchedule; True → neither. NoExecute is never added here. */
import type { Taint } from '@flotilla/kinds/karmada/cluster';
import { notReadyTaint, unreachableTaint } from '@flotilla/kinds/karmada/well-known';

/** The same array when nothing changes. */
export function taintsFor(taints: readonly Taint[], ready: 'True' | 'False' | 'Unknown'): readonly Taint[] {
  const wanted = ready === 'False' ? notReadyTaint : ready === 'Unknown' ? unreachableTaint : undefined;
  const isOurs = ({ key, effect }: Taint): boolean =>
    effect === 'NoSchedule' && (key === notReadyTaint || key === unreachableTaint);
  const ours = taints.filter(isOurs);
  if (wanted === undefined ? ours.length === 0 : ours.length === 1 && ours[0]?.key === wanted) return taints;
  const others = taints.filter((taint) => !isOurs(taint));
  return wanted === undefined ? others : [...others, { key: wanted, effect: 'NoSchedule' }];
}
