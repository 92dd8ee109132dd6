/**
 * WorkloadRebalancer: asks, once for each named workload, that it be placed afresh, by dating the wish in its binding; says so in its status; goes away after its time.
 * Workloads added later are dealt with later; one that was dealt with isn't again.
 */
import type { WorkloadRebalancer, WorkloadRebalancerStatus } from '@flotilla/kinds/karmada/apps';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { bindingOf } from './binding.ts';
import type { Bindings } from './bindings.ts';
import { workloadRebalancers } from './resources.ts';
import { isSameJson } from './same-json.ts';
import { timestamp } from './scheduling.ts';
import { locate, templateKey } from './template-key.ts';

export interface RebalancerDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly bindings: Bindings;
  readonly now: () => number;
}

type Observed = NonNullable<WorkloadRebalancerStatus['observedWorkloads']>[number];

/** Bindings and status of one step; a long list takes several. */
const stepMax = 100;

/** Returns when to look again, if ever. Throws when it keeps losing races. */
export async function rebalance(
  deps: RebalancerDeps,
  name: string,
): Promise<{ readonly retryAfterMs: number } | undefined> {
  const stored = deps.store.get(workloadRebalancers, '', name);
  if (stored === undefined || stored.object.metadata.deletionTimestamp !== undefined) return undefined;
  const rebalancer = stored.object as WorkloadRebalancer;
  const known = rebalancer.status?.observedWorkloads ?? [];
  const open = rebalancer.spec.workloads.filter(
    (workload) => !known.some((item) => isSameJson(item.workload, workload)),
  );
  if (open.length === 0 && rebalancer.status?.finishTime !== undefined) return expire(deps, stored, rebalancer);
  const step = open.slice(0, stepMax);
  const writes: ObjectWrite[] = [];
  const observed = step.map((workload): Observed => {
    const location = locate(workload, deps.kinds);
    const binding = location === undefined ? undefined : deps.bindings.of(templateKey(location));
    if (binding === undefined) return { workload, result: 'Failed', reason: 'ReferencedBindingNotFound' };
    writes.push(...wishOf(binding, rebalancer.metadata.creationTimestamp ?? timestamp(deps.now())));
    return { workload, result: 'Successful' };
  });
  const isFinished = step.length === open.length;
  const status: WorkloadRebalancerStatus = {
    ...rebalancer.status,
    observedWorkloads: [...known, ...observed],
    observedGeneration: rebalancer.metadata.generation ?? 1,
    ...(isFinished ? { finishTime: timestamp(deps.now()) } : {}),
  };
  const object = { ...rebalancer, status };
  const result = await deps.store.commit([
    ...writes,
    { resource: workloadRebalancers, namespace: '', name, object, expect: stored.revision },
  ]);
  if (result.kind === 'conflict') throw new Error(`lost a race for ${result.write.name} while rebalancing`);
  return { retryAfterMs: 0 };
}

function wishOf(stored: StoredObject, wish: string): readonly ObjectWrite[] {
  const { resource, namespace, name, revision, object } = stored;
  const binding = bindingOf(stored);
  const { rescheduleTriggeredAt } = binding.spec;
  if (rescheduleTriggeredAt !== undefined && Date.parse(rescheduleTriggeredAt) >= Date.parse(wish)) return [];
  const last = binding.status?.lastScheduledTime;
  // A wish of the second in which the workload was placed counts, too.
  const date = last !== undefined && Date.parse(last) === Date.parse(wish) ? timestamp(Date.parse(wish) + 1000) : wish;
  const metadata = { ...object.metadata, generation: (object.metadata.generation ?? 1) + 1 };
  const spec = { ...binding.spec, rescheduleTriggeredAt: date };
  return [{ resource, namespace, name, object: { ...object, metadata, spec }, expect: revision }];
}

async function expire(
  { store, now }: RebalancerDeps,
  { resource, name, revision, object }: StoredObject,
  { spec, status }: WorkloadRebalancer,
): Promise<{ readonly retryAfterMs: number } | undefined> {
  if (spec.ttlSecondsAfterFinished === undefined || status?.finishTime === undefined) return undefined;
  const leftMs = Date.parse(status.finishTime) + spec.ttlSecondsAfterFinished * 1000 - now();
  if (leftMs > 0) return { retryAfterMs: leftMs };
  await store.commit([{ resource, namespace: '', name, object, isDelete: true, expect: revision }]);
  return undefined;
}
