import type { ObjectMeta } from '@flotilla/kinds/kube-object';
import type { ObjectStore } from '@flotilla/store/object-store';

import { finishDeletion } from './binding-deletion.ts';
import type { UserWorkState, workOfState } from './user-work-state.ts';
import { statusOfUserWork } from './user-work-status.ts';
import { WriteCoalescer } from './write-coalescer.ts';

export interface UserWorkWriterDeps {
  readonly store: ObjectStore;
  readonly isBusy: () => boolean;
  readonly now: () => number;
  /** The Work as it is known now; `undefined` when it is gone. */
  readonly stateOf: (key: string) => UserWorkState | undefined;
  /** Look at the Work again: what was written, or could not be, leads on from here. */
  readonly sync: (state: UserWorkState) => void;
  /** A write could not be stored and will be tried again. */
  readonly onError: (error: unknown) => void;
}

const retryDelayMs = 1_000;

/** Writes to the Works themselves: status, our finalizer, deletion. Never two edits of one Work at a time; lost races lead to another look. */
export class UserWorkWriter {
  readonly #deps: UserWorkWriterDeps;
  readonly #statuses: WriteCoalescer;
  readonly #retries = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(deps: UserWorkWriterDeps) {
    this.#deps = deps;
    this.#statuses = new WriteCoalescer({ ...deps, write: (key) => this.#writeStatus(key) });
  }

  /** Statuses that wait to be written. */
  get depth(): number {
    return this.#statuses.depth;
  }

  stop(): void {
    this.#isStopped = true;
    this.#statuses.stop();
    for (const timer of this.#retries) clearTimeout(timer);
  }

  markStatus(state: UserWorkState): void {
    this.#statuses.mark(state.key);
  }

  /** Changes the Work's own metadata; with a deletion timestamp and no finalizer it goes. */
  edit(state: UserWorkState, change: (metadata: ObjectMeta) => ObjectMeta): void {
    if (state.isWriting || this.#isStopped) return;
    state.isWriting = true;
    const { resource, namespace, name, revision, object } = state.stored;
    const metadata = change(object.metadata);
    const isDelete = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    const write = { resource, namespace, name, object: { ...object, metadata }, isDelete, expect: revision };
    void this.#deps.store
      .commit([write])
      .then(
        () => this.#syncLater(state, 0),
        (error: unknown) => this.#retry(state, error),
      )
      .finally(() => {
        state.isWriting = false;
      });
  }

  /** Everything of it is gone from the member: takes our finalizer off. */
  finish(state: UserWorkState): void {
    finishDeletion(this.#deps.store, state).catch((error: unknown) => this.#retry(state, error));
  }

  #retry(state: UserWorkState, error: unknown): void {
    this.#deps.onError(error);
    this.#syncLater(state, retryDelayMs);
  }

  #syncLater(state: UserWorkState, delayMs: number): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      if (this.#deps.stateOf(state.key) === state) this.#deps.sync(state);
    }, delayMs);
    this.#retries.add(timer);
  }

  async #writeStatus(key: string): Promise<'done' | 'conflict'> {
    const { store, now } = this.#deps;
    const state = this.#deps.stateOf(key);
    if (state === undefined) return 'done';
    const { resource, namespace, name } = state.stored;
    const stored = store.get(resource, namespace, name);
    if (stored === undefined || stored.object.metadata.uid !== state.stored.object.metadata.uid) return 'done';
    const work = stored.object as ReturnType<typeof workOfState>;
    const status = statusOfUserWork(state, work.status, now());
    if (JSON.stringify(status) === JSON.stringify(work.status)) return 'done';
    const write = { resource, namespace, name, object: { ...work, status }, expect: stored.revision };
    const { kind } = await store.commit([write]);
    return kind === 'conflict' ? 'conflict' : 'done';
  }
}
