import type { StoredObject } from '@flotilla/store/object-store';

/** What remains of a list after its first pages. Objects are immutable, so keeping them is keeping references. */
export interface ListSnapshot {
  readonly revision: number;
  readonly items: readonly StoredObject[];
  readonly expiresAtMs: number;
}

export interface ListSnapshotLimits {
  readonly listSnapshotsMax: number;
  readonly listSnapshotItemsMax: number;
  readonly listSnapshotTtlMs: number;
}

/** Lists that clients read page by page. The oldest go first when a bound is reached: their next page answers 410 Expired. */
export class ListSnapshots {
  readonly #limits: ListSnapshotLimits;
  readonly #byId = new Map<string, ListSnapshot>();
  #itemCount = 0;
  #nextId = 1;

  constructor(limits: ListSnapshotLimits) {
    this.#limits = limits;
  }

  keep(items: readonly StoredObject[], revision: number, nowMs: number): string {
    const id = String(this.#nextId++);
    this.#byId.set(id, { revision, items, expiresAtMs: nowMs + this.#limits.listSnapshotTtlMs });
    this.#itemCount += items.length;
    for (const [oldId, old] of this.#byId) {
      const isOver =
        this.#byId.size > this.#limits.listSnapshotsMax || this.#itemCount > this.#limits.listSnapshotItemsMax;
      if (!isOver && old.expiresAtMs > nowMs) break;
      if (oldId !== id) this.#drop(oldId);
    }
    return id;
  }

  /** Reading a page doesn't use it up: a client may ask for the same page again. */
  find(id: string, revision: number, nowMs: number): ListSnapshot | undefined {
    const found = this.#byId.get(id);
    // Numbers start again with the process: the revision tells whether it's the same list.
    if (found === undefined || found.revision !== revision) return undefined;
    if (found.expiresAtMs > nowMs) return found;
    this.#drop(id);
    return undefined;
  }

  /** Lets go of lists whose time is over. */
  sweep(nowMs: number): void {
    for (const [id, { expiresAtMs }] of this.#byId) if (expiresAtMs <= nowMs) this.#drop(id);
  }

  #drop(id: string): void {
    const found = this.#byId.get(id);
    if (found === undefined) return;
    this.#byId.delete(id);
    this.#itemCount -= found.items.length;
  }
}
