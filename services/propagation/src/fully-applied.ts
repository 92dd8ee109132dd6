import { fullyAppliedCondition, fullyAppliedReasons } from '@flotilla/kinds/karmada/well-known';
import type { Condition } from '@flotilla/kinds/kube-object';

import { targetNames } from '@flotilla/works/binding-plan';
import { bindingOf } from './binding-state.ts';
import type { BindingState } from './binding-state.ts';

/** The FullyApplied condition without its time. `undefined` while nothing can be said: no target, or first attempts still running. */
export function fullyApplied(state: BindingState): Omit<Condition, 'lastTransitionTime'> | undefined {
  const targets = targetNames(bindingOf(state).spec);
  if (targets.length === 0) return undefined;
  const failed = targets.filter((name) => state.clusters.get(name)?.isApplied === false);
  if (failed.length > 0) {
    const reason = state.clusters.get(failed[0] ?? '')?.appliedMessage ?? '';
    return {
      type: fullyAppliedCondition,
      status: 'False',
      reason: fullyAppliedReasons.failed,
      message: `Not applied in ${failed.join(', ')}: ${reason}`.slice(0, 1024),
    };
  }
  if (!targets.every((name) => state.clusters.get(name)?.isApplied === true)) return undefined;
  return {
    type: fullyAppliedCondition,
    status: 'True',
    reason: fullyAppliedReasons.success,
    message: `Applied in ${targets.length} of ${targets.length} clusters.`,
  };
}

/** The stored status says True although a target joined that has not got the object, or none is left: no member may ever report, so it has to be told from here. */
export function isFullyAppliedOutdated(state: BindingState): boolean {
  const conditions = (bindingOf(state).status?.conditions ?? []) as readonly Condition[];
  const isClaimed = conditions.some(({ type, status }) => type === fullyAppliedCondition && status === 'True');
  return isClaimed && fullyApplied(state)?.status !== 'True';
}
