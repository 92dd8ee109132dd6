/**
 * Keeps one member as declared: applies desired objects, corrects drift, deletes what is no longer wanted, reports what it sees. The same code serves a push member
 * (in the propagation service) and a pull member (in its agent).
 *
 * Model. Per object there is an *intent* (apply, hold, remove; given by the owner) and what was *observed* (by watching objects that carry the managed label). `reconcile`
 * compares the two and does at most one write. An object is *settled* when a render with this hash was found equal to an observation with this fingerprint: events that
 * change neither (status updates) cost no comparison. Writes: POST when nothing is there; PUT with what the member owns retained; an object that is there but not managed is
 * taken over only when the conflict resolution says so. A member that can't be reached pauses its queue; nobody else waits for it.
 */
import { ApplyQueue } from './apply-queue.ts';
import { backoffMs, runMemberInformer } from './member-informer.ts';
import { MemberUnreachable } from './member-client.ts';
import type { MemberClient, MemberResponse } from './member-client.ts';
import { ObservationBuffer } from './observation-buffer.ts';
import { observe } from './observed-object.ts';
import type { MemberObject, ObservedObject } from './observed-object.ts';
import { collectionPath, objectPath, resourceKey, resourcePath, targetKey } from './object-target.ts';
import type { ObjectTarget } from './object-target.ts';
import { statusMessage } from './status-message.ts';

export type RenderOutcome =
  | { readonly kind: 'rendered'; readonly manifest: MemberObject; json(): string; readonly hash: string }
  | { readonly kind: 'failed'; readonly message: string };

export type Intent =
  | {
      readonly kind: 'apply';
      readonly target: ObjectTarget;
      readonly render: () => RenderOutcome;
      readonly conflictResolution: 'Abort' | 'Overwrite';
    }
  /** Observe, write nothing (suspended). */
  | { readonly kind: 'hold'; readonly target: ObjectTarget }
  /** Delete, or with `isPreserved` only take our marks off. `isOurs` guards: an object that fails it is left alone. */
  | {
      readonly kind: 'remove';
      readonly target: ObjectTarget;
      readonly isPreserved: boolean;
      readonly isOurs: (observed: MemberObject) => boolean;
    };

export type ApplyOutcome =
  { readonly kind: 'applied' } | { readonly kind: 'failed'; readonly message: string } | { readonly kind: 'removed' };

export interface MemberSyncDeps {
  readonly client: MemberClient;
  /** The object to PUT: `desired` with what the member owns taken from `observed` (rendering's retain rules). */
  readonly bodyForUpdate: (desired: MemberObject, observed: MemberObject) => MemberObject;
  /** `defaulted`: nothing we declare differs, but the member has fields that we leave open: its defaults, or somebody's additions. */
  readonly compare: (desired: MemberObject, observed: MemberObject) => 'same' | 'defaulted' | 'different';
  /** The object without our labels and annotations (preserve on deletion). */
  readonly withoutMarks: (observed: MemberObject) => MemberObject;
  readonly isManaged: (observed: MemberObject) => boolean;
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

interface Tracked {
  intent: Intent | undefined;
  observed: ObservedObject | undefined;
  settledHash: string | undefined;
  settledFingerprint: string | undefined;
  /** Hash of the render that we wrote successfully and whose effect has not been compared yet. */
  writtenHash: string | undefined;
  /** How often list or watch told of the object: an answer to a read that was overtaken by them is not believed. */
  sightings: number;
  /** Tries that found the namespace missing: it is on its way, for a moment. */
  namespaceWaits: number;
  /** Last reported outcome, so that only changes are told. */
  outcome: string | undefined;
  listGeneration: number;
}

export class MemberSync {
  readonly #deps: MemberSyncDeps;
  readonly #options: MemberSyncOptions;
  readonly #tracked = new Map<string, Tracked>();
  readonly #queue: ApplyQueue;
  readonly #observations: ObservationBuffer;
  readonly #informers = new Map<string, Informer>();
  readonly #stop = new AbortController();
  #unreachableCount = 0;
  #resumeTimer: NodeJS.Timeout | undefined;

  constructor(deps: MemberSyncDeps, options: MemberSyncOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#queue = new ApplyQueue(
      { reconcile: (key) => this.#reconcile(key), random: deps.random },
      { inFlightMax: options.inFlightMax ?? 24, retryDelayMinMs: 50, retryDelayMaxMs: 120_000 },
    );
    this.#observations = new ObservationBuffer({
      take: (event, resource) => this.#takeEvent(event.type, resource, event.namespace, event.name, event.line),
      isBusy: () => this.#queue.isActive,
      bytesMax: options.observedBytesMax ?? 64 * 1024 * 1024,
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
    const tracked = this.#tracked.get(key) ?? this.#track(key);
    tracked.intent = intent;
    // Whoever gives the intent hears of its outcome, also when the one before had the same.
    tracked.outcome = undefined;
    this.watch(intent.target.apiVersion, intent.target.resource);
    this.#queue.add(key);
  }

  /** The owner no longer cares; the object stays as it is in the member. */
  forget(target: ObjectTarget): void {
    this.#untrack(targetKey(target));
  }

  intentOf(target: ObjectTarget): Intent | undefined {
    return this.#tracked.get(targetKey(target))?.intent;
  }

  /** Observes a resource in this member, also when no intent of that resource exists here (leftovers). Idempotent. */
  watch(apiVersion: string, resource: string): void {
    const key = resourceKey(apiVersion, resource);
    if (this.#informers.has(key) || this.#stop.signal.aborted) return;
    const informer: Informer = { resource, apiVersion, listGeneration: 0, isListed: false, waiting: new Set() };
    this.#informers.set(key, informer);
    void this.#observe(key, informer);
  }

  /** The member is known to answer again: do not wait for the backoff. */
  nudge(): void {
    if (this.#resumeTimer === undefined) return;
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = undefined;
    this.#queue.resume();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#resumeTimer);
    this.#observations.stop();
    await this.#queue.stop();
  }

  #track(key: string): Tracked {
    const tracked: Tracked = {
      intent: undefined,
      observed: undefined,
      settledHash: undefined,
      settledFingerprint: undefined,
      writtenHash: undefined,
      sightings: 0,
      namespaceWaits: 0,
      outcome: undefined,
      listGeneration: 0,
    };
    this.#tracked.set(key, tracked);
    return tracked;
  }

  #untrack(key: string): void {
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return;
    this.#setObserved(tracked, undefined);
    this.#tracked.delete(key);
  }

  async #reconcile(key: string): Promise<'done' | 'retry' | 'later'> {
    const tracked = this.#tracked.get(key);
    if (tracked?.intent === undefined) return 'done';
    try {
      const result = await this.#act(key, tracked, tracked.intent);
      this.#reached();
      return result;
    } catch (error) {
      if (this.#stop.signal.aborted) return 'done';
      if (error instanceof ReadRefused) {
        this.#reached();
        return this.#refused(key, tracked, error.response);
      }
      if (error instanceof MemberUnreachable) {
        this.#unreachable(error);
        this.#tell(key, tracked, {
          kind: 'failed',
          message: `waits until the member can be reached: ${error.message}`,
        });
        return 'later';
      }
      // A template or a member's answer that our code cannot deal with: told like a refusal, so that it hurts this object alone.
      this.#tell(key, tracked, { kind: 'failed', message: `internal error: ${errorText(error)}` });
      return 'retry';
    }
  }

  #act(key: string, tracked: Tracked, intent: Intent): Promise<'done' | 'retry'> {
    switch (intent.kind) {
      case 'apply':
        return this.#apply(key, tracked, intent);
      case 'remove':
        return this.#remove(key, tracked, intent);
      case 'hold':
        return Promise.resolve('done');
    }
  }

  async #apply(key: string, tracked: Tracked, intent: Intent & { kind: 'apply' }): Promise<'done' | 'retry'> {
    const rendered = intent.render();
    if (rendered.kind === 'failed') {
      this.#tell(key, tracked, { kind: 'failed', message: rendered.message });
      return 'done';
    }
    if (tracked.observed === undefined) {
      const informer = this.#informers.get(resourceKey(intent.target.apiVersion, intent.target.resource));
      if (informer?.isListed === false) {
        informer.waiting.add(key);
        return 'done';
      }
      const created = await this.#request('POST', collectionPath(intent.target), rendered.json());
      if (created.status === 201 || created.status === 200 || created.status === 202) {
        tracked.writtenHash = rendered.hash;
        tracked.namespaceWaits = 0;
        this.#tell(key, tracked, { kind: 'applied' });
        return 'done';
      }
      if (isNamespaceMissing(created, intent.target) && tracked.namespaceWaits++ < namespaceWaitsMax) return 'retry';
      if (created.status !== 409) return this.#refused(key, tracked, created);
      // Something is there that the watch has not shown: ours and not yet seen, or somebody else's. Look.
      await this.#look(tracked, intent.target);
      if (tracked.observed === undefined) return 'retry';
    }
    return this.#update(key, tracked, intent, rendered);
  }

  async #update(
    key: string,
    tracked: Tracked,
    intent: Intent & { kind: 'apply' },
    rendered: RenderOutcome & { kind: 'rendered' },
  ): Promise<'done' | 'retry'> {
    const { observed } = tracked;
    if (observed === undefined) return 'retry';
    if (tracked.settledHash === rendered.hash && tracked.settledFingerprint === observed.fingerprint) {
      this.#tell(key, tracked, { kind: 'applied' });
      return 'done';
    }
    const current = observed.object() ?? (await this.#look(tracked, intent.target));
    if (current === undefined) return this.#vanished(tracked);
    if (!this.#deps.isManaged(current) && intent.conflictResolution === 'Abort') {
      this.#tell(key, tracked, { kind: 'failed', message: alreadyExists(intent.target) });
      // Not watched, since it lacks the managed label: look again now and then.
      return this.#vanished(tracked);
    }
    // It is on its way out; the DELETED event brings us back.
    if (current.metadata.deletionTimestamp !== undefined) return 'done';
    const state = this.#deps.compare(rendered.manifest, current);
    // What we wrote ourselves a moment ago carries defaults only; additions by others come later, with a fingerprint of their own.
    if (state === 'same' || (state === 'defaulted' && tracked.writtenHash === rendered.hash)) {
      this.#settle(key, tracked, rendered.hash);
      return 'done';
    }
    const body = JSON.stringify(this.#deps.bodyForUpdate(rendered.manifest, current));
    const updated = await this.#request('PUT', objectPath(intent.target), body);
    if (updated.status === 404) return this.#vanished(tracked);
    if (updated.status === 409) {
      await this.#look(tracked, intent.target);
      return 'retry';
    }
    if (updated.status >= 300) return this.#refused(key, tracked, updated);
    // An unchanged revision says that the member normalises our object into what it has: settled, or we would write for ever.
    if (updated.body.includes(`"resourceVersion":"${current.metadata.resourceVersion ?? ''}"`)) {
      this.#settle(key, tracked, rendered.hash);
    } else {
      observed.forgetObject();
      tracked.writtenHash = rendered.hash;
      this.#tell(key, tracked, { kind: 'applied' });
    }
    return 'done';
  }

  #settle(key: string, tracked: Tracked, hash: string): void {
    tracked.writtenHash = undefined;
    tracked.settledHash = hash;
    tracked.settledFingerprint = tracked.observed?.fingerprint;
    this.#tell(key, tracked, { kind: 'applied' });
  }

  #vanished(tracked: Tracked): 'retry' {
    this.#setObserved(tracked, undefined);
    return 'retry';
  }

  async #remove(key: string, tracked: Tracked, intent: Intent & { kind: 'remove' }): Promise<'done' | 'retry'> {
    // Read now, never from memory: what is deleted must be ours at this moment.
    const observed = await this.#fetch(intent.target);
    const object = observed?.object();
    if (object === undefined || !this.#deps.isManaged(object) || !intent.isOurs(object))
      return this.#removed(key, tracked);
    const response = intent.isPreserved
      ? await this.#request('PUT', objectPath(intent.target), JSON.stringify(this.#deps.withoutMarks(object)))
      : await this.#request('DELETE', objectPath(intent.target), deleteOptions(object.metadata.uid));
    if (response.status === 409) return 'retry';
    if (response.status >= 300 && response.status !== 404) return this.#refused(key, tracked, response);
    return this.#removed(key, tracked);
  }

  #removed(key: string, tracked: Tracked): 'done' {
    if (!this.#isCurrent(key, tracked)) return 'done';
    // An apply may have been asked for meanwhile: then this entry lives on.
    if (tracked.intent?.kind === 'remove') this.#untrack(key);
    this.#deps.onOutcome(key, { kind: 'removed' });
    return 'done';
  }

  #refused(key: string, tracked: Tracked, response: MemberResponse): 'retry' {
    this.#tell(key, tracked, { kind: 'failed', message: statusMessage(response) });
    return 'retry';
  }

  #tell(key: string, tracked: Tracked, outcome: ApplyOutcome): void {
    const text = outcome.kind === 'failed' ? outcome.message : outcome.kind;
    if (tracked.outcome === text || !this.#isCurrent(key, tracked)) return;
    tracked.outcome = text;
    this.#deps.onOutcome(key, outcome);
  }

  /** False when the owner let go of the object, or this engine was stopped, while a request was running: whoever owns it now has nothing to do with the answer. */
  #isCurrent(key: string, tracked: Tracked): boolean {
    return !this.#stop.signal.aborted && this.#tracked.get(key) === tracked;
  }

  #request(method: 'POST' | 'PUT' | 'DELETE', path: string, body: string): Promise<MemberResponse> {
    const query = method === 'DELETE' ? '' : '?fieldManager=flotilla';
    return this.#deps.client.request({ method, path: path + query, body });
  }

  async #fetch(target: ObjectTarget): Promise<ObservedObject | undefined> {
    const response = await this.#deps.client.request({
      method: 'GET',
      path: objectPath(target),
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw new ReadRefused(response);
    return observe(response.body);
  }

  /** Reads the object anew; what list or watch tell meanwhile stands. */
  async #look(tracked: Tracked, target: ObjectTarget): Promise<MemberObject | undefined> {
    const { sightings } = tracked;
    const observed = await this.#fetch(target);
    if (tracked.sightings === sightings) this.#setObserved(tracked, observed);
    return tracked.observed?.object();
  }

  #setObserved(tracked: Tracked, observed: ObservedObject | undefined): void {
    if (tracked.observed !== undefined) this.#observations.release(tracked.observed);
    tracked.observed = observed;
  }

  #reached(): void {
    if (this.#unreachableCount === 0) return;
    this.#unreachableCount = 0;
    this.#deps.onReachable(true, '');
  }

  #unreachable(error: MemberUnreachable): void {
    if (this.#resumeTimer !== undefined) return;
    this.#unreachableCount++;
    this.#queue.pause();
    this.#deps.onReachable(false, error.message);
    this.#resumeTimer = setTimeout(
      () => {
        this.#resumeTimer = undefined;
        this.#queue.resume();
      },
      backoffMs(this.#unreachableCount, this.#deps.random),
    );
  }

  async #observe(key: string, informer: Informer): Promise<void> {
    await runMemberInformer(
      {
        client: this.#deps.client,
        random: this.#deps.random,
        onListStarted: () => {
          informer.listGeneration++;
          this.#observations.drop(key);
        },
        onListed: (object) => this.#takeListed(key, informer, object as MemberObject),
        onListCompleted: () => {
          this.#dropUnlisted(key, informer);
          this.#releaseWaiting(informer);
        },
        onEvent: (event) => this.#observations.add(key, event),
        // The write itself will tell what is wrong (a kind that the member does not serve, a missing right, no route).
        onFailure: () => this.#releaseWaiting(informer),
      },
      { path: resourcePath(informer.apiVersion, informer.resource), labelSelector: this.#options.managedSelector },
      this.#stop.signal,
    );
  }

  #releaseWaiting(informer: Informer): void {
    informer.isListed = true;
    for (const key of informer.waiting) this.#queue.add(key);
    informer.waiting.clear();
  }

  #takeListed(resource: string, informer: Informer, item: MemberObject): void {
    // Items of a list lack apiVersion and kind.
    const object: MemberObject = { ...item, apiVersion: informer.apiVersion, kind: item.kind ?? '' };
    const key = `${resource}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
    this.#takeObject(key, informer, observe(object));
    const tracked = this.#tracked.get(key);
    if (tracked !== undefined) tracked.listGeneration = informer.listGeneration;
  }

  #dropUnlisted(resource: string, informer: Informer): void {
    if (this.#stop.signal.aborted) return;
    for (const [key, tracked] of this.#tracked) {
      if (tracked.listGeneration === informer.listGeneration || !key.startsWith(`${resource}/`)) continue;
      if (tracked.observed !== undefined) this.#takeGone(key);
      // Nothing will be written there, so nothing else would tell that what the owner remembers is gone.
      else if (tracked.intent?.kind === 'hold') this.#deps.onObserved(key, undefined);
    }
  }

  #takeEvent(type: string, resource: string, namespace: string, name: string, line: Buffer): void {
    const key = `${resource}/${namespace}/${name}`;
    const informer = this.#informers.get(resource);
    if (informer === undefined) return;
    if (type === 'DELETED') {
      this.#takeGone(key);
      return;
    }
    const observed = observe(line);
    if (observed === undefined) return;
    this.#takeObject(key, informer, observed);
    const tracked = this.#tracked.get(key);
    if (tracked !== undefined) tracked.listGeneration = informer.listGeneration;
  }

  #takeObject(key: string, informer: Informer, observed: ObservedObject): void {
    const tracked = this.#tracked.get(key);
    const object = observed.object();
    if (object === undefined || this.#stop.signal.aborted) return;
    if (tracked?.intent === undefined) {
      const { name = '', namespace = '' } = object.metadata;
      this.#deps.onUnclaimed(
        { apiVersion: informer.apiVersion, kind: object.kind, resource: informer.resource, namespace, name },
        object,
      );
      return;
    }
    tracked.sightings++;
    this.#setObserved(tracked, observed);
    if (tracked.settledFingerprint !== observed.fingerprint) this.#queue.add(key);
    this.#deps.onObserved(key, object);
    this.#observations.keep(observed);
  }

  #takeGone(key: string): void {
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return;
    tracked.sightings++;
    this.#setObserved(tracked, undefined);
    tracked.settledHash = undefined;
    this.#deps.onObserved(key, undefined);
    this.#queue.add(key);
  }
}

/** The member answered a read, but not with the object. */
class ReadRefused extends Error {
  override readonly name = 'ReadRefused';
  readonly response: MemberResponse;
  constructor(response: MemberResponse) {
    super(statusMessage(response));
    this.response = response;
  }
}

interface Informer {
  readonly apiVersion: string;
  readonly resource: string;
  /** False until the first list ended, well or badly: before that nobody can tell what is there, and creating blindly costs two requests for each object. */
  isListed: boolean;
  /** Keys that wait for that. */
  readonly waiting: Set<string>;
  listGeneration: number;
}

/** With the queue's backoff some seconds; after that the missing namespace is told. */
const namespaceWaitsMax = 6;

function isNamespaceMissing({ status, body }: MemberResponse, { namespace }: ObjectTarget): boolean {
  return status === 404 && namespace !== '' && body.includes(`namespaces \\"${namespace}\\" not found`);
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}

function deleteOptions(uid: string | undefined): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    ...(uid === undefined ? {} : { preconditions: { uid } }),
  });
}

function alreadyExists(target: ObjectTarget): string {
  return (
    `${target.resource} "${target.name}" already exists in the member and is not managed by Flotilla. ` +
    `To take it over, set conflictResolution: Overwrite in the policy or annotate the template with work.karmada.io/conflict-resolution: overwrite.`
  );
}
