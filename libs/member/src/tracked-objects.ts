import type { Intent } from './intent.ts';
import type { MemberObject, ObservedObject } from './observed-object.ts';
import type { WrittenState } from './written-state.ts';

/** What is known about one object of a member: what is wanted, what was seen, and how far the two are known to agree. */
export interface TrackedObject {
  /** `undefined` never lasts: an object is tracked because somebody wants something of it. */
  intent: Intent | undefined;
  observed: ObservedObject | undefined;
  settledHash: string | undefined;
  settledFingerprint: string | undefined;
  /** Our last write, until its effect has been compared. */
  written: OwnWrite | undefined;
  /** How often list or watch told of the object: an answer to a read that was overtaken by them is not believed. */
  sightings: number;
  /** Tries that found the namespace missing: it is on its way, for a moment. */
  namespaceWaits: number;
  /** Last reported outcome, so that only changes are told. */
  outcome: string | undefined;
  listGeneration: number;
}

/** A write that the member accepted. */
export interface OwnWrite {
  readonly intent: Intent;
  readonly manifest: MemberObject;
  readonly hash: string;
  /** `undefined` when the answer did not tell. */
  readonly state: WrittenState | undefined;
}

/** Objects that have an intent, by target key. */
export class TrackedObjects implements Iterable<readonly [string, TrackedObject]> {
  readonly #byKey = new Map<string, TrackedObject>();
  readonly #onReplaced: (observed: ObservedObject) => void;

  /** `onReplaced` hears of each observation that is no longer the newest. */
  constructor(onReplaced: (observed: ObservedObject) => void) {
    this.#onReplaced = onReplaced;
  }

  get(key: string): TrackedObject | undefined {
    return this.#byKey.get(key);
  }

  getOrAdd(key: string): TrackedObject {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const tracked: TrackedObject = {
      intent: undefined,
      observed: undefined,
      settledHash: undefined,
      settledFingerprint: undefined,
      written: undefined,
      sightings: 0,
      namespaceWaits: 0,
      outcome: undefined,
      listGeneration: 0,
    };
    this.#byKey.set(key, tracked);
    return tracked;
  }

  /** Whether this is still what the key stands for: its owner may have let go of it meanwhile, and another one come. */
  has(key: string, tracked: TrackedObject): boolean {
    return this.#byKey.get(key) === tracked;
  }

  delete(key: string): void {
    const tracked = this.#byKey.get(key);
    if (tracked === undefined) return;
    this.setObserved(tracked, undefined);
    this.#byKey.delete(key);
  }

  setObserved(tracked: TrackedObject, observed: ObservedObject | undefined): void {
    if (tracked.observed !== undefined) this.#onReplaced(tracked.observed);
    tracked.observed = observed;
  }

  [Symbol.iterator](): Iterator<readonly [string, TrackedObject]> {
    return this.#byKey[Symbol.iterator]();
  }
}
