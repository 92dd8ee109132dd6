/** A store for work that is divided among replicas: writes are refused from the moment on at which somebody else may be doing them, and say under which term of ownership they were made. */
import type { ObjectStore, ObjectWrite } from './object-store.ts';

/** Header of log entries: the epoch under which the writer owned what it wrote about. */
export const epochHeader = 'flotilla-epoch';

/** What the write is about belongs to somebody else now. Nothing was stored; the work is to be dropped. */
export class OwnershipLost extends Error {
  override readonly name = 'OwnershipLost';
  constructor(key: string) {
    super(`${key} belongs to another replica`);
  }
}

export interface OwnedStoreDeps {
  readonly store: ObjectStore;
  /** Term of ownership of a key; undefined: not owned. */
  readonly epochOf: (key: string) => number | undefined;
  /** The key that decides who may make these writes. */
  readonly keyOf: (writes: readonly ObjectWrite[]) => string;
}

/** `commit` throws OwnershipLost for what isn't owned; everything else is the store's. */
export function createOwnedStore({ store, epochOf, keyOf }: OwnedStoreDeps): ObjectStore {
  return {
    get revision() {
      return store.revision;
    },
    get: (resource, namespace, name) => store.get(resource, namespace, name),
    list: (resource, namespace) => store.list(resource, namespace),
    count: (resource) => store.count(resource),
    waitFor: (revision, signal) => store.waitFor(revision, signal),
    subscribe: (options) => store.subscribe(options),
    async commit(writes, headers) {
      const key = keyOf(writes);
      const epoch = epochOf(key);
      if (epoch === undefined) throw new OwnershipLost(key);
      return store.commit(writes, { ...headers, [epochHeader]: String(epoch) });
    },
  };
}
