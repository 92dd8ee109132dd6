import type { OwnerReference } from '@flotilla/kinds/kube-object';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { StoredObject } from '@flotilla/store/object-store';

/** Address of an object in the store. */
export interface ObjectAddress {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
}

export function addressKey({ resource, namespace, name }: ObjectAddress): string {
  return `${resource.group}/${resource.resource}/${namespace}/${name}`;
}

export function parseAddressKey(key: string): ObjectAddress {
  const [group = '', resource = '', namespace = '', ...name] = key.split('/');
  return { resource: { group, resource }, namespace, name: name.join('/') };
}

const ownersMark = Buffer.from('"ownerReferences":[{');

/** Owner references of an object. Objects without any (most of them) are told by their bytes, without parsing. */
export function ownersOf(stored: StoredObject): readonly OwnerReference[] {
  const { bytes } = stored;
  const mentions = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(ownersMark);
  return mentions ? (stored.object.metadata.ownerReferences ?? []) : [];
}

/** Which objects name an owner, by the owner's uid. Work per change is that object's references. */
export class OwnerIndex {
  readonly #dependents = new Map<string, Set<string>>();
  readonly #ownersOf = new Map<string, readonly string[]>();

  /** True when the owners are others than before: then somebody has to look whether they exist. */
  put(stored: StoredObject): boolean {
    const owners = ownersOf(stored);
    const key = addressKey(stored);
    const before = this.#ownersOf.get(key);
    if (before === undefined && owners.length === 0) return false;
    const uids = owners.map(({ uid }) => uid);
    if (before !== undefined && before.length === uids.length && before.every((uid, at) => uid === uids[at]))
      return false;
    this.remove(stored);
    if (uids.length === 0) return false;
    for (const uid of uids) {
      const dependents = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, dependents);
      dependents.add(key);
    }
    this.#ownersOf.set(key, uids);
    return true;
  }

  remove(address: ObjectAddress): void {
    const key = addressKey(address);
    for (const uid of this.#ownersOf.get(key) ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(key);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
    this.#ownersOf.delete(key);
  }

  /** Keys of addresses. */
  dependentsOf(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  hasDependents(uid: string): boolean {
    return this.#dependents.has(uid);
  }
}
