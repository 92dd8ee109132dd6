/**
 * The acting half of the engine: compares what is wanted of an object with what was seen of it, and does at most one write. Writes: POST when nothing is there; PUT with what the
 * member owns retained; an object that is there but not managed is taken over only when the conflict resolution says so; DELETE after a look.
 *
 * An object is *settled* when a render with this hash was found equal to an observation with this fingerprint. What the watch tells of our own write is compared with what was
 * written, without rendering it again.
 */
import type { ApplyIntent, ApplyOutcome, Intent, RemoveIntent, RenderOutcome } from './intent.ts';
import { MemberUnreachable } from './member-client.ts';
import type { MemberClient, MemberResponse } from './member-client.ts';
import { observe } from './observed-object.ts';
import type { MemberObject, ObservedObject } from './observed-object.ts';
import { collectionPath, objectPath } from './object-target.ts';
import type { ObjectTarget } from './object-target.ts';
import { statusMessage } from './status-message.ts';
import type { TrackedObject, TrackedObjects } from './tracked-objects.ts';
import { isAsWritten, readWrittenState } from './written-state.ts';

/** How objects are compared and changed; pure. */
export interface ObjectRules {
  /** The object to PUT: `desired` with what the member owns taken from `observed` (rendering's retain rules). */
  readonly bodyForUpdate: (desired: MemberObject, observed: MemberObject) => MemberObject;
  /** `defaulted`: nothing we declare differs, but the member has fields that we leave open: its defaults, or somebody's additions. */
  readonly compare: (desired: MemberObject, observed: MemberObject) => 'same' | 'defaulted' | 'different';
  /** The object without our labels and annotations (preserve on deletion). */
  readonly withoutMarks: (observed: MemberObject) => MemberObject;
  readonly isManaged: (observed: MemberObject) => boolean;
}

export interface ObjectApplierDeps {
  readonly client: MemberClient;
  readonly rules: ObjectRules;
  readonly tracked: TrackedObjects;
  /** Not known yet whether the object is there: the key is given again when it is. */
  readonly awaitsList: (key: string, target: ObjectTarget) => boolean;
  readonly onOutcome: (key: string, outcome: ApplyOutcome) => void;
  readonly onAnswered: () => void;
  readonly onUnreachable: (error: MemberUnreachable) => void;
}

type Rendered = RenderOutcome & { readonly kind: 'rendered' };

/** With the queue's backoff some seconds; after that the missing namespace is told. */
const namespaceWaitsMax = 6;

export class ObjectApplier {
  readonly #deps: ObjectApplierDeps;
  #isStopped = false;

  constructor(deps: ObjectApplierDeps) {
    this.#deps = deps;
  }

  /** Answers that come from now on change nothing and are not told. */
  stop(): void {
    this.#isStopped = true;
  }

  /** For the queue: never two at once for one key. Does not throw. */
  async reconcile(key: string): Promise<'done' | 'retry' | 'later'> {
    const tracked = this.#deps.tracked.get(key);
    if (tracked?.intent === undefined) return 'done';
    try {
      const result = await this.#act(key, tracked, tracked.intent);
      this.#deps.onAnswered();
      return result;
    } catch (error) {
      return this.#failed(key, tracked, error);
    }
  }

  /** True when a sighting shows that our last write had the effect it should: nothing to do. `object` is what `tracked.observed` holds. */
  settleWritten(key: string, tracked: TrackedObject, object: MemberObject): boolean {
    const { intent, written } = tracked;
    if (written?.state === undefined || written.intent !== intent || !isAsWritten(written.state, object)) return false;
    if (object.metadata.deletionTimestamp !== undefined) return false;
    if (this.#deps.rules.compare(written.manifest, object) === 'different') return false;
    this.#settle(key, tracked, written.hash);
    return true;
  }

  #failed(key: string, tracked: TrackedObject, error: unknown): 'done' | 'retry' | 'later' {
    if (this.#isStopped) return 'done';
    if (error instanceof ReadRefused) {
      this.#deps.onAnswered();
      return this.#refused(key, tracked, error.response);
    }
    if (error instanceof MemberUnreachable) {
      this.#deps.onUnreachable(error);
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

  #act(key: string, tracked: TrackedObject, intent: Intent): Promise<'done' | 'retry'> {
    switch (intent.kind) {
      case 'apply':
        return this.#apply(key, tracked, intent);
      case 'remove':
        return this.#remove(key, tracked, intent);
      case 'hold':
        return Promise.resolve('done');
    }
  }

  async #apply(key: string, tracked: TrackedObject, intent: ApplyIntent): Promise<'done' | 'retry'> {
    if (tracked.observed === undefined && this.#deps.awaitsList(key, intent.target)) return 'done';
    const rendered = intent.render();
    if (rendered.kind === 'failed') {
      this.#tell(key, tracked, { kind: 'failed', message: rendered.message });
      return 'done';
    }
    if (tracked.observed === undefined) {
      const created = await this.#request('POST', collectionPath(intent.target), rendered.json());
      if (created.status === 201 || created.status === 200 || created.status === 202) {
        tracked.namespaceWaits = 0;
        this.#wrote(key, tracked, intent, rendered, created);
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
    tracked: TrackedObject,
    intent: ApplyIntent,
    rendered: Rendered,
  ): Promise<'done' | 'retry'> {
    const { observed, written } = tracked;
    const { rules } = this.#deps;
    if (observed === undefined) return 'retry';
    if (tracked.settledHash === rendered.hash && tracked.settledFingerprint === observed.fingerprint) {
      this.#tell(key, tracked, { kind: 'applied' });
      return 'done';
    }
    const current = observed.object() ?? (await this.#look(tracked, intent.target));
    if (current === undefined) return this.#vanished(tracked);
    if (!rules.isManaged(current) && intent.conflictResolution === 'Abort') {
      this.#tell(key, tracked, { kind: 'failed', message: alreadyExists(intent.target) });
      // Not watched, since it lacks the managed label: look again now and then.
      return this.#vanished(tracked);
    }
    // It is on its way out; the DELETED event brings us back.
    if (current.metadata.deletionTimestamp !== undefined) return 'done';
    const state = rules.compare(rendered.manifest, current);
    // What is still as we wrote it carries the member's defaults; anything else may carry additions by others, which are taken away.
    const isOurWrite =
      written?.state !== undefined && written.hash === rendered.hash && isAsWritten(written.state, current);
    if (state === 'same' || (state === 'defaulted' && isOurWrite)) {
      this.#settle(key, tracked, rendered.hash);
      return 'done';
    }
    const body = JSON.stringify(rules.bodyForUpdate(rendered.manifest, current));
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
      this.#wrote(key, tracked, intent, rendered, updated);
    }
    return 'done';
  }

  #wrote(
    key: string,
    tracked: TrackedObject,
    intent: ApplyIntent,
    { manifest, hash }: Rendered,
    { body }: MemberResponse,
  ): void {
    tracked.written = { intent, manifest, hash, state: readWrittenState(body) };
    this.#tell(key, tracked, { kind: 'applied' });
  }

  #settle(key: string, tracked: TrackedObject, hash: string): void {
    tracked.written = undefined;
    tracked.settledHash = hash;
    tracked.settledFingerprint = tracked.observed?.fingerprint;
    this.#tell(key, tracked, { kind: 'applied' });
  }

  #vanished(tracked: TrackedObject): 'retry' {
    this.#deps.tracked.setObserved(tracked, undefined);
    return 'retry';
  }

  async #remove(key: string, tracked: TrackedObject, intent: RemoveIntent): Promise<'done' | 'retry'> {
    // Read now, never from memory: what is deleted must be ours at this moment.
    const observed = await this.#fetch(intent.target);
    const object = observed?.object();
    const { isManaged, withoutMarks } = this.#deps.rules;
    if (object === undefined || !isManaged(object) || !intent.isOurs(object)) return this.#removed(key, tracked);
    const response = intent.isPreserved
      ? await this.#request('PUT', objectPath(intent.target), JSON.stringify(withoutMarks(object)))
      : await this.#request('DELETE', objectPath(intent.target), deleteOptions(object.metadata.uid));
    if (response.status === 409) return 'retry';
    if (response.status >= 300 && response.status !== 404) return this.#refused(key, tracked, response);
    return this.#removed(key, tracked);
  }

  #removed(key: string, tracked: TrackedObject): 'done' {
    if (!this.#isCurrent(key, tracked)) return 'done';
    // An apply may have been asked for meanwhile: then this entry lives on.
    if (tracked.intent?.kind === 'remove') this.#deps.tracked.delete(key);
    this.#deps.onOutcome(key, { kind: 'removed' });
    return 'done';
  }

  #refused(key: string, tracked: TrackedObject, response: MemberResponse): 'retry' {
    this.#tell(key, tracked, { kind: 'failed', message: statusMessage(response) });
    return 'retry';
  }

  #tell(key: string, tracked: TrackedObject, outcome: ApplyOutcome): void {
    const text = outcome.kind === 'failed' ? outcome.message : outcome.kind;
    if (tracked.outcome === text || !this.#isCurrent(key, tracked)) return;
    tracked.outcome = text;
    this.#deps.onOutcome(key, outcome);
  }

  /** False when the owner let go of the object, or this engine was stopped, while a request was running: whoever owns it now has nothing to do with the answer. */
  #isCurrent(key: string, tracked: TrackedObject): boolean {
    return !this.#isStopped && this.#deps.tracked.has(key, tracked);
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
  async #look(tracked: TrackedObject, target: ObjectTarget): Promise<MemberObject | undefined> {
    const { sightings } = tracked;
    const observed = await this.#fetch(target);
    if (tracked.sightings === sightings) this.#deps.tracked.setObserved(tracked, observed);
    return tracked.observed?.object();
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
