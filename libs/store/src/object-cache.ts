import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { Entry, Revision } from '@flotilla/log/event-log';
import { parseStateSubject } from '@flotilla/log/subject';

import { CachedObject, ObjectMemo } from './cached-object.ts';
import { resourceKey } from './change-feed.ts';
import type { ObjectChange } from './object-store.ts';
import { ObjectTable } from './object-table.ts';

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

/** The change that an entry of retained history meant. Undefined when the log can't tell what was there before. */
export function pastChange(cache: ObjectCache, entry: Entry): ObjectChange | undefined {
  const { headers, previous: before } = entry;
  if (before === undefined) return undefined;
  const object = cache.objectOf(entry);
  const previous = before === null ? undefined : cache.objectOf(before);
  if (entry.deleted) return { type: 'DELETED', object, previous, headers };
  return { type: previous === undefined ? 'ADDED' : 'MODIFIED', object, previous, headers };
}

/** A deletion that was missed: the last state known, at the revision by which it was gone. */
export function missedDeletion(object: CachedObject, revision: Revision): ObjectChange {
  const { resource, namespace, name, bytes, timeMs } = object;
  const last = new CachedObject(resource, namespace, name, revision, bytes, timeMs, undefined);
  return { type: 'DELETED', object: last, previous: object, headers: {} };
}
