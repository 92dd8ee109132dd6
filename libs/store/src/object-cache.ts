import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { Entry, Revision } from '@flotilla/log/event-log';
import { parseStateSubject } from '@flotilla/log/subject';

import { CachedObject, ObjectMemo } from './cached-object.ts';
import { resourceKey } from './change-feed.ts';
import type { ObjectChange } from './object-store.ts';
import { ObjectTable } from './object-table.ts';

/** Marks the entry that created an object, so that the change can be told from a modification when older history is gone. */
export const createdHeader = 'created';

/** Live objects by resource, and the changes that each entry means. */
export class ObjectCache {
  readonly #tables = new Map<string, ObjectTable>();
  readonly #resources = new Map<string, ResourceId>();

  table(resource: ResourceId): ObjectTable | undefined {
    return this.#tables.get(resourceKey(resource));
  }

  /** Takes an entry newer than everything before. Undefined when nothing changed: the deletion of what wasn't there. */
  apply(entry: Entry): ObjectChange | undefined {
    const object = this.objectOf(entry);
    if (entry.deleted) {
      const previous = this.table(object.resource)?.remove(object.namespace, object.name);
      return previous && { type: 'DELETED', object, previous, headers: entry.headers };
    }
    const previous = this.#tableFor(object.resource).put(object);
    return { type: previous === undefined ? 'ADDED' : 'MODIFIED', object, previous, headers: entry.headers };
  }

  /** The object of an entry; the cached one when it's that very revision. */
  objectOf(entry: Entry): CachedObject {
    if (entry.memo instanceof ObjectMemo) return entry.memo.storedAt(entry.revision, entry.timeMs);
    const key = parseStateSubject(entry.subject);
    const resource = this.#resourceOf(key.group, key.resource);
    const live = this.table(resource)?.get(key.namespace, key.name);
    if (live?.revision === entry.revision) return live;
    return new CachedObject(resource, key.namespace, key.name, entry.revision, entry.value, entry.timeMs, undefined);
  }

  /** Every live object. */
  *objects(): Generator<CachedObject> {
    for (const table of this.#tables.values()) {
      for (const object of table.list(undefined)) if (object instanceof CachedObject) yield object;
    }
  }

  #tableFor(resource: ResourceId): ObjectTable {
    const key = resourceKey(resource);
    const table = this.#tables.get(key) ?? new ObjectTable();
    this.#tables.set(key, table);
    return table;
  }

  #resourceOf(group: string, resource: string): ResourceId {
    const key = `${group}/${resource}`;
    const known = this.#resources.get(key) ?? { group, resource };
    this.#resources.set(key, known);
    return known;
  }
}

/**
 * Rebuilds the changes of retained history, which ends at the state in `cache`. An object's state before its first entry there is unknown, unless it was created by it: such a change is
 * MODIFIED without `previous`.
 */
export class HistoryReplay {
  readonly #cache: ObjectCache;
  readonly #previous = new Map<string, CachedObject>();

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  changeOf(entry: Entry): ObjectChange {
    const { headers } = entry;
    const object = this.#cache.objectOf(entry);
    const previous = this.#previous.get(entry.subject);
    if (entry.deleted) {
      this.#previous.delete(entry.subject);
      return { type: 'DELETED', object, previous: previous ?? object, headers };
    }
    this.#previous.set(entry.subject, object);
    const isNew = previous === undefined && headers[createdHeader] !== undefined;
    return { type: isNew ? 'ADDED' : 'MODIFIED', object, previous, headers };
  }
}

/** A deletion that was missed: the last state known, at the revision by which it was gone. */
export function missedDeletion(object: CachedObject, revision: Revision): ObjectChange {
  const { resource, namespace, name, bytes, timeMs } = object;
  const last = new CachedObject(resource, namespace, name, revision, bytes, timeMs, undefined);
  return { type: 'DELETED', object: last, previous: object, headers: {} };
}
