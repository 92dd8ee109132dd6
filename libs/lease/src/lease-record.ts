/** What leases look like in the log. Two kinds of subjects: one of each replica, one of each partition. */
import { decodeToken, encodeToken } from '@flotilla/log/subject';
import type { Entry, Revision } from '@flotilla/log/event-log';

/** `lease.<service>.replica.<replica>`: a replica is there. Renewed all the time; deleted when the replica leaves or is given up. */
export function replicaSubject(service: string, replica: string): string {
  return `lease.${encodeToken(service)}.replica.${encodeToken(replica)}`;
}

/** `lease.<service>.<partition>`: whose the partition is. Written when that changes; never deleted, so that the epoch is never forgotten. */
export function partitionSubject(service: string, partition: number): string {
  return `lease.${encodeToken(service)}.${partition}`;
}

export function leaseSubjects(service: string): readonly string[] {
  return [`lease.${encodeToken(service)}.>`];
}

export interface ReplicaRecord {
  readonly replica: string;
  /** One stay of a replica. Once ended it never comes back: a replica that was given up enters again under a new one. */
  readonly session: string;
  /** Number of the renewal within the session, from 0. */
  readonly beat: number;
  /** Revision at which the session began; 0 in its first entry, which is that revision itself. */
  readonly enteredAt: Revision;
  /** How many partitions this replica divides the work into. */
  readonly partitionCount: number;
}

export interface PartitionRecord {
  /** Name of the owner; empty: released, nobody's. */
  readonly holder: string;
  /** The owner's session. The lease ends when that ends. */
  readonly session: string;
  /** Grows with each change of owner. */
  readonly epoch: number;
}

export type LeaseEntry =
  | { readonly kind: 'replica'; readonly revision: Revision; readonly record: ReplicaRecord }
  | { readonly kind: 'replica-gone'; readonly revision: Revision; readonly replica: string }
  | {
      readonly kind: 'partition';
      readonly revision: Revision;
      readonly partition: number;
      readonly record: PartitionRecord;
    };

export function encodeRecord(record: ReplicaRecord | PartitionRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

/** Entries of one service, typed. Undefined: not a lease that this version knows. */
export function decodeLeaseEntry({ subject, revision, value, deleted }: Entry): LeaseEntry | undefined {
  const [, , first = '', replica] = subject.split('.');
  const fields = parseFields(value);
  if (replica !== undefined) {
    const name = decodeToken(replica);
    if (deleted) return { kind: 'replica-gone', revision, replica: name };
    const record = {
      replica: name,
      session: textOf(fields['session']),
      beat: countOf(fields['beat']),
      enteredAt: countOf(fields['enteredAt']) || revision,
      partitionCount: countOf(fields['partitionCount']),
    };
    return { kind: 'replica', revision, record };
  }
  if (!/^\d+$/.test(first)) return undefined;
  // An unreadable or deleted lease is nobody's. No epoch so far can be larger than the revision that took its place.
  const record =
    deleted || fields['epoch'] === undefined
      ? { holder: '', session: '', epoch: revision }
      : { holder: textOf(fields['holder']), session: textOf(fields['session']), epoch: countOf(fields['epoch']) };
  return { kind: 'partition', revision, partition: Number(first), record };
}

function parseFields(value: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString());
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}
