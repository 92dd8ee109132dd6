import type { Revision } from '@flotilla/log/event-log';
import type { LeaseEntry, PartitionRecord, ReplicaRecord } from './lease-record.ts';

/** A replica's stay as the log has it. */
export interface Session extends ReplicaRecord {
  /** Newest revision of the replica's lease. */
  readonly revision: Revision;
  /** When this process saw that revision, by its own monotonic clock. */
  readonly seenAtMs: number;
}

export interface PartitionLease extends PartitionRecord {
  readonly revision: Revision;
}

/** The leases of one service as far as this process has read the log. All processes that read equally far have the same view, but for `seenAtMs`. */
export interface LeaseView {
  /** By name of the replica. */
  readonly sessions: ReadonlyMap<string, Session>;
  readonly partitions: ReadonlyMap<number, PartitionLease>;
}

export interface LeaseFold extends LeaseView {
  apply(entry: LeaseEntry, nowMs: number): void;
  /** Counts as if every renewal had been seen just now: after this process stood still, its impressions of others are worth nothing. */
  excuseAll(nowMs: number): void;
  excuse(replica: string, nowMs: number): void;
  /** Forgets everything: a new reading of all live entries follows. */
  clear(): void;
}

export function createLeaseFold(): LeaseFold {
  const sessions = new Map<string, Session>();
  const partitions = new Map<number, PartitionLease>();
  const excuse = (replica: string, nowMs: number): void => {
    const session = sessions.get(replica);
    if (session !== undefined) sessions.set(replica, { ...session, seenAtMs: nowMs });
  };
  return {
    sessions,
    partitions,
    apply(entry, nowMs) {
      const { revision } = entry;
      switch (entry.kind) {
        case 'replica':
          sessions.set(entry.record.replica, { ...entry.record, revision, seenAtMs: nowMs });
          return;
        case 'replica-gone':
          sessions.delete(entry.replica);
          return;
        case 'partition':
          partitions.set(entry.partition, { ...entry.record, revision });
          return;
      }
    },
    excuse,
    excuseAll(nowMs) {
      for (const replica of sessions.keys()) excuse(replica, nowMs);
    },
    clear() {
      sessions.clear();
      partitions.clear();
    },
  };
}

/** True while the session that holds the partition lasts. */
export function isHeld(view: LeaseView, partition: number): boolean {
  const lease = view.partitions.get(partition);
  return lease !== undefined && lease.holder !== '' && view.sessions.get(lease.holder)?.session === lease.session;
}

/**
 * Replicas that take part in dividing the work. Replicas that disagree on the number of partitions would hand the same key to two owners: the one that entered
 * first is right, and all who entered after one of another opinion wait until that one is gone.
 */
export function participants(view: LeaseView): readonly string[] {
  const sessions = [...view.sessions.values()].toSorted((a, b) => a.enteredAt - b.enteredAt);
  const taking: string[] = [];
  for (const { replica, partitionCount } of sessions) {
    if (partitionCount !== sessions[0]?.partitionCount) break;
    taking.push(replica);
  }
  return taking;
}
