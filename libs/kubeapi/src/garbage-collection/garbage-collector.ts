import { parseApiVersion, type KubeObject, type OwnerReference } from '@flotilla/kinds/kube-object';
import type { ObjectWrite, StoredObject, Subscription } from '@flotilla/store/object-store';
import { LostRace, type Controller, type ControllerDeps } from '../controllers/controller.ts';
import { removalOf } from '../controllers/object-removal.ts';
import { ReconcileQueue } from '../controllers/reconcile-queue.ts';
import { foregroundFinalizer, orphanFinalizer } from '../write/delete.ts';
import { replacementOf } from '../write/update.ts';
import { addressKey, OwnerIndex, parseAddressKey } from './owner-index.ts';

/**
 * Deletes what lost its owner, and takes owners apart that wait for their dependents (foreground) or have to let them go (orphan). Follows the store:
 * every key can be looked at again at any time.
 */
export function createGarbageCollector(deps: ControllerDeps): Controller {
  const { store, report } = deps;
  const index = new OwnerIndex();
  const collector = new Collector(deps, index);
  const queue = new ReconcileQueue({
    name: 'garbage-collection',
    concurrency: 16,
    report,
    reconcile: (key) => collector.reconcile(key),
  });
  let subscription: Subscription | undefined;

  function take(stored: StoredObject): void {
    const hasNewOwners = index.put(stored);
    if (hasNewOwners || isWaiting(stored)) queue.add(addressKey(stored));
  }

  return {
    start() {
      const from = store.revision;
      const seen = new Set<string>();
      for (const kind of deps.kinds.all()) {
        const key = `${kind.plural}.${kind.group}`;
        if (seen.has(key)) continue;
        seen.add(key);
        for (const stored of store.list({ group: kind.group, resource: kind.plural })) take(stored);
      }
      const result = store.subscribe({
        from,
        onChanges(changes) {
          for (const { type, object, previous } of changes) {
            if (type !== 'DELETED') {
              take(object);
              continue;
            }
            index.remove(object);
            for (const key of dependentsOf(object)) queue.add(key);
            // Owners that wait for this one look again.
            for (const owner of (previous ?? object).object.metadata.ownerReferences ?? []) wakeOwner(object, owner);
          }
        },
      });
      if (result.kind === 'subscribed') subscription = result;
    },
    stop() {
      subscription?.unsubscribe();
      queue.stop();
    },
    idle: () => queue.idle(),
  };

  function dependentsOf({ object }: StoredObject): readonly string[] {
    const { uid } = object.metadata;
    return uid === undefined ? [] : index.dependentsOf(uid);
  }

  function wakeOwner(dependent: StoredObject, owner: OwnerReference): void {
    const found = collector.find(owner, dependent.namespace);
    if (found !== undefined && isWaiting(found)) queue.add(addressKey(found));
  }
}

const deletionMark = Buffer.from('"deletionTimestamp":"');

/** An owner that is being deleted in the foreground, or has to orphan its dependents. */
function isWaiting(stored: StoredObject): boolean {
  const { bytes } = stored;
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(deletionMark)) return false;
  const { deletionTimestamp, finalizers } = stored.object.metadata;
  return (
    deletionTimestamp !== undefined &&
    (finalizers ?? []).some((one) => one === foregroundFinalizer || one === orphanFinalizer)
  );
}

class Collector {
  readonly #deps: ControllerDeps;
  readonly #index: OwnerIndex;

  constructor(deps: ControllerDeps, index: OwnerIndex) {
    this.#deps = deps;
    this.#index = index;
  }

  async reconcile(key: string): Promise<void> {
    const { resource, namespace, name } = parseAddressKey(key);
    const stored = this.#deps.store.get(resource, namespace, name);
    if (stored === undefined) return;
    if (isWaiting(stored)) {
      const { finalizers } = stored.object.metadata;
      if (finalizers?.includes(orphanFinalizer) === true) await this.#orphanDependents(stored);
      else await this.#deleteDependents(stored);
    }
    await this.#checkOwners(this.#deps.store.get(resource, namespace, name));
  }

  /** The owner, when it still is the one that was named. */
  find(owner: OwnerReference, namespace: string): StoredObject | undefined {
    const { store, kinds } = this.#deps;
    const { group, version } = parseApiVersion(owner.apiVersion);
    const kind = kinds.byKind(group, version, owner.kind) ?? this.#otherVersion(group, owner.kind);
    if (kind === undefined) return undefined;
    const found = store.get({ group, resource: kind.plural }, kind.isNamespaced ? namespace : '', owner.name);
    return found?.object.metadata.uid === owner.uid ? found : undefined;
  }

  #otherVersion(group: string, kindName: string) {
    return this.#deps.kinds.all().find((kind) => kind.group === group && kind.kind === kindName);
  }

  /** False for kinds that aren't served here: then nothing can be said about the owner, and the dependent stays. */
  #isKnownKind(owner: OwnerReference): boolean {
    return this.#otherVersion(parseApiVersion(owner.apiVersion).group, owner.kind) !== undefined;
  }

  async #checkOwners(stored: StoredObject | undefined): Promise<void> {
    if (stored === undefined || stored.object.metadata.deletionTimestamp !== undefined) return;
    const owners = stored.object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const dangling = owners.filter(
      (owner) => this.#isKnownKind(owner) && this.find(owner, stored.namespace) === undefined,
    );
    const waiting = owners.filter((owner) => {
      const found = this.find(owner, stored.namespace);
      return found !== undefined && isWaitingForeground(found);
    });
    const solid = owners.length - dangling.length - waiting.length;
    if (solid > 0) {
      const gone = [...dangling, ...waiting];
      if (gone.length > 0) await this.#dropOwners(stored, new Set(gone.map(({ uid }) => uid)));
    } else if (waiting.length > 0) {
      const blocks = waiting.some((owner) => owner.blockOwnerDeletion === true) && this.#hasDependents(stored);
      await this.#remove(stored, blocks ? foregroundFinalizer : undefined);
    } else if (dangling.length > 0) {
      await this.#remove(stored, undefined);
    }
  }

  #hasDependents({ object }: StoredObject): boolean {
    return object.metadata.uid !== undefined && this.#index.hasDependents(object.metadata.uid);
  }

  async #deleteDependents(owner: StoredObject): Promise<void> {
    const dependents = this.#dependentsOf(owner);
    for (const dependent of dependents) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#checkOwners(dependent);
    }
    const uid = owner.object.metadata.uid;
    const isBlocked = this.#dependentsOf(owner).some((dependent) =>
      dependent.object.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true),
    );
    if (!isBlocked) await this.#dropFinalizer(owner, foregroundFinalizer);
  }

  async #orphanDependents(owner: StoredObject): Promise<void> {
    const uid = owner.object.metadata.uid ?? '';
    for (const dependent of this.#dependentsOf(owner)) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#dropOwners(dependent, new Set([uid]));
    }
    await this.#dropFinalizer(owner, orphanFinalizer);
  }

  #dependentsOf({ object }: StoredObject): StoredObject[] {
    const keys = this.#index.dependentsOf(object.metadata.uid ?? '');
    return keys.flatMap((key) => {
      const { resource, namespace, name } = parseAddressKey(key);
      return this.#deps.store.get(resource, namespace, name) ?? [];
    });
  }

  async #dropOwners(stored: StoredObject, uids: ReadonlySet<string>): Promise<void> {
    const { resourceVersion: _, ownerReferences, ...metadata } = stored.object.metadata;
    const rest = (ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
    await this.#write(stored, {
      ...stored.object,
      metadata: rest.length === 0 ? metadata : { ...metadata, ownerReferences: rest },
    });
  }

  async #dropFinalizer(owner: StoredObject, finalizer: string): Promise<void> {
    const stored = this.#deps.store.get(owner.resource, owner.namespace, owner.name);
    if (stored === undefined || stored.object.metadata.uid !== owner.object.metadata.uid) return;
    const { resourceVersion: _, finalizers, ...metadata } = stored.object.metadata;
    const rest = (finalizers ?? []).filter((one) => one !== finalizer);
    if (rest.length === (finalizers ?? []).length) return;
    await this.#write(stored, {
      ...stored.object,
      metadata: rest.length === 0 ? metadata : { ...metadata, finalizers: rest },
    });
  }

  async #remove(stored: StoredObject, finalizer: string | undefined): Promise<void> {
    const write = removalOf(stored, this.#deps.now(), finalizer);
    if (write !== undefined) await this.#commit(write);
  }

  async #write(stored: StoredObject, object: KubeObject): Promise<void> {
    await this.#commit(replacementOf(stored, object));
  }

  async #commit(write: ObjectWrite): Promise<void> {
    const result = await this.#deps.store.commit([write]);
    if (result.kind === 'conflict')
      throw new LostRace(`${write.resource.resource} ${write.namespace}/${write.name} changed`);
  }
}

function isWaitingForeground({ object }: StoredObject): boolean {
  const { deletionTimestamp, finalizers } = object.metadata;
  return deletionTimestamp !== undefined && finalizers?.includes(foregroundFinalizer) === true;
}
