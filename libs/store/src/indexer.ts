import type { ResourceId } from '@flotilla/kinds/kind-definition';

import type { ObjectStore, StoredObject } from './object-store.ts';
import { SortedList } from './sorted-list.ts';
import { startInformer } from './informer.ts';

/** Which objects have a key, kept current with the store at a cost that follows what changes. */
export interface Indexer {
  /** Objects under the key, in the order of a list. The array never changes. */
  get(key: string): readonly StoredObject[];
  /** Keys that have objects, in no particular order. */
  keys(): Iterable<string>;
  /** How many objects the key has. */
  count(key: string): number;
  close(): void;
}

export interface IndexerOptions {
  readonly resource: ResourceId;
  /** Keys of an object; none = not indexed. Called once for each revision; must depend on nothing but the object. */
  readonly keysOf: (object: StoredObject) => readonly string[];
}

interface Bucket {
  readonly objects: Map<string, StoredObject>;
  readonly sorted: SortedList;
}

const none: readonly StoredObject[] = [];

/**
 * Create indexers before the subscribers that use them: changes are handed out in the order of subscription, so the index is then current when theirs comes. After `commit` it's current in any case.
 */
export function createIndexer(store: ObjectStore, { resource, keysOf }: IndexerOptions): Indexer {
  const buckets = new Map<string, Bucket>();
  const keysByObject = new Map<string, readonly string[]>();

  const informer = startInformer(store, {
    resources: [resource],
    onChange: ({ type, object }) => {
      const id = `${object.namespace}/${object.name}`;
      const before = keysByObject.get(id) ?? [];
      const after = type === 'DELETED' ? [] : [...new Set(keysOf(object))];
      for (const key of before) if (!after.includes(key)) remove(key, id);
      for (const key of after) put(key, id, object);
      if (after.length > 0) keysByObject.set(id, after);
      else keysByObject.delete(id);
    },
  });

  function put(key: string, id: string, object: StoredObject): void {
    const bucket = buckets.get(key) ?? addBucket(key);
    bucket.objects.set(id, object);
    bucket.sorted.note(object, false);
  }

  function remove(key: string, id: string): void {
    const bucket = buckets.get(key);
    const object = bucket?.objects.get(id);
    if (bucket === undefined || object === undefined) return;
    bucket.objects.delete(id);
    bucket.sorted.note(object, true);
    if (bucket.objects.size === 0) buckets.delete(key);
  }

  function addBucket(key: string): Bucket {
    const objects = new Map<string, StoredObject>();
    const bucket = { objects, sorted: new SortedList(() => objects.values()) };
    buckets.set(key, bucket);
    return bucket;
  }

  return {
    get: (key) => buckets.get(key)?.sorted.read() ?? none,
    keys: () => buckets.keys(),
    count: (key) => buckets.get(key)?.objects.size ?? 0,
    close: () => {
      informer.stop();
      buckets.clear();
      keysByObject.clear();
    },
  };
}
