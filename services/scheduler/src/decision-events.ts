import { formatPolicyRef } from '@flotilla/placement/policy/compiled-policy';
import { scheduledCondition } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { RecordedEvent } from '@flotilla/store/event-recorder';
import type { TemplatePlan } from './template-plan.ts';

/** What is worth an Event about a template after its plan was stored, or could not be made. */
export function decisionEvents(
  template: KubeObject,
  { claim, binding, unmet, hasReferrerConflict }: TemplatePlan,
): readonly RecordedEvent[] {
  const found: RecordedEvent[] = [];
  const add = (type: RecordedEvent['type'], reason: string, message: string): void => {
    found.push({ about: template, type, reason, message });
  };
  if (unmet !== undefined) add('Warning', 'ApplyPolicyFailed', unmet.message);
  else if (claim?.kind === 'claimed' && claim.change !== 'kept') {
    const name = formatPolicyRef(claim.policy);
    if (claim.change === 'preempted' && claim.previous !== undefined) {
      add('Normal', 'PreemptPolicySucceed', `${name} preempted ${formatPolicyRef(claim.previous)}`);
    } else add('Normal', 'ApplyPolicySucceed', `Applied ${name}`);
  } else if (claim?.kind === 'unclaimed' && claim.released !== undefined) {
    add(
      'Normal',
      'ReleasePolicySucceed',
      `Released by ${formatPolicyRef(claim.released.policy)}: ${claim.released.why}`,
    );
  }
  if (hasReferrerConflict === true) {
    const message = 'Workloads that need it disagree: Overwrite and preserving on deletion win';
    add('Warning', 'DependencyPolicyConflict', message);
  }
  const { scheduling } = binding ?? {};
  if (scheduling?.outcome === undefined || binding?.writes.length === 0) return found;
  if (scheduling.outcome === 'placed') {
    const names = (scheduling.spec.clusters ?? []).slice(0, 10).map(({ name }) => name);
    add('Normal', 'ScheduleBindingSucceed', `Placed in ${names.join(', ') || 'no cluster'}`);
  } else {
    const failed = scheduling.status?.conditions?.find(({ type }) => type === scheduledCondition);
    add('Warning', 'ScheduleBindingFailed', failed?.message ?? scheduling.outcome);
  }
  return found;
}
