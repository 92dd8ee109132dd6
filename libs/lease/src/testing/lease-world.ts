/**
 * Replicas of one service around a log, under full control: what each reads, when it looks, when its appends are stored and when it learns of that. Appends may be stored
 * long after the sender gave up on them; clocks differ in origin and run at different speeds; anything may stand still for any time.
 */
import type { Append, AppendResult, Entry } from '@flotilla/log/event-log';
import { createLeaseCore, type LeaseCore } from '../lease-core.ts';
import { decodeLeaseEntry, type LeaseEntry } from '../lease-record.ts';

export const times = { renewEveryMs: 1_000, validForMs: 2_000, deadAfterMs: 3_000 };

const tickMs = 100;

interface Sent {
  readonly key: string;
  readonly append: Append;
  /** Set once the log has taken it in. */
  result: AppendResult | undefined;
  /** The sender has been answered, or gave up. */
  isSettled: boolean;
}

export interface WorldReplica {
  readonly name: string;
  readonly core: LeaseCore;
  /** Entries of the log that it has read. */
  cursor: number;
  isAlive: boolean;
  sent: Sent[];
  readonly clock: (worldMs: number) => number;
}

export interface LeaseWorld {
  readonly replicas: readonly WorldReplica[];
  readonly partitionCount: number;
  nowMs: number;
  add(options: {
    readonly name: string;
    readonly offsetMs?: number;
    readonly rate?: number;
    readonly partitionCount?: number;
  }): WorldReplica;
  read(replica: WorldReplica, entries?: number): void;
  /** Reads all live entries anew, as after a gap in the history. */
  reread(replica: WorldReplica): void;
  step(replica: WorldReplica): void;
  /** The log takes in one append that is on its way, even of the dead. */
  store(replica: WorldReplica, index: number): void;
  /** The sender learns what became of it; what isn't stored yet counts as unknown to it and stays on its way. */
  settle(replica: WorldReplica, index: number): void;
  drain(replica: WorldReplica): void;
  /** Everything works for a while, but for one: frozen it does nothing, mute its appends aren't stored, deaf it reads nothing. */
  work(forMs: number, exception?: { readonly of: WorldReplica; readonly as: 'frozen' | 'mute' | 'deaf' }): void;
  /** Partition → names of those who believe that they own it now. */
  owners(partition: number): readonly string[];
  /** Epochs that were held by two sessions: there may be none. */
  readonly sharedEpochs: readonly string[];
}

export function createLeaseWorld(partitionCount: number, options: Partial<typeof times> = {}): LeaseWorld {
  const log: LeaseEntry[] = [];
  const live = new Map<string, { readonly revision: number; readonly entry: LeaseEntry }>();
  const replicas: WorldReplica[] = [];
  const epochOwners = new Map<string, string>();
  const sharedEpochs: string[] = [];

  function append({ subject, value, deleted = false, expect }: Append): AppendResult {
    const actual = live.get(subject)?.revision ?? 0;
    if (expect !== undefined && actual !== expect) return { kind: 'conflict', subject, actual };
    const revision = log.length + 1;
    const raw: Entry = { revision, subject, value, deleted, timeMs: 0, headers: {} };
    const entry = decodeLeaseEntry(raw);
    if (entry === undefined) throw new Error(`no lease: ${subject}`);
    log.push(entry);
    if (deleted) live.delete(subject);
    else live.set(subject, { revision, entry });
    if (entry.kind === 'partition' && entry.record.holder !== '') noteEpoch(entry.partition, entry.record);
    return { kind: 'appended', revisions: [revision] };
  }

  function noteEpoch(
    partition: number,
    { epoch, session }: { readonly epoch: number; readonly session: string },
  ): void {
    const key = `${partition}/${epoch}`;
    if ((epochOwners.get(key) ?? session) !== session) sharedEpochs.push(key);
    epochOwners.set(key, session);
  }

  const world: LeaseWorld = {
    replicas,
    partitionCount,
    nowMs: 0,
    sharedEpochs,
    add({ name, offsetMs = 0, rate = 1, partitionCount: count = partitionCount }) {
      const incarnation = `${name}#${replicas.length}`;
      const replica: WorldReplica = {
        name,
        core: createLeaseCore({
          service: 'test',
          replica: name,
          incarnation,
          partitionCount: count,
          ...times,
          ...options,
        }),
        cursor: 0,
        isAlive: true,
        sent: [],
        clock: (worldMs) => offsetMs + worldMs * rate,
      };
      replicas.push(replica);
      return replica;
    },
    read(replica, entries = Infinity) {
      if (!replica.isAlive) return;
      const end = Math.min(log.length, replica.cursor + entries);
      const batch = log.slice(replica.cursor, end);
      replica.cursor = end;
      replica.core.observe(batch, end === log.length, replica.clock(world.nowMs));
    },
    reread(replica) {
      if (!replica.isAlive) return;
      replica.core.restart();
      replica.cursor = log.length;
      const entries = [...live.values()].toSorted((a, b) => a.revision - b.revision).map(({ entry }) => entry);
      replica.core.observe(entries, true, replica.clock(world.nowMs));
    },
    step(replica) {
      if (!replica.isAlive) return;
      const { actions } = replica.core.step(replica.clock(world.nowMs));
      replica.sent.push(...actions.map((action) => ({ ...action, result: undefined, isSettled: false })));
    },
    store(replica, index) {
      const sent = replica.sent[index % Math.max(1, replica.sent.length)];
      if (sent === undefined || sent.result !== undefined) return;
      sent.result = append(sent.append);
      forget(replica);
    },
    settle(replica, index) {
      const sent = replica.sent[index % Math.max(1, replica.sent.length)];
      if (sent === undefined || sent.isSettled || !replica.isAlive) return;
      sent.isSettled = true;
      replica.core.settle(sent.key, sent.result, replica.clock(world.nowMs));
      forget(replica);
    },
    drain(replica) {
      for (const partition of replica.core.draining()) replica.core.drained(partition);
    },
    work(forMs, exception) {
      for (let passedMs = 0; passedMs < forMs; passedMs += tickMs) {
        world.nowMs += tickMs;
        for (const replica of replicas) {
          const fault = replica === exception?.of ? exception.as : undefined;
          if (fault === 'frozen') continue;
          for (let index = replica.sent.length - 1; index >= 0; index--) {
            if (fault !== 'mute') world.store(replica, index);
            world.settle(replica, index);
          }
          if (fault !== 'deaf') world.read(replica);
          world.drain(replica);
          world.step(replica);
        }
      }
    },
    owners(partition) {
      return replicas
        .filter(({ isAlive, core, clock }) => isAlive && core.owns(partition, clock(world.nowMs)))
        .map(({ name }) => name);
    },
  };

  function forget(replica: WorldReplica): void {
    replica.sent = replica.sent.filter(({ result, isSettled }) => result === undefined || !isSettled);
  }

  return world;
}
