/**
 * One replica's part in dividing the work of a service, as a state machine: what it read and the time go in, what to append comes out. No clock, no I/O.
 *
 * Model. A replica is there as long as its session is in the log: one entry, renewed by compare-and-set. Partition leases name a session, and end with it, so that a
 * replica renews one entry, however many partitions it owns. Only who ends a session, or its replica itself, frees its partitions; only then may another claim them, each by
 * compare-and-set.
 *
 * Safety, never two owners that both believe. A replica believes for `validForMs` after it *sent* the newest renewal known to be stored. Others end its session no sooner
 * than `deadAfterMs` after they *saw* that renewal, and only if there was none after it (compare-and-set on its revision). Sent comes before stored, stored before seen; so
 * with validForMs < deadAfterMs the replica has stopped believing when its session ends, however long anything took on the way. Clocks are only ever compared
 * with themselves: neither need they agree, nor does it matter where wall clocks jump. They may run at different speeds, up to the ratio of the two times.
 *
 * What was sent may still be stored much later. So nothing that was sent is taken back: a partition being released stays given up until the log shows what became of it.
 */
import type { Append, AppendResult, Revision } from '@flotilla/log/event-log';
import { assign } from './assignment.ts';
import type { LeaseEntry } from './lease-record.ts';
import { encodeRecord, partitionSubject, replicaSubject } from './lease-record.ts';
import { createLeaseFold, isHeld, participants, type Session } from './lease-view.ts';

export interface LeaseCoreOptions {
  readonly service: string;
  /** Name of this replica, unique within the service. */
  readonly replica: string;
  /** Unique to this process; sessions are named after it. */
  readonly incarnation: string;
  readonly partitionCount: number;
  readonly renewEveryMs: number;
  /** How long a renewal entitles this replica to act. */
  readonly validForMs: number;
  /** How long without a renewal until others end a session. Larger than `validForMs`. */
  readonly deadAfterMs: number;
}

/** One append that is wanted. At most one for each key is under way. */
export interface LeaseAction {
  readonly key: string;
  readonly append: Append & { readonly expect: Revision };
}

export interface LeaseStep {
  readonly actions: readonly LeaseAction[];
  /** Look again by then, even if nothing happens. */
  readonly wakeAtMs: number;
}

export interface LeaseCore {
  /** Entries in the order of the log. `isCaughtUp`: they are all that was there when reading began. */
  observe(entries: readonly LeaseEntry[], isCaughtUp: boolean, nowMs: number): void;
  /** Reading begins anew, with all live entries. */
  restart(): void;
  step(nowMs: number): LeaseStep;
  /** What became of an action; undefined: unknown, it may be stored or not, now or later. */
  settle(key: string, result: AppendResult | undefined, nowMs: number): void;
  /** Partitions that this replica may act on now, with their epochs. */
  owned(nowMs: number): ReadonlyMap<number, number>;
  owns(partition: number, nowMs: number): boolean;
  epochOf(partition: number): number | undefined;
  /** The replica has stopped acting on a partition that it gives up: others may be told. */
  drained(partition: number): void;
  /** Partitions that are being given up and that this replica may still be at work on. */
  draining(): readonly number[];
  /** Gives up everything; over once `isGone`. */
  leave(): void;
  /** Why this replica gets no work: another process has its name, or one that entered before divides the work differently. */
  problem(): 'name-taken' | 'partition-count-differs' | undefined;
  readonly isGone: boolean;
}

export function createLeaseCore(options: LeaseCoreOptions): LeaseCore {
  const { service, replica, partitionCount, renewEveryMs, validForMs, deadAfterMs } = options;
  const view = createLeaseFold();
  const underWay = new Set<string>();
  /** What failed or lost a race waits this long: trying at once would meet the same. */
  const retryAfterMs = renewEveryMs / 4;
  const retryAtMs = new Map<string, number>();
  /** When each renewal that isn't known to be stored was sent. */
  const sentAtMs = new Map<number, number>();
  /** Given up; `isSent`: others may know already. */
  const giving = new Map<number, { isDrained: boolean; isSent: boolean }>();
  let incarnations = 0;
  let session = newSession();
  let beat = 0;
  let lastBeatAtMs = -Infinity;
  /** Newest revision of the own session that is known, whether read or told. */
  let ownRevision = 0;
  let isLeaveSent = false;
  let validUntilMs = -Infinity;
  let lastStepAtMs: number | undefined;
  let isCaughtUp = false;
  let isLeaving = false;
  let isGone = false;

  function newSession(): string {
    return `${options.incarnation}.${++incarnations}`;
  }

  function ownSession(): Session | undefined {
    const mine = view.sessions.get(replica);
    return mine?.session === session ? mine : undefined;
  }

  function confirmBeat(confirmed: number, nowMs: number): void {
    // While this replica couldn't renew, the log may have been out of reach for all: that others were silent says nothing about them.
    if (nowMs >= validUntilMs) view.excuseAll(nowMs);
    const sent = sentAtMs.get(confirmed);
    if (sent !== undefined) validUntilMs = Math.max(validUntilMs, sent + validForMs);
    for (const each of sentAtMs.keys()) if (each <= confirmed) sentAtMs.delete(each);
  }

  function owns(partition: number, nowMs: number): boolean {
    return nowMs < validUntilMs && !isLeaving && !giving.has(partition) && isMine(partition);
  }

  function isMine(partition: number): boolean {
    return view.partitions.get(partition)?.session === session && ownSession() !== undefined;
  }

  /** A session that others ended can't come back: who saw the end may be claiming its partitions at this moment. */
  function loseSession(): void {
    if (isLeaving) isGone = true;
    session = newSession();
    beat = 0;
    sentAtMs.clear();
    giving.clear();
    validUntilMs = -Infinity;
    lastBeatAtMs = -Infinity;
    ownRevision = 0;
  }

  function apply(entry: LeaseEntry, nowMs: number): void {
    const before = ownSession();
    view.apply(entry, nowMs);
    if (entry.kind === 'partition') giving.delete(entry.partition);
    if (entry.kind === 'replica' && entry.record.session === session) {
      ownRevision = Math.max(ownRevision, entry.revision);
      confirmBeat(entry.record.beat, nowMs);
    }
    if (before !== undefined && ownSession() === undefined) loseSession();
  }

  function presence(nowMs: number): LeaseAction | undefined {
    const mine = ownSession();
    const holder = view.sessions.get(replica);
    if (isLeaving && draining().length === 0) return leaving(mine);
    if (holder !== undefined && mine === undefined) return undefined;
    if (nowMs < lastBeatAtMs + renewEveryMs) return undefined;
    const record = { replica, session, beat, enteredAt: mine?.enteredAt ?? 0, partitionCount };
    return {
      key: 'presence',
      append: {
        subject: replicaSubject(service, replica),
        value: encodeRecord(record),
        expect: ownRevision,
      },
    };
  }

  function presenceStored(revision: Revision, nowMs: number): void {
    if (isLeaveSent) isGone = true;
    else if (beat > 0) {
      ownRevision = Math.max(ownRevision, revision);
      confirmBeat(beat - 1, nowMs);
    }
  }

  function leaving(mine: Session | undefined): LeaseAction | undefined {
    isGone ||= beat === 0;
    return mine === undefined ? undefined : { key: 'presence', append: deletion({ ...mine, revision: ownRevision }) };
  }

  function deletion({ revision, ...record }: Session): LeaseAction['append'] {
    const { seenAtMs: _, ...value } = record;
    return {
      subject: replicaSubject(service, record.replica),
      value: encodeRecord(value),
      deleted: true,
      expect: revision,
    };
  }

  /** Who can't renew itself doesn't judge others, but for the one that stands in its own place. */
  function dead(nowMs: number): readonly LeaseAction[] {
    return [...view.sessions.values()]
      .filter((other) => other.session !== session && nowMs >= other.seenAtMs + deadAfterMs)
      .filter((other) => nowMs < validUntilMs || other.replica === replica)
      .map((other) => ({ key: `end ${other.replica}`, append: deletion(other) }));
  }

  function claims(wanted: readonly number[], nowMs: number): readonly LeaseAction[] {
    if (nowMs >= validUntilMs) return [];
    return wanted
      .filter((partition) => !isHeld(view, partition))
      .map((partition) => {
        const lease = view.partitions.get(partition);
        const record = { holder: replica, session, epoch: (lease?.epoch ?? 0) + 1 };
        return partitionAction(partition, record, lease?.revision ?? 0);
      });
  }

  function releases(wanted: readonly number[]): readonly LeaseAction[] {
    const keep = new Set(wanted);
    const actions: LeaseAction[] = [];
    for (const [partition, { epoch, revision }] of view.partitions) {
      if (!isMine(partition)) continue;
      const given = giving.get(partition);
      if (given === undefined && keep.has(partition)) continue;
      if (given === undefined) giving.set(partition, { isDrained: false, isSent: false });
      else if (keep.has(partition) && !given.isSent) giving.delete(partition);
      else if (given.isDrained) {
        actions.push(partitionAction(partition, { holder: '', session: '', epoch }, revision));
      }
    }
    return actions;
  }

  function partitionAction(
    partition: number,
    record: Parameters<typeof encodeRecord>[0],
    expect: Revision,
  ): LeaseAction {
    return {
      key: `partition ${partition}`,
      append: { subject: partitionSubject(service, partition), value: encodeRecord(record), expect },
    };
  }

  function start(action: LeaseAction, nowMs: number): void {
    underWay.add(action.key);
    const partition = action.key.startsWith('partition ') ? Number(action.key.slice('partition '.length)) : undefined;
    const given = partition === undefined ? undefined : giving.get(partition);
    if (given !== undefined) given.isSent = true;
    if (action.key !== 'presence') return;
    isLeaveSent = action.append.deleted === true;
    if (isLeaveSent) return;
    sentAtMs.set(beat++, nowMs);
    lastBeatAtMs = nowMs;
  }

  function draining(): readonly number[] {
    return [...giving].filter(([, { isDrained }]) => !isDrained).map(([partition]) => partition);
  }

  function wakeAt(nowMs: number): number {
    const others = [...view.sessions.values()].filter((other) => other.session !== session);
    const times = [lastBeatAtMs + renewEveryMs, ...others.map(({ seenAtMs }) => seenAtMs + deadAfterMs)];
    times.push(validUntilMs, ...retryAtMs.values());
    return Math.min(nowMs + renewEveryMs, ...times.filter((time) => time > nowMs));
  }

  return {
    get isGone() {
      return isGone;
    },
    observe(entries, caughtUp, nowMs) {
      for (const entry of entries) apply(entry, nowMs);
      if (!caughtUp || isCaughtUp) return;
      isCaughtUp = true;
      // It ended while nothing was read.
      if (beat > 0 && ownSession() === undefined) loseSession();
    },
    restart() {
      view.clear();
      isCaughtUp = false;
    },
    step(nowMs) {
      const stoodStillMs = nowMs - (lastStepAtMs ?? nowMs);
      if (stoodStillMs > 2 * renewEveryMs) view.excuseAll(nowMs);
      lastStepAtMs = nowMs;
      for (const [key, atMs] of retryAtMs) if (atMs <= nowMs) retryAtMs.delete(key);
      if (!isCaughtUp || isGone) return { actions: [], wakeAtMs: nowMs + renewEveryMs };
      const own = presence(nowMs);
      const wanted = (!isLeaving && assign(view, partitionCount).get(replica)) || [];
      const candidates = [
        ...(own === undefined ? [] : [own]),
        ...dead(nowMs),
        ...(isLeaving ? [] : [...claims(wanted, nowMs), ...releases(wanted)]),
      ];
      const actions = candidates.filter(({ key }) => !underWay.has(key) && !retryAtMs.has(key));
      for (const action of actions) start(action, nowMs);
      return { actions, wakeAtMs: wakeAt(nowMs) };
    },
    settle(key, result, nowMs) {
      underWay.delete(key);
      if (result?.kind === 'appended') {
        retryAtMs.delete(key);
        if (key === 'presence') presenceStored(result.revisions[0] ?? 0, nowMs);
        return;
      }
      retryAtMs.set(key, nowMs + retryAfterMs);
      if (key === 'presence') lastBeatAtMs = -Infinity;
      // It renewed, or somebody else ended it: what was seen is out of date.
      if (key.startsWith('end ') && result !== undefined) view.excuse(key.slice('end '.length), nowMs);
    },
    owns,
    owned(nowMs) {
      const owned = new Map<number, number>();
      for (const [partition, { epoch }] of view.partitions) if (owns(partition, nowMs)) owned.set(partition, epoch);
      return owned;
    },
    epochOf: (partition) => (isMine(partition) ? view.partitions.get(partition)?.epoch : undefined),
    drained(partition) {
      const given = giving.get(partition);
      if (given !== undefined) given.isDrained = true;
    },
    draining,
    leave() {
      if (isLeaving) return;
      for (const partition of view.partitions.keys()) {
        if (isMine(partition) && !giving.has(partition)) giving.set(partition, { isDrained: false, isSent: false });
      }
      isLeaving = true;
    },
    problem() {
      const holder = view.sessions.get(replica);
      if (holder === undefined) return undefined;
      if (holder.session !== session) return 'name-taken';
      return participants(view).includes(replica) ? undefined : 'partition-count-differs';
    },
  };
}
