/**
 * The seeing half of the engine: one informer per resource tells of the objects that carry the managed label. Objects with an intent become what is tracked of them; others are
 * handed on as unclaimed. Nothing is decided here about what to do.
 */
import type { MemberClient } from './member-client.ts';
import { runMemberInformer } from './member-informer.ts';
import { ObservationBuffer } from './observation-buffer.ts';
import { observe } from './observed-object.ts';
import type { MemberObject, ObservedObject } from './observed-object.ts';
import { objectKey, resourceKey, resourcePath } from './object-target.ts';
import type { ObjectTarget } from './object-target.ts';
import type { TrackedObject, TrackedObjects } from './tracked-objects.ts';
import type { RawWatchEvent } from './watch-lines.ts';

export interface MemberObserverDeps {
  readonly client: MemberClient;
  readonly tracked: TrackedObjects;
  /** Newest state of a tracked object, which stands in `tracked.observed` already; `undefined` = it is gone. */
  readonly onSeen: (key: string, tracked: TrackedObject, object: MemberObject | undefined) => void;
  /** On hold and not there: nothing will be written, so nothing else would tell that what the owner remembers is gone. */
  readonly onMissing: (key: string) => void;
  readonly onUnclaimed: (target: ObjectTarget, observed: MemberObject) => void;
  /** The key waited for the first list of its resource. */
  readonly onListed: (key: string) => void;
  /** Writes are running: observations may wait longer. */
  readonly isBusy: () => boolean;
  readonly random: () => number;
}

export interface MemberObserverOptions {
  readonly managedSelector: string;
  /** Raw observed objects kept, in bytes of JSON. */
  readonly observedBytesMax: number;
}

interface Informer {
  readonly apiVersion: string;
  readonly resource: string;
  /** False until the first list ended, well or badly: before that nobody can tell what is there, and creating blindly costs two requests for each object. */
  isListed: boolean;
  /** Keys that wait for that. */
  readonly waiting: Set<string>;
  listGeneration: number;
  /** Ends the run of this informer: a new one begins with a list. */
  run: AbortController;
}

export class MemberObserver {
  readonly #deps: MemberObserverDeps;
  readonly #managedSelector: string;
  readonly #buffer: ObservationBuffer;
  readonly #informers = new Map<string, Informer>();
  readonly #stop = new AbortController();

  constructor(deps: MemberObserverDeps, { managedSelector, observedBytesMax }: MemberObserverOptions) {
    this.#deps = deps;
    this.#managedSelector = managedSelector;
    this.#buffer = new ObservationBuffer({
      take: (event, resource) => this.#takeEvent(resource, event),
      isBusy: deps.isBusy,
      bytesMax: observedBytesMax,
    });
  }

  /** Observes the resource from now on. Idempotent. */
  watch(apiVersion: string, resource: string): void {
    const key = resourceKey(apiVersion, resource);
    if (this.#informers.has(key) || this.#stop.signal.aborted) return;
    const informer: Informer = {
      resource,
      apiVersion,
      listGeneration: 0,
      isListed: false,
      waiting: new Set(),
      run: new AbortController(),
    };
    this.#informers.set(key, informer);
    void this.#observe(key, informer);
  }

  /** Lists everything anew: what stood unclaimed so far is told once more, and who gets an intent meanwhile waits for the list. */
  lookAgain(): void {
    if (this.#stop.signal.aborted) return;
    for (const [key, informer] of this.#informers) {
      informer.run.abort();
      informer.run = new AbortController();
      informer.isListed = false;
      void this.#observe(key, informer);
    }
  }

  /** True when it isn't known yet what of this resource is there; `onListed` tells when it is. */
  awaitsList(key: string, { apiVersion, resource }: ObjectTarget): boolean {
    const informer = this.#informers.get(resourceKey(apiVersion, resource));
    if (informer?.isListed !== false) return false;
    informer.waiting.add(key);
    return true;
  }

  /** The observation was replaced by a newer one: its bytes no longer count. */
  release(observed: ObservedObject): void {
    this.#buffer.release(observed);
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#stop.abort();
    this.#buffer.stop();
  }

  async #observe(resource: string, informer: Informer): Promise<void> {
    const { signal } = informer.run;
    await runMemberInformer(
      {
        client: this.#deps.client,
        random: this.#deps.random,
        onListStarted: () => {
          if (signal.aborted) return;
          informer.listGeneration++;
          this.#buffer.drop(resource);
        },
        onListed: (object) => !signal.aborted && this.#takeListed(resource, informer, object as MemberObject),
        onListCompleted: () => {
          if (signal.aborted) return;
          this.#dropUnlisted(resource, informer);
          this.#releaseWaiting(informer);
        },
        onEvent: (event) => !signal.aborted && this.#buffer.add(resource, event),
        // The write itself will tell what is wrong (a kind that the member does not serve, a missing right, no route).
        onFailure: () => !signal.aborted && this.#releaseWaiting(informer),
      },
      { path: resourcePath(informer.apiVersion, informer.resource), labelSelector: this.#managedSelector },
      AbortSignal.any([this.#stop.signal, signal]),
    );
  }

  #releaseWaiting(informer: Informer): void {
    informer.isListed = true;
    for (const key of informer.waiting) this.#deps.onListed(key);
    informer.waiting.clear();
  }

  #takeListed(resource: string, informer: Informer, item: MemberObject): void {
    // Items of a list lack apiVersion and kind.
    const object: MemberObject = { ...item, apiVersion: informer.apiVersion, kind: item.kind ?? '' };
    const { name = '', namespace = '' } = object.metadata;
    this.#takeObject(objectKey(resource, namespace, name), informer, observe(object));
  }

  #dropUnlisted(resource: string, informer: Informer): void {
    if (this.#stop.signal.aborted) return;
    for (const [key, tracked] of this.#deps.tracked) {
      if (tracked.listGeneration === informer.listGeneration || !key.startsWith(`${resource}/`)) continue;
      if (tracked.observed !== undefined) this.#takeGone(key);
      else if (tracked.intent?.kind === 'hold') this.#deps.onMissing(key);
    }
  }

  #takeEvent(resource: string, { type, namespace, name, line }: RawWatchEvent): void {
    const key = objectKey(resource, namespace, name);
    const informer = this.#informers.get(resource);
    if (informer === undefined) return;
    if (type === 'DELETED') {
      this.#takeGone(key);
      return;
    }
    const observed = observe(line);
    if (observed !== undefined) this.#takeObject(key, informer, observed);
  }

  #takeObject(key: string, informer: Informer, observed: ObservedObject): void {
    const { tracked: objects } = this.#deps;
    const tracked = objects.get(key);
    const object = observed.object();
    if (object === undefined || this.#stop.signal.aborted) return;
    if (tracked?.intent === undefined) {
      const { name = '', namespace = '' } = object.metadata;
      this.#deps.onUnclaimed(
        { apiVersion: informer.apiVersion, kind: object.kind, resource: informer.resource, namespace, name },
        object,
      );
    } else {
      tracked.sightings++;
      objects.setObserved(tracked, observed);
      this.#deps.onSeen(key, tracked, object);
      this.#buffer.keep(observed);
    }
    // Whoever heard of it may have given it an intent.
    const listed = objects.get(key);
    if (listed !== undefined) listed.listGeneration = informer.listGeneration;
  }

  #takeGone(key: string): void {
    const tracked = this.#deps.tracked.get(key);
    if (tracked === undefined) return;
    tracked.sightings++;
    this.#deps.tracked.setObserved(tracked, undefined);
    this.#deps.onSeen(key, tracked, undefined);
  }
}
