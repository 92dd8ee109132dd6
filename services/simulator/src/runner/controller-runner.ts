import { LogUnavailable } from '@flotilla/log/event-log';
import type { ObjectStore, Subscription } from '@flotilla/store/object-store';
import { commitUnits, UnitBatch, type Unit } from './commit-decisions.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Controller, Decision, ObjectName, Round } from './controller.ts';
import { DueTimes } from './due-times.ts';
import { PendingKeys } from './pending-keys.ts';
import type { Timer } from './timer.ts';

export interface ControllerRunnerDeps {
  readonly store: ObjectStore;
  readonly view: ClusterView;
  readonly controllers: readonly Controller[];
  readonly timer: Timer;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly report: (event: RunnerReport) => void;
}

export type RunnerReport =
  | { readonly kind: 'decision-failed'; readonly controller: string; readonly key: string; readonly error: unknown }
  | { readonly kind: 'commit-failed'; readonly error: unknown };

export interface ControllerRunner {
  /** Looks at everything there is, then at what changes. */
  start(): void;
  /** Resolves when the round under way is over; none begins after. */
  stop(): Promise<void>;
  /** Resolves when nothing is left to do now (things may be due later). */
  settled(): Promise<void>;
}

/** Writes of one round: bounds how long a round holds the process and how large a commit gets. */
const roundWritesMax = 500;
/** Keys looked at in one round, most of which need no write. */
const roundKeysMax = 2_000;
const retryDelayMinMs = 500;
const retryDelayMaxMs = 60_000;
const dueGridMs = 20;

/**
 * Level-triggered: a change only says which keys to look at again; each round looks at some of them, decides on the state as it is, and commits all decisions at
 * once. Rounds follow each other while keys wait, one turn of the event loop between them, and none runs while nothing happens.
 */
export function createControllerRunner(deps: ControllerRunnerDeps): ControllerRunner {
  const { store, view, controllers, timer, random, newUid, report } = deps;
  const pending = new PendingKeys(controllers);
  const dueTimes = new DueTimes(dueGridMs);
  const failures = new Map<string, number>();
  const byName = new Map(controllers.map((controller) => [controller.name, controller]));
  let subscription: Subscription | undefined;
  let running: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let isStopped = false;

  function wake(): void {
    if (running !== undefined || isStopped) return;
    running = run().finally(() => {
      running = undefined;
      if (isStopped) return;
      if (!pending.isEmpty) wake();
      else waitForDue();
    });
  }

  async function run(): Promise<void> {
    cancelTimer?.();
    for (;;) {
      // Changes of the same turn are taken together.
      // oxlint-disable-next-line no-await-in-loop
      await endOfTurn();
      for (const id of dueTimes.take(timer.now())) addDue(id);
      if (isStopped || pending.isEmpty) return;
      // oxlint-disable-next-line no-await-in-loop
      if (!(await runRound())) return;
    }
  }

  /** False: the log takes no writes now. */
  async function runRound(): Promise<boolean> {
    const batch = decideRound();
    try {
      const lost = await commitUnits(store, batch.units);
      for (const { controller, key } of lost) pending.add(controller, key);
      return true;
    } catch (error) {
      report({ kind: 'commit-failed', error });
      const retryAtMs = timer.now() + retryDelayMinMs;
      for (const { controller, key } of batch.units) dueTimes.set(idOf(controller, key), retryAtMs);
      if (!(error instanceof LogUnavailable)) throw error;
      return false;
    }
  }

  function decideRound(): UnitBatch {
    const batch = new UnitBatch();
    const round: Round = { view, nowMs: timer.now(), random, newUid };
    const postponed: Omit<Unit, 'writes'>[] = [];
    let keyCount = 0;
    for (const controller of controllers) {
      if (batch.writeCount >= roundWritesMax || keyCount >= roundKeysMax) break;
      const decide = controller.open(round);
      for (const key of pending.take(controller)) {
        keyCount += 1;
        const { writes } = decideOne(controller, key, () => decide(key), round.nowMs);
        if (writes.length > 0 && !batch.add({ controller, key, writes })) postponed.push({ controller, key });
        if (batch.writeCount >= roundWritesMax || keyCount >= roundKeysMax) break;
      }
    }
    for (const { controller, key } of postponed) pending.add(controller, key);
    return batch;
  }

  /** An object that a controller can't cope with is tried again ever more rarely and keeps nobody else from theirs. */
  function decideOne(controller: Controller, key: ObjectName, decide: () => Decision, nowMs: number): Decision {
    const id = idOf(controller, key);
    try {
      const decision = decide();
      dueTimes.set(id, decision.againAtMs);
      failures.delete(id);
      return decision;
    } catch (error) {
      const failureCount = (failures.get(id) ?? 0) + 1;
      failures.set(id, failureCount);
      if (failureCount === 1) {
        report({ kind: 'decision-failed', controller: controller.name, key: `${key.namespace}/${key.name}`, error });
      }
      const delayMs = Math.min(retryDelayMaxMs, retryDelayMinMs * 2 ** Math.min(failureCount, 10));
      dueTimes.set(id, nowMs + delayMs);
      return { writes: [] };
    }
  }

  function waitForDue(): void {
    cancelTimer?.();
    const next = dueTimes.next();
    if (next === undefined) return;
    cancelTimer = timer.schedule(Math.max(0, next - timer.now()), wake);
  }

  function addDue(id: string): void {
    const [name = '', namespace = '', object = ''] = id.split('|');
    const controller = byName.get(name);
    if (controller !== undefined) pending.add(controller, { namespace, name: object });
  }

  return {
    start() {
      const subscribed = store.subscribe({
        resources: pending.resources,
        from: store.revision,
        onChanges(changes) {
          for (const change of changes) pending.note(change);
          wake();
        },
      });
      if (subscribed.kind === 'expired') throw new Error('the store does not follow from its own revision');
      subscription = subscribed;
      for (const resource of pending.resources) {
        for (const object of store.list(resource)) {
          pending.note({ type: 'ADDED', object, previous: undefined, headers: {} });
        }
      }
      wake();
    },
    async stop() {
      isStopped = true;
      cancelTimer?.();
      subscription?.unsubscribe();
      await running;
    },
    async settled() {
      while (running !== undefined) {
        // oxlint-disable-next-line no-await-in-loop
        await running;
      }
    },
  };
}

function idOf({ name }: Controller, key: ObjectName): string {
  return `${name}|${key.namespace}|${key.name}`;
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
