/**
 * Works that users create themselves: the objects in them go to the cluster whose namespace the Work is in. Other than what bindings place, such a Work is stored and is the
 * intent itself, so its own status is written back.
 *
 * An object in the member is changed or removed on the same terms as a binding's: it carries the Work's permanent id, read at that moment, and the Work exists and does not name
 * it any more. Nothing is sent before the Work carries our finalizer. An object has one owner: the member's engine holds one intent for it, and a Work whose object somebody
 * else (a binding, the namespace of the control plane, another Work) holds says so and waits until it is free.
 */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { workIdLabel, workNameAnnotation, workNamespaceAnnotation } from '@flotilla/kinds/karmada/well-known';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import type { ApplyOutcome, Intent, MemberSync } from '@flotilla/member/member-sync';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { finishDeletion, propagationFinalizer } from './binding-deletion.ts';
import { storeKey } from './binding-state.ts';
import { isLost } from './cluster-facts.ts';
import { clusters, works } from './resources.ts';
import { conflictResolutionOfManifest, renderUserManifest } from './user-work-manifest.ts';
import {
  clusterOfWork,
  newWorkObject,
  rememberedObjects,
  understandManifests,
  workOfState,
} from './user-work-state.ts';
import type { UserWorkState, WorkObject } from './user-work-state.ts';
import { statusOfUserWork, timeText } from './user-work-status.ts';
import { WriteCoalescer } from './write-coalescer.ts';

export interface UserWorksDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  readonly isBusy: () => boolean;
  readonly now: () => number;
  /** A write could not be stored and will be tried again. */
  readonly onError: (error: unknown) => void;
}

const retryDelayMs = 1_000;

export class UserWorks {
  readonly #deps: UserWorksDeps;
  readonly #states = new Map<string, UserWorkState>();
  readonly #byCluster = new Map<string, Set<UserWorkState>>();
  /** `cluster target` → the Work whose intent the member's engine was given last. */
  readonly #owners = new Map<string, UserWorkState>();
  readonly #statuses: WriteCoalescer;
  readonly #retries = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(deps: UserWorksDeps) {
    this.#deps = deps;
    this.#statuses = new WriteCoalescer({
      write: (key) => this.#writeStatus(key),
      isBusy: deps.isBusy,
      onError: deps.onError,
    });
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

  /** Takes a stored Work in (new or changed) and acts on it. */
  take(stored: StoredObject): void {
    const cluster = clusterOfWork(stored);
    if (cluster === undefined) return;
    const key = storeKey(stored);
    const known = this.#states.get(key);
    if (known !== undefined) {
      const before = known.stored.object;
      known.stored = stored;
      if (!isSameIntent(before, stored.object)) this.#sync(known);
      return;
    }
    const objects = rememberedObjects(stored.object as UserWorkObject);
    const state: UserWorkState = { key, cluster, stored, objects, manifests: [], isWriting: false };
    this.#states.set(key, state);
    this.#worksIn(cluster).add(state);
    this.#sync(state);
  }

  /** The Work is gone from the store: stop caring. */
  drop(key: string): void {
    const state = this.#states.get(key);
    if (state === undefined) return;
    this.#states.delete(key);
    this.#worksIn(state.cluster).delete(state);
    const member = this.#deps.memberOf(state.cluster);
    for (const [object, { target, intent }] of state.objects) {
      if (!this.#disown(state, object)) continue;
      if (intent !== undefined && member?.intentOf(target) === intent) member.forget(target);
      this.#offer(state.cluster, object);
    }
  }

  /** The cluster changed; `isReopened`: its engine is a new one and knows no intents. Works that are as they should be are left in peace. */
  syncCluster(cluster: string, isReopened: boolean): void {
    const metadata = this.#deps.store.get(clusters, '', cluster)?.object.metadata;
    const isLeaving = metadata === undefined || metadata.deletionTimestamp !== undefined;
    for (const state of this.#byCluster.get(cluster) ?? []) {
      if (!isReopened && !isLeaving && isSettled(state)) continue;
      if (isReopened) {
        for (const [key, object] of state.objects) {
          object.intent = undefined;
          object.intentKey = '';
          this.#disown(state, key);
        }
      }
      this.#sync(state);
    }
  }

  takeOutcome(cluster: string, key: string, outcome: ApplyOutcome): void {
    const state = this.#owners.get(ownerKey(cluster, key));
    const object = state?.objects.get(key);
    if (state === undefined || object === undefined) {
      if (outcome.kind === 'removed') this.#offer(cluster, key);
      return;
    }
    if (outcome.kind === 'removed') this.#takeRemoved(state, key, object);
    else if (this.#isHeldByOther(state, object)) this.#setOutcome(object, false, heldMessage(object.target));
    else this.#setOutcome(object, outcome.kind === 'applied', outcome.kind === 'failed' ? outcome.message : '');
    this.#statuses.mark(state.key);
  }

  takeObserved(cluster: string, key: string, observed: KubeObject | undefined): void {
    const state = this.#owners.get(ownerKey(cluster, key));
    const object = state?.objects.get(key);
    if (state === undefined || object === undefined) return;
    const { interpreter } = this.#deps;
    const status = observed === undefined ? undefined : interpreter.reflectStatus(observed);
    const statusJson = status === undefined ? undefined : JSON.stringify(status);
    const health = observed === undefined ? 'Unknown' : interpreter.interpretHealth(observed);
    if (object.statusJson === statusJson && object.health === health) return;
    object.statusJson = statusJson;
    object.health = health;
    this.#statuses.mark(state.key);
  }

  /** An object without intent that carries a Work's id: left over from an earlier version of that Work. */
  takeUnclaimed(cluster: string, target: ObjectTarget, observed: KubeObject): boolean {
    const { annotations = {}, labels = {} } = observed.metadata;
    const namespace = annotations[workNamespaceAnnotation] ?? '';
    const state = this.#states.get(
      storeKey({ resource: works, namespace, name: annotations[workNameAnnotation] ?? '' }),
    );
    const id = state?.stored.object.metadata.labels?.[workIdLabel];
    if (state?.cluster !== cluster || id === undefined || labels[workIdLabel] !== id) return false;
    const key = targetKey(target);
    const object = state.objects.get(key) ?? newWorkObject(target);
    object.intentKey = '';
    state.objects.set(key, object);
    this.#sync(state);
    return true;
  }

  #worksIn(cluster: string): Set<UserWorkState> {
    const known = this.#byCluster.get(cluster);
    if (known !== undefined) return known;
    const made = new Set<UserWorkState>();
    this.#byCluster.set(cluster, made);
    return made;
  }

  #sync(state: UserWorkState): void {
    const { metadata } = state.stored.object;
    const cluster = this.#deps.store.get(clusters, '', state.cluster)?.object as Cluster | undefined;
    const isDeleting = metadata.deletionTimestamp !== undefined;
    if (cluster === undefined || (isDeleting && isLost(cluster))) {
      // Left the fleet: there is nothing to remove, and nobody to wait for.
      if (isDeleting) this.#finish(state);
      return;
    }
    if (cluster.spec.syncMode !== 'Push') return;
    if (isDeleting) this.#syncDeleted(state);
    else if (cluster.metadata.deletionTimestamp !== undefined)
      this.#edit(state, (meta) => deleted(meta, this.#deps.now()));
    else if (metadata.finalizers?.includes(propagationFinalizer) !== true) this.#edit(state, withFinalizer);
    else this.#syncLive(state, cluster);
  }

  #syncLive(state: UserWorkState, cluster: Cluster): void {
    const work = workOfState(state);
    state.manifests = understandManifests(work, this.#deps.kinds, cluster);
    const isSuspended = work.spec.suspendDispatching === true;
    const named = new Set<string>();
    for (const manifest of state.manifests) {
      if (manifest.kind === 'unusable') continue;
      const { key, target } = manifest;
      named.add(key);
      let object = state.objects.get(key);
      if (object === undefined) state.objects.set(key, (object = newWorkObject(target)));
      if (isSuspended) this.#give(state, key, object, 'hold', () => ({ kind: 'hold', target }));
      else this.#apply(state, key, object, manifest.manifest);
    }
    if (!isSuspended) {
      for (const [key, object] of state.objects) if (!named.has(key)) this.#remove(state, key, object, false);
    }
    this.#statuses.mark(state.key);
  }

  #syncDeleted(state: UserWorkState): void {
    const isPreserved = workOfState(state).spec.preserveResourcesOnDeletion === true;
    const isUntouched = state.stored.object.metadata.finalizers?.includes(propagationFinalizer) !== true;
    if (isUntouched) return;
    for (const [key, object] of state.objects) this.#remove(state, key, object, isPreserved);
    if (state.objects.size === 0) this.#finish(state);
  }

  #apply(state: UserWorkState, key: string, object: WorkObject, manifest: KubeObject): void {
    const work = state.stored.object;
    this.#give(state, key, object, `apply ${JSON.stringify(manifest)}`, () => ({
      kind: 'apply',
      target: object.target,
      conflictResolution: conflictResolutionOfManifest(manifest),
      render: () => renderUserManifest(manifest, work),
    }));
  }

  #remove(state: UserWorkState, key: string, object: WorkObject, isPreserved: boolean): void {
    if (this.#isHeldByOther(state, object)) {
      // Not ours any more: whoever holds it has put their marks on it, or will.
      state.objects.delete(key);
      this.#disown(state, key);
      return;
    }
    const id = state.stored.object.metadata.labels?.[workIdLabel];
    this.#give(state, key, object, `remove ${isPreserved}`, () => ({
      kind: 'remove',
      target: object.target,
      isPreserved,
      isOurs: ({ metadata }) => id !== undefined && metadata.labels?.[workIdLabel] === id,
    }));
  }

  #give(state: UserWorkState, key: string, object: WorkObject, intentKey: string, make: () => Intent): void {
    const member = this.#deps.memberOf(state.cluster);
    if (member === undefined) return;
    if (this.#isHeldByOther(state, object)) {
      this.#setOutcome(object, false, heldMessage(object.target));
      return;
    }
    if (object.intentKey === intentKey && object.intent !== undefined) return;
    object.intent = make();
    object.intentKey = intentKey;
    this.#owners.set(ownerKey(state.cluster, key), state);
    member.setIntent(object.intent);
  }

  #isHeldByOther(state: UserWorkState, object: WorkObject): boolean {
    const held = this.#deps.memberOf(state.cluster)?.intentOf(object.target);
    return held !== undefined && held !== object.intent;
  }

  #setOutcome(object: WorkObject, isApplied: boolean, message: string): void {
    object.isApplied = isApplied;
    object.message = message;
  }

  #takeRemoved(state: UserWorkState, key: string, object: WorkObject): void {
    if (object.intent?.kind === 'remove') {
      state.objects.delete(key);
      this.#disown(state, key);
      this.#offer(state.cluster, key);
    } else {
      // Wanted again by now, or the other holder let go of it.
      object.intentKey = '';
    }
    this.#sync(state);
  }

  #disown(state: UserWorkState, key: string): boolean {
    const owner = ownerKey(state.cluster, key);
    return this.#owners.get(owner) === state && this.#owners.delete(owner);
  }

  /** Nobody holds the object any more: a Work that was waiting for it may have it. */
  #offer(cluster: string, key: string): void {
    for (const state of this.#byCluster.get(cluster) ?? []) if (state.objects.has(key)) this.#sync(state);
  }

  /** Changes the Work's own metadata; the change comes back through `take`, which goes on from there. */
  #edit(state: UserWorkState, change: (metadata: ObjectMeta) => ObjectMeta): void {
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
        (error: unknown) => {
          this.#deps.onError(error);
          this.#syncLater(state, retryDelayMs);
        },
      )
      .finally(() => {
        state.isWriting = false;
      });
  }

  #finish(state: UserWorkState): void {
    finishDeletion(this.#deps.store, state).catch((error: unknown) => {
      this.#deps.onError(error);
      this.#syncLater(state, retryDelayMs);
    });
  }

  #syncLater(state: UserWorkState, delayMs: number): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      if (this.#states.get(state.key) === state) this.#sync(state);
    }, delayMs);
    this.#retries.add(timer);
  }

  async #writeStatus(key: string): Promise<'done' | 'conflict'> {
    const state = this.#states.get(key);
    if (state === undefined) return 'done';
    const { resource, namespace, name } = state.stored;
    const stored = this.#deps.store.get(resource, namespace, name);
    if (stored === undefined || stored.object.metadata.uid !== state.stored.object.metadata.uid) return 'done';
    const work = stored.object as UserWorkObject;
    const status = statusOfUserWork(state, work.status, this.#deps.now());
    if (JSON.stringify(status) === JSON.stringify(work.status)) return 'done';
    const write = { resource, namespace, name, object: { ...work, status }, expect: stored.revision };
    const { kind } = await this.#deps.store.commit([write]);
    return kind === 'conflict' ? 'conflict' : 'done';
  }
}

type UserWorkObject = ReturnType<typeof workOfState>;

function isSettled({ manifests, objects }: UserWorkState): boolean {
  return (
    manifests.every(({ kind }) => kind === 'usable') && objects.values().every(({ isApplied }) => isApplied === true)
  );
}

function ownerKey(cluster: string, key: string): string {
  return `${cluster} ${key}`;
}

function heldMessage({ kind, namespace, name }: ObjectTarget): string {
  const object = namespace === '' ? name : `${namespace}/${name}`;
  return `${kind} ${object} is placed in this cluster by a binding or another Work; delete one of the two`;
}

function withFinalizer(metadata: ObjectMeta): ObjectMeta {
  return { ...metadata, finalizers: [...(metadata.finalizers ?? []), propagationFinalizer] };
}

function deleted(metadata: ObjectMeta, nowMs: number): ObjectMeta {
  return { ...metadata, deletionTimestamp: timeText(nowMs), deletionGracePeriodSeconds: 0 };
}

function isSameIntent(before: KubeObject, after: KubeObject): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.metadata.finalizers?.includes(propagationFinalizer) ===
      after.metadata.finalizers?.includes(propagationFinalizer) &&
    (before['spec'] === after['spec'] || JSON.stringify(before['spec']) === JSON.stringify(after['spec']))
  );
}
