/**
 * Keeps one member as declared: applies desired objects, corrects drift, deletes what is no longer wanted, reports what it sees. The same code serves a push member
 * (in the propagation service) and a pull member (in its agent).
 *
 * Model. Per object there is an *intent* (apply, hold, remove; given by the owner) and what was *observed* (by watching objects that carry the managed label). Whenever one of
 * them changes the key is queued; the applier compares the two and does at most one write. Events that change neither what is wanted nor what we may have to correct (status
 * updates) cost no comparison. A member that can't be reached pauses its queue; nobody else waits for it.
 */
import { ApplyQueue } from './apply-queue.ts';
import type { ApplyOutcome, Intent } from './intent.ts';
import type { MemberClient } from './member-client.ts';
import { MemberObserver } from './member-observer.ts';
import { ObjectApplier } from './object-applier.ts';
import type { ObjectRules } from './object-applier.ts';
import type { MemberObject } from './observed-object.ts';
import { targetKey } from './object-target.ts';
import type { ObjectTarget } from './object-target.ts';
import { Reachability } from './reachability.ts';
import { TrackedObjects } from './tracked-objects.ts';
import type { TrackedObject } from './tracked-objects.ts';

export interface MemberSyncDeps extends ObjectRules {
  readonly client: MemberClient;
  readonly onOutcome: (key: string, outcome: ApplyOutcome) => void;
  /** Newest state of an object that has an intent; `undefined` = it is gone. */
  readonly onObserved: (key: string, observed: MemberObject | undefined) => void;
  /** A managed object without an intent: perhaps left over from a decision made while nobody was here. */
  readonly onUnclaimed: (target: ObjectTarget, observed: MemberObject) => void;
  readonly onReachable: (isReachable: boolean, message: string) => void;
  readonly random: () => number;
}

export interface MemberSyncOptions {
  readonly managedSelector: string;
  /** Writes in flight per member. */
  readonly inFlightMax?: number;
  /** Raw observed objects kept for updates; above this the oldest are dropped and read again when needed. */
  readonly observedBytesMax?: number;
}

export class MemberSync {
  readonly #deps: MemberSyncDeps;
  readonly #tracked: TrackedObjects;
  readonly #queue: ApplyQueue;
  readonly #observer: MemberObserver;
  readonly #applier: ObjectApplier;
  readonly #reachability: Reachability;

  constructor(
    deps: MemberSyncDeps,
    { managedSelector, inFlightMax = 24, observedBytesMax = 64 * 1024 * 1024 }: MemberSyncOptions,
  ) {
    const { client, random } = deps;
    this.#deps = deps;
    this.#tracked = new TrackedObjects((observed) => this.#observer.release(observed));
    this.#queue = new ApplyQueue(
      { reconcile: (key) => this.#applier.reconcile(key), random },
      { inFlightMax, retryDelayMinMs: 50, retryDelayMaxMs: 120_000 },
    );
    this.#reachability = new Reachability({
      pause: () => this.#queue.pause(),
      resume: () => this.#queue.resume(),
      onReachable: deps.onReachable,
      random,
    });
    this.#observer = new MemberObserver(
      {
        client,
        tracked: this.#tracked,
        random,
        onSeen: (key, tracked, object) => this.#see(key, tracked, object),
        onMissing: (key) => deps.onObserved(key, undefined),
        onUnclaimed: deps.onUnclaimed,
        onListed: (key) => this.#queue.add(key),
        isBusy: () => this.#queue.isActive,
      },
      { managedSelector, observedBytesMax },
    );
    this.#applier = new ObjectApplier({
      client,
      rules: deps,
      tracked: this.#tracked,
      awaitsList: (key, target) => this.#observer.awaitsList(key, target),
      onOutcome: deps.onOutcome,
      onAnswered: () => this.#reachability.reached(),
      onUnreachable: (error) => this.#reachability.unreachable(error),
    });
  }

  /** Keys waiting or running; 0 = nothing to do. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** Writes are running or about to: not so while the member is away, however much waits for it. */
  get isBusy(): boolean {
    return this.#queue.isActive;
  }

  /** Keys that wait for another try. */
  get retrying(): number {
    return this.#queue.retrying;
  }

  setIntent(intent: Intent): void {
    const key = targetKey(intent.target);
    const tracked = this.#tracked.getOrAdd(key);
    tracked.intent = intent;
    // Whoever gives the intent hears of its outcome, also when the one before had the same.
    tracked.outcome = undefined;
    this.watch(intent.target.apiVersion, intent.target.resource);
    this.#queue.add(key);
  }

  /** The owner no longer cares; the object stays as it is in the member. */
  forget(target: ObjectTarget): void {
    this.#tracked.delete(targetKey(target));
  }

  intentOf(target: ObjectTarget): Intent | undefined {
    return this.#tracked.get(targetKey(target))?.intent;
  }

  /** Observes a resource in this member, also when no intent of that resource exists here (leftovers). Idempotent. */
  watch(apiVersion: string, resource: string): void {
    this.#observer.watch(apiVersion, resource);
  }

  /** The member is known to answer again: do not wait for the backoff. */
  nudge(): void {
    this.#reachability.nudge();
  }

  /** Lists all watched resources anew, so that whoever is about to give intents hears of everything that is there, claimed or not. */
  lookAgain(): void {
    this.#observer.lookAgain();
  }

  async stop(): Promise<void> {
    this.#observer.stop();
    this.#applier.stop();
    this.#reachability.stop();
    await this.#queue.stop();
  }

  #see(key: string, tracked: TrackedObject, object: MemberObject | undefined): void {
    if (object === undefined) {
      tracked.settledHash = undefined;
      this.#deps.onObserved(key, undefined);
      this.#queue.add(key);
      return;
    }
    const isSettled =
      tracked.settledFingerprint === tracked.observed?.fingerprint || this.#applier.settleWritten(key, tracked, object);
    if (!isSettled) this.#queue.add(key);
    this.#deps.onObserved(key, object);
  }
}
