import type { LabelSelector } from '@flotilla/kinds/label-selector';
import { compileLabelSelector } from '@flotilla/kinds/label-selector';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';
import { withConditions, type StatusCondition } from '../model/condition.ts';
import { controllerOf, statusWrites } from '../model/object-write.ts';
import { isActive, isReady, podOf } from '../model/pod.ts';
import { disruptionBudgets, pods, replicaSets, statefulSets } from '../model/resources.ts';
import { everyone, perObject, type Controller, type Decision, type Round } from '../runner/controller.ts';
import { resolveIntOrPercent } from './workload.ts';

interface DisruptionBudget extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: { readonly conditions?: readonly StatusCondition[] };
}

/** How many pods of each budget may be disrupted. */
export function createDisruptionBudgetController(): Controller {
  const all = everyone(disruptionBudgets);
  return {
    name: 'disruption-budget',
    watches: [
      all.watch,
      {
        resource: pods,
        keysOf: (change) =>
          isRelevant(change) ? all.names().filter(({ namespace }) => namespace === change.object.namespace) : [],
      },
    ],
    open: perObject<DisruptionBudget>(disruptionBudgets, decide),
  };
}

function isRelevant({ type, object, previous }: ObjectChange): boolean {
  return type !== 'MODIFIED' || previous === undefined || isReady(podOf(object)) !== isReady(podOf(previous));
}

function decide(stored: StoredObject, budget: DisruptionBudget, round: Round): Decision {
  const { spec, status, metadata } = budget;
  const matches = compileLabelSelector(spec.selector ?? {});
  const own = round.view
    .podsWithLabels(stored.namespace, spec.selector?.matchLabels ?? {})
    .filter((pod) => matches(pod.object.metadata.labels) && isActive(podOf(pod)));
  const expected = expectedPods(own, round);
  const healthy = own.filter((pod) => isReady(podOf(pod))).length;
  const desired =
    spec.maxUnavailable === undefined
      ? resolveIntOrPercent(spec.minAvailable ?? 0, expected, 'up')
      : Math.max(0, expected - resolveIntOrPercent(spec.maxUnavailable, expected, 'up'));
  const allowed = own.length === 0 ? 0 : Math.max(0, healthy - desired);
  const condition: StatusCondition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    observedGeneration: metadata.generation ?? 0,
  };
  const next = {
    observedGeneration: metadata.generation ?? 0,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withConditions(status?.conditions, [condition], round.nowMs),
  };
  return { writes: statusWrites(stored, next) };
}

/** What the pods' controllers want, so that a missing pod counts as unavailable. */
function expectedPods(own: readonly StoredObject[], { view }: Round): number {
  const wanted = new Map<string, number>();
  let others = 0;
  for (const { object, namespace } of own) {
    const owner = controllerOf(object);
    const resource =
      owner?.kind === 'ReplicaSet' ? replicaSets : owner?.kind === 'StatefulSet' ? statefulSets : undefined;
    const set = resource && owner && view.get(resource, namespace, owner.name);
    const replicas = (set?.object['spec'] as { readonly replicas?: number } | undefined)?.replicas;
    if (owner === undefined || replicas === undefined) others += 1;
    else wanted.set(owner.uid, replicas);
  }
  return [...wanted.values()].reduce((sum, replicas) => sum + replicas, others);
}
