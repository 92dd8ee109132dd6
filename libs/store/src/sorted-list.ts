import type { StoredObject } from './object-store.ts';

/** Changes held back before the list is sorted from scratch at the next read instead. */
const pendingMin = 64;

/** Order of a list: namespace, then name. */
export function compareKeys(a: StoredObject, b: StoredObject): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

/**
 * A sorted view that is made only when someone reads it. Arrays handed out never change; changes since the last read are merged into a new one, which costs a
 * copy of pointers and a search for each change. Nobody reading costs nothing.
 */
export class SortedList {
  readonly #all: () => Iterable<StoredObject>;
  #sorted: readonly StoredObject[] | undefined;
  /** Newest state of changed keys; `isGone` = removed. */
  readonly #pending = new Map<string, { readonly object: StoredObject; readonly isGone: boolean }>();

  constructor(all: () => Iterable<StoredObject>) {
    this.#all = all;
  }

  note(object: StoredObject, isGone: boolean): void {
    if (this.#sorted === undefined) return;
    this.#pending.set(`${object.namespace}/${object.name}`, { object, isGone });
    if (this.#pending.size > Math.max(pendingMin, this.#sorted.length / 2)) {
      this.#sorted = undefined;
      this.#pending.clear();
    }
  }

  read(): readonly StoredObject[] {
    if (this.#sorted === undefined) {
      const sorted = [...this.#all()];
      sorted.sort(compareKeys);
      this.#sorted = sorted;
    } else if (this.#pending.size > 0) {
      this.#sorted = this.#merge(this.#sorted);
      this.#pending.clear();
    }
    return this.#sorted;
  }

  #merge(old: readonly StoredObject[]): readonly StoredObject[] {
    const changes = [...this.#pending.values()];
    changes.sort((a, b) => compareKeys(a.object, b.object));
    const merged: StoredObject[] = [];
    let from = 0;
    for (const { object, isGone } of changes) {
      const at = lowerBound(old, object, from);
      copyRange(old, from, at, merged);
      const found = old[at];
      from = found !== undefined && compareKeys(found, object) === 0 ? at + 1 : at;
      if (!isGone) merged.push(object);
    }
    copyRange(old, from, old.length, merged);
    return merged;
  }
}

function copyRange(source: readonly StoredObject[], from: number, to: number, target: StoredObject[]): void {
  for (let index = from; index < to; index++) {
    const object = source[index];
    if (object !== undefined) target.push(object);
  }
}

function lowerBound(sorted: readonly StoredObject[], key: StoredObject, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const object = sorted[middle];
    if (object !== undefined && compareKeys(object, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
