/**
 * Works that users create themselves: the objects in them go to the cluster whose namespace the Work is in. Other than what bindings place, such a Work is stored and is the
 * intent itself, so its own status is written back.
 *
 * An object in the member is changed or removed on the same terms as a binding's: it carries the Work's permanent id, read at that moment, and the Work exists and does not name
 * it any more. Nothing is sent before the Work carries our finalizer. A Work whose object somebody else holds says so and waits until it is free.
 */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import {
  propagationFinalizer,
  workIdLabel,
  workNameAnnotation,
  workNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import type { ApplyOutcome } from '@flotilla/member/intent';
import type { MemberSync } from '@flotilla/member/member-sync';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { storeKey } from '@flotilla/works/store-key';
import { isLost } from '@flotilla/works/cluster-facts';
import { takeReport } from './reported-status.ts';
import { clusters, works } from '@flotilla/works/resources';
import { conflictResolutionOfManifest, renderUserManifest } from './user-work-manifest.ts';
import { UserWorkObjects, heldMessage, setOutcome } from './user-work-objects.ts';
import {
  clusterOfWork,
  newWorkObject,
  rememberedObjects,
  understandManifests,
  workOfState,
} from './user-work-state.ts';
import type { UserWorkState, WorkObject } from './user-work-state.ts';
import { timeText } from './user-work-status.ts';
import { UserWorkWriter } from './user-work-writer.ts';

export interface UserWorksDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  /** A binding of another replica places the object in the cluster. */
  readonly isPlacedElsewhere: (cluster: string, target: ObjectTarget) => boolean;
  readonly isBusy: () => boolean;
  readonly now: () => number;
  /** A write could not be stored and will be tried again. */
  readonly onError: (error: unknown) => void;
}

export class UserWorks {
  readonly #deps: UserWorksDeps;
  readonly #states = new Map<string, UserWorkState>();
  readonly #byCluster = new Map<string, Set<UserWorkState>>();
  readonly #objects: UserWorkObjects;
  readonly #writer: UserWorkWriter;

  constructor(deps: UserWorksDeps) {
    this.#deps = deps;
    this.#objects = new UserWorkObjects(deps.memberOf, deps.isPlacedElsewhere);
    this.#writer = new UserWorkWriter({
      ...deps,
      stateOf: (key) => this.#states.get(key),
      sync: (state) => this.#sync(state),
    });
  }

  /** Statuses that wait to be written. */
  get depth(): number {
    return this.#writer.depth;
  }

  stop(): void {
    this.#writer.stop();
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

  /** A binding of another replica begins or ends to place the object somewhere: Works that want it, too, are looked at again. */
  reconsider(key: string): void {
    for (const state of this.#states.values()) if (state.objects.has(key)) this.#sync(state);
  }

  /** Keys of the Works that are looked after here, with their clusters. */
  *clustersByKey(): Iterable<readonly [key: string, cluster: string]> {
    for (const [key, { cluster }] of this.#states) yield [key, cluster];
  }

  /** The Work is gone from the store, or another replica's now: stop caring. */
  drop(key: string): void {
    const state = this.#states.get(key);
    if (state === undefined) return;
    this.#states.delete(key);
    this.#worksIn(state.cluster).delete(state);
    for (const object of this.#objects.abandon(state)) this.#offer(state.cluster, object);
  }

  /** The cluster changed; `isReopened`: its engine is a new one and knows no intents. Works that are as they should be are left in peace. */
  syncCluster(cluster: string, isReopened: boolean): void {
    const metadata = this.#deps.store.get(clusters, '', cluster)?.object.metadata;
    const isLeaving = metadata === undefined || metadata.deletionTimestamp !== undefined;
    for (const state of this.#byCluster.get(cluster) ?? []) {
      if (!isReopened && !isLeaving && isSettled(state)) continue;
      if (isReopened) this.#objects.reopen(state);
      this.#sync(state);
    }
  }

  takeOutcome(cluster: string, key: string, outcome: ApplyOutcome): void {
    const state = this.#objects.holderOf(cluster, key);
    const object = state?.objects.get(key);
    if (state === undefined || object === undefined) {
      if (outcome.kind === 'removed') this.#offer(cluster, key);
      return;
    }
    if (outcome.kind === 'removed') this.#takeRemoved(state, key, object);
    else if (this.#objects.isHeldByOther(state, object)) setOutcome(object, false, heldMessage(object.target));
    else setOutcome(object, outcome.kind === 'applied', outcome.kind === 'failed' ? outcome.message : '');
    this.#writer.markStatus(state);
  }

  takeObserved(cluster: string, key: string, observed: KubeObject | undefined): void {
    const state = this.#objects.holderOf(cluster, key);
    const object = state?.objects.get(key);
    if (state === undefined || object === undefined) return;
    if (takeReport(object, observed, this.#deps.interpreter)) this.#writer.markStatus(state);
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
      if (isDeleting) this.#writer.finish(state);
      return;
    }
    if (cluster.spec.syncMode !== 'Push') return;
    if (isDeleting) this.#syncDeleted(state);
    else if (cluster.metadata.deletionTimestamp !== undefined)
      this.#writer.edit(state, (meta) => deleted(meta, this.#deps.now()));
    else if (metadata.finalizers?.includes(propagationFinalizer) !== true) this.#writer.edit(state, withFinalizer);
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
      if (isSuspended) this.#objects.give(state, key, object, 'hold', () => ({ kind: 'hold', target }));
      else this.#apply(state, key, object, manifest.manifest);
    }
    if (!isSuspended) {
      for (const [key, object] of state.objects) if (!named.has(key)) this.#remove(state, key, object, false);
    }
    this.#writer.markStatus(state);
  }

  #syncDeleted(state: UserWorkState): void {
    const isPreserved = workOfState(state).spec.preserveResourcesOnDeletion === true;
    const isUntouched = state.stored.object.metadata.finalizers?.includes(propagationFinalizer) !== true;
    if (isUntouched) return;
    for (const [key, object] of state.objects) this.#remove(state, key, object, isPreserved);
    if (state.objects.size === 0) this.#writer.finish(state);
  }

  #apply(state: UserWorkState, key: string, object: WorkObject, manifest: KubeObject): void {
    const work = state.stored.object;
    this.#objects.give(state, key, object, `apply ${JSON.stringify(manifest)}`, () => ({
      kind: 'apply',
      target: object.target,
      conflictResolution: conflictResolutionOfManifest(manifest),
      render: () => renderUserManifest(manifest, work),
    }));
  }

  #remove(state: UserWorkState, key: string, object: WorkObject, isPreserved: boolean): void {
    if (this.#objects.isHeldByOther(state, object)) {
      // Not ours any more: whoever holds it has put their marks on it, or will.
      state.objects.delete(key);
      this.#objects.release(state, key);
      return;
    }
    const id = state.stored.object.metadata.labels?.[workIdLabel];
    this.#objects.give(state, key, object, `remove ${isPreserved}`, () => ({
      kind: 'remove',
      target: object.target,
      isPreserved,
      isOurs: ({ metadata }) => id !== undefined && metadata.labels?.[workIdLabel] === id,
    }));
  }

  #takeRemoved(state: UserWorkState, key: string, object: WorkObject): void {
    if (object.intent?.kind === 'remove') {
      state.objects.delete(key);
      this.#objects.release(state, key);
      this.#offer(state.cluster, key);
    } else {
      // Wanted again by now, or the other holder let go of it.
      object.intentKey = '';
    }
    this.#sync(state);
  }

  /** Nobody holds the object any more: a Work that was waiting for it may have it. */
  #offer(cluster: string, key: string): void {
    for (const state of this.#byCluster.get(cluster) ?? []) if (state.objects.has(key)) this.#sync(state);
  }
}

type UserWorkObject = ReturnType<typeof workOfState>;

function isSettled({ manifests, objects }: UserWorkState): boolean {
  return (
    manifests.every(({ kind }) => kind === 'usable') && objects.values().every(({ isApplied }) => isApplied === true)
  );
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
