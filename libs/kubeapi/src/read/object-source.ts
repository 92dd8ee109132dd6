import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { ObjectStore, StoredObject, SubscribeOptions, Subscription } from '@flotilla/store/object-store';

/**
 * Read-only objects that somebody computes (for instance `Work`), served like stored ones and beside them. Same contract as the methods of ObjectStore;
 * revisions are those of the store: the newest one that an object was derived from.
 */
export interface VirtualResource {
  readonly resource: ResourceId;
  get(namespace: string, name: string): StoredObject | undefined;
  list(namespace?: string): readonly StoredObject[];
  subscribe(
    options: Omit<SubscribeOptions, 'resources'>,
  ): Subscription | { readonly kind: 'expired'; readonly oldest: number };
}

/** What reads go through: the store, with the virtual resources in it. */
export interface ObjectSource {
  readonly revision: number;
  get(resource: ResourceId, namespace: string, name: string): StoredObject | undefined;
  list(resource: ResourceId, namespace?: string): readonly StoredObject[];
  subscribe(
    resource: ResourceId,
    options: Omit<SubscribeOptions, 'resources'>,
  ): Subscription | { readonly kind: 'expired'; readonly oldest: number };
  isVirtual(resource: ResourceId, namespace: string, name: string): boolean;
}

export function createObjectSource(store: ObjectStore, virtualResources: readonly VirtualResource[]): ObjectSource {
  const virtual = new Map(virtualResources.map((one) => [keyOf(one.resource), one]));
  return {
    get revision() {
      return store.revision;
    },
    get(resource, namespace, name) {
      return store.get(resource, namespace, name) ?? virtual.get(keyOf(resource))?.get(namespace, name);
    },
    list(resource, namespace) {
      const stored = store.list(resource, namespace);
      const computed = virtual.size === 0 ? undefined : virtual.get(keyOf(resource))?.list(namespace);
      return computed === undefined || computed.length === 0 ? stored : merge(stored, computed);
    },
    subscribe(resource, options) {
      const provider = virtual.size === 0 ? undefined : virtual.get(keyOf(resource));
      const stored = store.subscribe({ ...options, resources: [resource] });
      if (provider === undefined || stored.kind === 'expired') return stored;
      const computed = provider.subscribe(options);
      if (computed.kind === 'expired') {
        stored.unsubscribe();
        return computed;
      }
      return {
        kind: 'subscribed',
        unsubscribe() {
          stored.unsubscribe();
          computed.unsubscribe();
        },
      };
    },
    isVirtual(resource, namespace, name) {
      if (virtual.size === 0 || store.get(resource, namespace, name) !== undefined) return false;
      return virtual.get(keyOf(resource))?.get(namespace, name) !== undefined;
    },
  };
}

function keyOf({ group, resource }: ResourceId): string {
  return `${resource}.${group}`;
}

/** A stored object hides a computed one of the same name. */
function merge(stored: readonly StoredObject[], computed: readonly StoredObject[]): readonly StoredObject[] {
  const taken = new Set(stored.map((object) => `${object.namespace}/${object.name}`));
  const all = [...stored, ...computed.filter((object) => !taken.has(`${object.namespace}/${object.name}`))];
  return all.toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
