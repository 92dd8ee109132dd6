/** The shell around the lease core: reads leases from the log, appends what the core wants, and tells listeners what changed. */
import { HistoryExpired, type AppendResult, type Entry, type EventLog } from '@flotilla/log/event-log';
import { createLeaseCore, type LeaseAction } from './lease-core.ts';
import { decodeLeaseEntry, leaseSubjects } from './lease-record.ts';
import { partitionOf } from './partition-of.ts';
import type { PartitionChange, PartitionListener, Partitions } from './partitions.ts';

export interface PartitionsDeps {
  readonly log: EventLog;
  /** Milliseconds of a clock that never goes back, as `performance.now`. */
  readonly monotonicNow: () => number;
  /** Runs a callback later; returns how to cancel it. */
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  readonly report: (report: LeaseReport) => void;
}

export interface PartitionsOptions {
  /** Service whose work is divided. */
  readonly service: string;
  /** Name of this replica, unique among the service's; a pod's name will do. One that comes back under its name waits until the one before is given up. */
  readonly replica: string;
  /** Unique to this process, e.g. a UUID. */
  readonly incarnation: string;
  /** 1 to 1,024; the same for all replicas. */
  readonly partitionCount: number;
  /** Time between renewals (default 1,000). */
  readonly renewEveryMs?: number;
  /** How long one renewal lasts (default 2,000): the longest that this replica acts without the log. */
  readonly validForMs?: number;
  /** Without a renewal for so long, others take over (default 3,000). More than `validForMs`: the distance is what clocks may differ in speed. */
  readonly deadAfterMs?: number;
}

export type LeaseReport =
  | { readonly kind: 'partitions-changed'; readonly level: 'info'; readonly gained: number; readonly lost: number }
  /** Renewals aren't stored: everything is given up until one is. */
  | { readonly kind: 'lease-lapsed'; readonly level: 'warn' }
  | { readonly kind: 'lease-log-failed'; readonly level: 'warn'; readonly error: unknown }
  | { readonly kind: 'lease-listener-failed'; readonly level: 'error'; readonly error: unknown }
  | { readonly kind: 'name-taken' | 'partition-count-differs'; readonly level: 'error' };

const partitionCountMax = 1_024;
/** Listeners that take longer to let go of a partition don't hold up others. */
const drainMaxMs = 1_000;
const stopMaxMs = 2_500;
const readRetryMs = 250;

export function createPartitions(deps: PartitionsDeps, options: PartitionsOptions): Partitions {
  const { log, monotonicNow, schedule, report } = deps;
  const { service, partitionCount, renewEveryMs = 1_000, validForMs = 2_000, deadAfterMs = 3_000 } = options;
  if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > partitionCountMax) {
    throw new RangeError(`partitionCount is ${partitionCount}; allowed are 1 to ${partitionCountMax}`);
  }
  if (validForMs >= deadAfterMs) throw new RangeError('validForMs must be less than deadAfterMs');
  const core = createLeaseCore({ ...options, renewEveryMs, validForMs, deadAfterMs });
  const listeners = new Set<PartitionListener>();
  const end = new AbortController();
  const gone = Promise.withResolvers<void>();
  let lastOwned: ReadonlyMap<number, number> = new Map();
  /** What listeners are still at. */
  let handovers = Promise.resolve();
  let cancelWake = (): void => undefined;
  let lastProblem: ReturnType<typeof core.problem>;
  let isStarted = false;
  let isLogFailing = false;

  function pump(): void {
    if (end.signal.aborted) return;
    cancelWake();
    const { actions, wakeAtMs } = core.step(monotonicNow());
    tell();
    for (const action of actions) void perform(action);
    if (core.isGone) gone.resolve();
    cancelWake = schedule(pump, Math.max(1, wakeAtMs - monotonicNow()));
  }

  function later(delayMs: number): { readonly done: Promise<undefined>; readonly cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    return { done: promise, cancel: schedule(() => resolve(undefined), delayMs) };
  }

  /** An answer that takes too long counts as none: the append may still be stored, which the core allows for. */
  async function perform({ key, append }: LeaseAction): Promise<void> {
    const timeout = later(renewEveryMs);
    const result = await Promise.race([attempt(() => log.append([append])), timeout.done]);
    timeout.cancel();
    core.settle(key, result, monotonicNow());
    pump();
  }

  async function attempt(append: () => Promise<AppendResult>): Promise<AppendResult | undefined> {
    try {
      const result = await append();
      isLogFailing = false;
      return result;
    } catch (error) {
      fail(error);
      return undefined;
    }
  }

  /** Said once until it works again. */
  function fail(error: unknown): void {
    if (!isLogFailing && !end.signal.aborted) report({ kind: 'lease-log-failed', level: 'warn', error });
    isLogFailing = true;
  }

  function tell(): void {
    const problem = core.problem();
    if (problem !== lastProblem && problem !== undefined) report({ kind: problem, level: 'error' });
    lastProblem = problem;
    const owned = core.owned(monotonicNow());
    const gained = [...owned].filter(([partition, epoch]) => lastOwned.get(partition) !== epoch).map(([each]) => each);
    const lost = [...lastOwned].filter(([partition, epoch]) => owned.get(partition) !== epoch).map(([each]) => each);
    if (gained.length + lost.length > 0) {
      lastOwned = owned;
      report({ kind: 'partitions-changed', level: 'info', gained: gained.length, lost: lost.length });
      const isLapse = lost.length > 0 && owned.size === 0 && core.draining().length === 0 && !core.isGone;
      if (isLapse) report({ kind: 'lease-lapsed', level: 'warn' });
      for (const listener of listeners) handovers = handOver(handovers, listener, { gained, lost });
    }
    const draining = core.draining();
    if (draining.length > 0) void drain(draining);
  }

  /** Listeners are told at once; what came before is waited for, too. */
  async function handOver(before: Promise<void>, listener: PartitionListener, change: PartitionChange): Promise<void> {
    const timeout = later(drainMaxMs);
    await Promise.all([before, Promise.race([tellOne(listener, change), timeout.done])]);
    timeout.cancel();
  }

  async function tellOne(listener: PartitionListener, change: PartitionChange): Promise<void> {
    try {
      await listener(change);
    } catch (error) {
      report({ kind: 'lease-listener-failed', level: 'error', error });
    }
  }

  async function drain(partitions: readonly number[]): Promise<void> {
    await handovers;
    for (const partition of partitions) core.drained(partition);
    pump();
  }

  async function readAll(): Promise<void> {
    while (!end.signal.aborted) {
      try {
        await readOnce();
      } catch (error) {
        // A reader that was too slow for the history just begins anew.
        if (!(error instanceof HistoryExpired)) fail(error);
      }
      await Promise.race([later(readRetryMs).done, aborted(end.signal)]);
    }
  }

  async function readOnce(): Promise<void> {
    const subjects = leaseSubjects(service);
    const snapshot: Entry[] = [];
    let from = 0;
    for await (const { entries, through } of log.latest(subjects)) {
      snapshot.push(...entries);
      from = through;
    }
    core.restart();
    observe(snapshot, true);
    for await (const { entries } of log.read({ subjects, from, signal: end.signal })) observe(entries, false);
  }

  function observe(entries: readonly Entry[], isCaughtUp: boolean): void {
    isLogFailing = false;
    const decoded = entries.map(decodeLeaseEntry).filter((entry) => entry !== undefined);
    core.observe(decoded, isCaughtUp, monotonicNow());
    if (decoded.length > 0 || isCaughtUp) pump();
  }

  return {
    count: partitionCount,
    owns: (key) => core.owns(partitionOf(key, partitionCount), monotonicNow()),
    epochOf(key) {
      const partition = partitionOf(key, partitionCount);
      return core.owns(partition, monotonicNow()) ? core.epochOf(partition) : undefined;
    },
    owned: () => new Map([...core.owned(monotonicNow())].toSorted(([a], [b]) => a - b)),
    onChange(listener) {
      listeners.add(listener);
      const gained = [...lastOwned.keys()];
      if (gained.length > 0) handovers = handOver(handovers, listener, { gained, lost: [] });
      return () => void listeners.delete(listener);
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      void readAll();
    },
    async stop() {
      core.leave();
      if (isStarted) pump();
      else gone.resolve();
      const timeout = later(stopMaxMs);
      await Promise.race([gone.promise, timeout.done]);
      timeout.cancel();
      await Promise.race([handovers, later(drainMaxMs).done]);
      cancelWake();
      end.abort();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
