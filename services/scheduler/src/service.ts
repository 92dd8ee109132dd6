/**
 * The scheduler service: keeps the indexes current with the store, works out which templates a change is about, and reconciles those through a work queue. Every handler is
 * level-triggered: after a restart each template is looked at once, and nothing is written where all is as it should be.
 */
import { createPolicyIndex } from '@flotilla/placement/policy/policy-index';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { createEventRecorder, type EventRecorder } from '@flotilla/store/event-recorder';
import type { Partitions } from '@flotilla/lease/partitions';
import { partitionOf } from '@flotilla/lease/partition-of';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createOwnedStore, OwnershipLost } from '@flotilla/store/owned-store';
import { createWorkQueue, type WorkQueue, type WorkQueueMetrics, type WorkResult } from '@flotilla/store/work-queue';
import { createBindings } from './bindings.ts';
import { createChangeRouter, type ChangeRouter } from './change-router.ts';
import { createClaims } from './claims.ts';
import { decisionEvents } from './decision-events.ts';
import { createDependents } from './dependents.ts';
import { createFleet } from './fleet.ts';
import { createPlacementCache } from './placement-cache.ts';
import type { EstimateLookup, Reporter, TemplateInterpreter } from './ports.ts';
import { createPriorityGate, type PriorityGate } from './priority-gate.ts';
import { createQuotaGuard } from './quota-guard.ts';
import { rebalance } from './rebalancer.ts';
import { reconcile, type ReconcilerDeps } from './reconciler.ts';
import { propagationPolicies, clusterPropagationPolicies } from './resources.ts';
import { schedulingPriority } from './scheduling-priority.ts';
import { parseTemplateKey, type TemplateKey } from './template-key.ts';
import { createWaiting } from './waiting.ts';
import { createWorkloadGroups } from './workload-groups.ts';

export interface SchedulerDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  /** Which templates are this replica's, by key; rebalancers and quotas likewise. */
  readonly partitions: Partitions;
  readonly interpreter: TemplateInterpreter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Uniform in [0, 1): jitter of retries. */
  readonly random: () => number;
  /** A new UUID. */
  readonly newUid: () => string;
  /** Runs a callback later; returns how to cancel it. */
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  readonly report: Reporter;
  /** Precise availability; absent = the general estimate alone. */
  readonly estimates?: EstimateLookup;
}

export interface SchedulerOptions {
  /** Templates in flight at the same time, so that their commits share the log's fsync. */
  readonly concurrency?: number;
  /** How long a workload without enough room waits when nothing changes. */
  readonly unschedulableRetryMs?: number;
  /** How long after a change of capacity workloads without enough room are tried again: many changes make one try. */
  readonly capacityRetryMs?: number;
}

export interface Scheduler {
  start(): void;
  /** Resolves when what was begun is stored. */
  stop(signal?: AbortSignal): Promise<void>;
  metrics(): SchedulerMetrics;
}

export interface SchedulerMetrics {
  readonly queue: WorkQueueMetrics;
  readonly writesTotal: number;
  /** Workloads without a place, without room, or whose policy waits for something. */
  readonly waiting: number;
  readonly eventsDroppedTotal: number;
}

const rebalancerKey = (name: string): string => `rebalancer/${name}`;
const quotaKey = (namespace: string): string => `quota/${namespace}`;

export function createScheduler(deps: SchedulerDeps, options: SchedulerOptions = {}): Scheduler {
  return new SchedulerService(deps, options);
}

class SchedulerService implements Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #options: Required<SchedulerOptions>;
  readonly #waiting = createWaiting();
  readonly #queue: WorkQueue;
  readonly #gate: PriorityGate;
  readonly #rebalanceQueue: WorkQueue;
  readonly #quotaQueue: WorkQueue;
  readonly #recorder: EventRecorder;
  readonly #router: ChangeRouter;
  readonly #reconciler: ReconcilerDeps;
  #writesTotal = 0;
  #isStarted = false;
  #unsubscribe = (): void => undefined;

  constructor(deps: SchedulerDeps, options: SchedulerOptions) {
    const { store, kinds, now, partitions } = deps;
    const owned = (key: string): ObjectStore =>
      createOwnedStore({ store, epochOf: (each) => partitions.epochOf(each), keyOf: () => key });
    this.#deps = deps;
    this.#options = { concurrency: 64, unschedulableRetryMs: 300_000, capacityRetryMs: 10_000, ...options };
    const headers = { 'flotilla-writer': `scheduler/${deps.newUid()}` };
    const fleet = createFleet();
    const policies = createPolicyIndex();
    const bindings = createBindings(store, kinds);
    const dependents = createDependents(kinds);
    const groups = createWorkloadGroups();
    const placements = createPlacementCache();
    const quotas = createQuotaGuard(store);
    this.#reconciler = {
      ...deps,
      owned,
      estimates: deps.estimates ?? (() => undefined),
      policies,
      bindings,
      dependents,
      groups,
      placements,
      quotas,
      headers,
      snapshot: () => fleet.snapshot(),
      policyRevision: ({ kind, namespace, name }) =>
        store.get(kind === 'PropagationPolicy' ? propagationPolicies : clusterPropagationPolicies, namespace, name)
          ?.revision ?? 0,
    };
    const onError = (key: string, error: unknown, failures: number): void => this.#reportFailure(key, error, failures);
    const queueDeps = { now, schedule: deps.schedule, random: deps.random, onError };
    this.#queue = createWorkQueue(queueDeps, {
      concurrency: this.#options.concurrency,
      handle: (key, signal) => this.#handle(key, signal),
      backoffBaseMs: 20,
      backoffMaxMs: 30_000,
    });
    this.#gate = createPriorityGate({
      queue: this.#queue,
      inQueueMax: 2 * this.#options.concurrency,
      priorityOf: (key) => schedulingPriority(this.#reconciler, key),
    });
    this.#rebalanceQueue = createWorkQueue(queueDeps, {
      concurrency: 2,
      handle: (name) =>
        this.#ifOwned(rebalancerKey(name), () =>
          rebalance({ store: owned(rebalancerKey(name)), kinds, bindings, now }, name),
        ),
    });
    this.#quotaQueue = createWorkQueue(queueDeps, {
      concurrency: 2,
      handle: (namespace) =>
        this.#ifOwned(quotaKey(namespace), async () => {
          const writes = quotas.recount(namespace);
          if (writes.length === 0) return;
          const result = await owned(quotaKey(namespace)).commit(writes);
          if (result.kind === 'conflict') throw new Error(`lost a race for quota ${namespace}/${result.write.name}`);
        }),
    });
    this.#recorder = createEventRecorder({
      ...deps,
      component: 'flotilla-scheduler',
      onError: (error) => this.#reportFailure('events', error, 1),
    });
    this.#router = createChangeRouter({
      store,
      kinds,
      fleet,
      policies,
      bindings,
      dependents,
      groups,
      placements,
      claims: createClaims(),
      waiting: this.#waiting,
      ownHeaders: headers,
      lookAt: (key) => this.#isMine(key) && this.#gate.add(key),
      lookLater: (key) => this.#isMine(key) && this.#queue.addAfter(key, this.#options.capacityRetryMs),
      rebalance: (name) => this.#isMine(rebalancerKey(name)) && this.#rebalanceQueue.add(name),
      recount: (namespace) => this.#isMine(quotaKey(namespace)) && this.#quotaQueue.add(namespace),
    });
  }

  start(): void {
    const { partitions } = this.#deps;
    this.#router.start();
    this.#isStarted = true;
    this.#unsubscribe = partitions.onChange(({ gained }) => {
      const isGained = new Set(gained);
      if (isGained.size > 0) this.#router.lookAtAll((key) => isGained.has(partitionOf(key, partitions.count)));
    });
  }

  async stop(signal?: AbortSignal): Promise<void> {
    this.#unsubscribe();
    this.#router.stop();
    this.#gate.clear();
    this.#recorder.stop();
    const queues = [this.#queue, this.#rebalanceQueue, this.#quotaQueue];
    await Promise.all(queues.map((queue) => queue.stop(signal)));
  }

  metrics(): SchedulerMetrics {
    const queue = this.#queue.metrics();
    return {
      queue: { ...queue, depth: queue.depth + this.#gate.size },
      writesTotal: this.#writesTotal,
      waiting: this.#waiting.size,
      eventsDroppedTotal: this.#recorder.droppedTotal,
    };
  }

  async #handle(key: TemplateKey, signal: AbortSignal): Promise<WorkResult> {
    try {
      return await this.#ifOwned(key, () => this.#reconcile(key, signal));
    } finally {
      queueMicrotask(() => this.#gate.feed());
    }
  }

  /** False while the indexes are being filled: what is there is looked at when its partition is gained. */
  #isMine(key: string): boolean {
    return this.#isStarted && this.#deps.partitions.owns(key);
  }

  /** Work that was queued for a key which now belongs to another replica is dropped: that one has looked at it by itself. */
  async #ifOwned(key: string, work: () => Promise<WorkResult>): Promise<WorkResult> {
    if (!this.#deps.partitions.owns(key)) return;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OwnershipLost)) throw error;
    }
  }

  async #reconcile(key: TemplateKey, signal: AbortSignal): Promise<WorkResult> {
    const { plan, isChanged } = await reconcile(this.#reconciler, key, signal);
    const reason = this.#waiting.note(key, plan);
    if (isChanged) this.#writesTotal += plan.writes.length;
    if (isChanged || plan.unmet !== undefined) this.#record(key, plan);
    return reason === 'room' ? { retryAfterMs: this.#options.unschedulableRetryMs } : undefined;
  }

  #record(key: TemplateKey, plan: Awaited<ReturnType<typeof reconcile>>['plan']): void {
    const { resource, namespace, name } = parseTemplateKey(key);
    const template = this.#deps.store.get(resource, namespace, name);
    if (template === undefined) return;
    for (const event of decisionEvents(template.object, plan)) this.#recorder.record(event);
  }

  #reportFailure(key: string, error: unknown, failures: number): void {
    this.#deps.report({
      level: failures >= 5 ? 'error' : 'warn',
      message: 'scheduling failed; trying again',
      fields: { key, failures, error: error instanceof Error ? error.message : String(error) },
    });
  }
}
