import { setTimeout as delay } from 'node:timers/promises';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import {
  HistoryExpired,
  LogUnavailable,
  type Append,
  type Entry,
  type EntryBatch,
  type EventLog,
  type Revision,
} from '@flotilla/log/event-log';
import { encodeToken, stateSubject } from '@flotilla/log/subject';

import { ObjectMemo, type CachedObject } from './cached-object.ts';
import { ChangeFeed, resourceKey } from './change-feed.ts';
import { ChangeWindow, type ChangeWindowLimits } from './change-window.ts';
import { missedDeletion, ObjectCache, pastChange } from './object-cache.ts';
import type {
  CommitResult,
  ObjectChange,
  ObjectStore,
  ObjectWrite,
  StoredObject,
  SubscribeOptions,
  Subscription,
} from './object-store.ts';
import { RevisionGate } from './revision-gate.ts';
import { draftOf } from './serialize-object.ts';

export interface ObjectStoreOptions {
  readonly log: EventLog;
  /** What is cached; absent = everything. Other resources can be written, not read. */
  readonly resources?: readonly ResourceId[] | undefined;
  /** Recent changes kept for subscribers that resume (default 10,000 changes, 32 MiB). */
  readonly historyWindow?: ChangeWindowLimits;
  /** Ends the store: its cache stands still, and who waits for a revision is rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

const defaultWindow: ChangeWindowLimits = { maxChanges: 10_000, maxBytes: 32 * 1024 * 1024 };
/** Between two tries to go on reading. */
const retryDelayMs = 250;
const noObjects: readonly StoredObject[] = [];

/** Resolves when the cache has everything that the log had when the call began. */
export async function createObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  const store = new LogObjectStore(options);
  await store.start();
  return store;
}

/**
 * The cache is fed by one read of the log that begins at its oldest entry: entries up to the revision of the loaded state only fill the window of changes, later ones
 * change the cache. When the read falls out of the log's history, the state is loaded again and the difference is delivered as changes.
 */
class LogObjectStore implements ObjectStore {
  readonly #log: EventLog;
  readonly #signal: AbortSignal;
  readonly #subjects: readonly string[];
  readonly #resources: ReadonlySet<string> | undefined;
  readonly #cache = new ObjectCache();
  readonly #window: ChangeWindow;
  readonly #feed = new ChangeFeed();
  readonly #gate = new RevisionGate(0);

  constructor({ log, resources, historyWindow = defaultWindow, signal }: ObjectStoreOptions) {
    this.#log = log;
    this.#signal = signal;
    this.#subjects = resources?.map(subjectOf) ?? ['state.>'];
    this.#resources = resources && new Set(resources.map(resourceKey));
    this.#window = new ChangeWindow(historyWindow, 0);
  }

  get revision(): Revision {
    return this.#gate.revision;
  }

  get(resource: ResourceId, namespace: string, name: string): StoredObject | undefined {
    return this.#cache.table(resource)?.get(namespace, name);
  }

  list(resource: ResourceId, namespace?: string): readonly StoredObject[] {
    return this.#cache.table(resource)?.list(namespace) ?? noObjects;
  }

  count(resource: ResourceId): number {
    return this.#cache.table(resource)?.count ?? 0;
  }

  waitFor(revision: Revision, signal?: AbortSignal): Promise<void> {
    return this.#gate.wait(revision, signal);
  }

  subscribe(options: SubscribeOptions): Subscription | { readonly kind: 'expired'; readonly oldest: Revision } {
    const { oldest } = this.#window;
    if (options.from < oldest) return { kind: 'expired', oldest };
    const backlog = options.from < this.revision ? this.#window.after(options.from) : [];
    return this.#feed.add(options, backlog, () => this.revision);
  }

  async commit(writes: readonly ObjectWrite[], headers?: Readonly<Record<string, string>>): Promise<CommitResult> {
    const memos = writes.map((write) => this.#memoOf(write));
    const appends = writes.map((write, index) => this.#appendOf(write, memos[index], headers));
    const result = await this.#log.append(appends);
    if (result.kind === 'conflict') {
      const lost = writes[appends.findIndex(({ subject }) => subject === result.subject)];
      if (lost === undefined) throw new Error(`the log reported a conflict on ${result.subject}, which wasn't written`);
      // Who tries again finds what won: the writer may be another process, whose write is only on its way here.
      if (result.actual > this.revision && this.#caches(lost.resource)) await this.waitFor(result.actual);
      return { kind: 'conflict', write: lost, actual: result.actual };
    }
    const last = result.revisions.at(-1) ?? 0;
    if (last > this.revision && writes.some(({ resource }) => this.#caches(resource))) await this.waitFor(last);
    const timeMs = Date.now();
    const objects = memos.map((memo, index) => this.#committed(memo, result.revisions[index] ?? last, timeMs));
    return { kind: 'committed', objects };
  }

  /** The cached object when the log didn't carry the memo to the cache, so that there is one object for each revision. */
  #committed(memo: ObjectMemo, revision: Revision, timeMs: number): StoredObject {
    const { resource, namespace, name } = memo.key;
    const live = this.get(resource, namespace, name);
    return live?.revision === revision ? live : memo.storedAt(revision, timeMs);
  }

  #memoOf({ resource, namespace, name, object }: ObjectWrite): ObjectMemo {
    const live = this.#cache.table(resource)?.get(namespace, name);
    const bytes = live?.isParsedAs(object) === true ? live.bytes : undefined;
    return new ObjectMemo({ resource, namespace, name }, draftOf(object), bytes);
  }

  #appendOf(
    { resource, namespace, name, expect, isDelete }: ObjectWrite,
    memo: ObjectMemo | undefined,
    headers: Readonly<Record<string, string>> | undefined,
  ): Append {
    const { group, resource: plural } = resource;
    return {
      subject: stateSubject({ group, resource: plural, namespace, name }),
      value: memo?.bytes ?? new Uint8Array(),
      memo,
      ...(isDelete === true && { deleted: true }),
      ...(expect !== undefined && { expect }),
      ...(headers !== undefined && { headers }),
    };
  }

  #caches(resource: ResourceId): boolean {
    return this.#resources?.has(resourceKey(resource)) ?? true;
  }

  async start(): Promise<void> {
    let loaded = 0;
    for await (const batch of this.#log.latest(this.#subjects)) {
      for (const entry of batch.entries) this.#cache.apply(entry);
      loaded = batch.through;
    }
    const started = Promise.withResolvers<void>();
    void this.#follow(loaded, started.resolve).catch((error: unknown) => {
      this.#gate.fail(error);
      started.reject(error);
    });
    await started.promise;
  }

  /** Ends only by throwing: the signal's reason, or what the log throws. History lost is made up for. */
  async #follow(loaded: Revision, onCaughtUp: () => void): Promise<never> {
    let base = loaded;
    let from = Math.min(await this.#log.firstReadable(), base);
    if (base > 0) this.#window.restart(from);
    let isExpired = false;
    for (;;) {
      try {
        if (isExpired) base = from = await this.#reload();
        isExpired = false;
        await this.#read(base, from, onCaughtUp);
        this.#signal.throwIfAborted();
        throw new Error('the log ended a read that was not aborted');
      } catch (error) {
        if (error instanceof HistoryExpired) isExpired = true;
        else if (!isPassing(error)) throw error;
        else await delay(retryDelayMs, undefined, { signal: this.#signal });
        from = Math.max(from, this.revision);
      }
    }
  }

  async #read(base: Revision, from: Revision, onCaughtUp: () => void): Promise<void> {
    let isGapPossible = from === 0;
    for await (const batch of this.#log.read({ subjects: this.#subjects, from, signal: this.#signal })) {
      if (isGapPossible) await this.#checkNoGap(base);
      isGapPossible = false;
      this.#take(batch, base);
      if (batch.isCaughtUp) onCaughtUp();
    }
  }

  /** A read from 0 begins at the oldest entry there is, and doesn't tell when that is later than the state loaded. */
  async #checkNoGap(base: Revision): Promise<void> {
    const firstReadable = await this.#log.firstReadable();
    if (firstReadable > base) throw new HistoryExpired(firstReadable);
  }

  #take({ entries, through }: EntryBatch, base: Revision): void {
    const changes: ObjectChange[] = [];
    for (const entry of entries) {
      if (entry.revision <= this.revision) continue;
      if (entry.revision <= base) this.#remember(entry);
      else pushIfChanged(changes, this.#cache.apply(entry));
    }
    this.#publish(changes, through);
  }

  /** The window holds whole changes only: where one can't be told, it begins behind it. */
  #remember(entry: Entry): void {
    const change = pastChange(this.#cache, entry);
    if (change === undefined) this.#window.restart(entry.revision);
    else if (change.type !== 'DELETED' || change.previous !== undefined) this.#window.push([change]);
  }

  #publish(changes: readonly ObjectChange[], through: Revision): void {
    if (changes.length > 0) this.#window.push(changes);
    this.#gate.reach(through);
    if (changes.length > 0) this.#feed.deliver(changes, through);
  }

  /** Loads the state anew and publishes how it differs. The window starts again: what happened in between is unknown. */
  async #reload(): Promise<Revision> {
    const entries: Entry[] = [];
    let through = 0;
    for await (const batch of this.#log.latest(this.#subjects)) {
      entries.push(...batch.entries);
      through = batch.through;
    }
    const kept = new Set<CachedObject>();
    const changes: ObjectChange[] = [];
    for (const entry of entries) {
      const object = this.#cache.objectOf(entry);
      const { revision } = this.#cache.table(object.resource)?.get(object.namespace, object.name) ?? { revision: 0 };
      if (revision < entry.revision) pushIfChanged(changes, this.#cache.apply(entry));
      kept.add(object);
    }
    for (const object of this.#cache.objects()) {
      if (kept.has(object)) continue;
      this.#cache.table(object.resource)?.remove(object.namespace, object.name);
      changes.push(missedDeletion(object, through));
    }
    changes.sort((a, b) => a.object.revision - b.object.revision);
    this.#window.restart(through);
    this.#gate.reach(through);
    this.#feed.deliver(changes, through);
    return through;
  }
}

/** A log that can't be reached now will be again. */
function isPassing(error: unknown): boolean {
  return error instanceof LogUnavailable && error.reason !== 'Closed';
}

function pushIfChanged(changes: ObjectChange[], change: ObjectChange | undefined): void {
  if (change !== undefined) changes.push(change);
}

function subjectOf({ group, resource }: ResourceId): string {
  return `state.${encodeToken(group || 'core')}.${resource}.>`;
}
