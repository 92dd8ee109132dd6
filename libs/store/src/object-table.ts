import type { CachedObject } from './cached-object.ts';
import type { StoredObject } from './object-store.ts';
import { SortedList } from './sorted-list.ts';

interface NamespaceTable {
  readonly byName: Map<string, CachedObject>;
  readonly sorted: SortedList;
}

const none: readonly StoredObject[] = [];

/** All live objects of one resource. */
export class ObjectTable {
  readonly #namespaces = new Map<string, NamespaceTable>();
  readonly #sorted = new SortedList(() => this.#each());
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get(namespace: string, name: string): CachedObject | undefined {
    return this.#namespaces.get(namespace)?.byName.get(name);
  }

  list(namespace: string | undefined): readonly StoredObject[] {
    if (namespace === undefined) return this.#sorted.read();
    return this.#namespaces.get(namespace)?.sorted.read() ?? none;
  }

  /** Returns the object that was there before. */
  put(object: CachedObject): CachedObject | undefined {
    const table = this.#namespaces.get(object.namespace) ?? this.#addNamespace(object.namespace);
    const previous = table.byName.get(object.name);
    table.byName.set(object.name, object);
    table.sorted.note(object, false);
    this.#sorted.note(object, false);
    if (previous === undefined) this.#count++;
    return previous;
  }

  remove(namespace: string, name: string): CachedObject | undefined {
    const table = this.#namespaces.get(namespace);
    const previous = table?.byName.get(name);
    if (table === undefined || previous === undefined) return undefined;
    table.byName.delete(name);
    if (table.byName.size === 0) this.#namespaces.delete(namespace);
    else table.sorted.note(previous, true);
    this.#sorted.note(previous, true);
    this.#count--;
    return previous;
  }

  *#each(): Generator<StoredObject> {
    for (const { byName } of this.#namespaces.values()) yield* byName.values();
  }

  #addNamespace(namespace: string): NamespaceTable {
    const byName = new Map<string, CachedObject>();
    const table = { byName, sorted: new SortedList(() => byName.values()) };
    this.#namespaces.set(namespace, table);
    return table;
  }
}
