import type { Revision } from '@flotilla/log/event-log';

import type { ObjectChange } from './object-store.ts';

export interface ChangeWindowLimits {
  readonly maxChanges: number;
  readonly maxBytes: number;
}

const changeOverheadBytes = 200;

/** Recent changes in order, bounded by number and bytes of the objects in them. */
export class ChangeWindow {
  readonly #limits: ChangeWindowLimits;
  #changes: (ObjectChange | undefined)[] = [];
  #start = 0;
  #bytes = 0;
  #oldest: Revision;

  constructor(limits: ChangeWindowLimits, oldest: Revision) {
    this.#limits = limits;
    this.#oldest = oldest;
  }

  /** Smallest `from` for which the window has every change after it. */
  get oldest(): Revision {
    return this.#oldest;
  }

  /** Adds what became visible together. */
  push(changes: readonly ObjectChange[]): void {
    for (const change of changes) {
      this.#changes.push(change);
      this.#bytes += weightOf(change);
    }
    this.#evict();
  }

  restart(oldest: Revision): void {
    this.#changes = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#oldest = oldest;
  }

  after(revision: Revision): readonly ObjectChange[] {
    let low = this.#start;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.object.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low).filter((change) => change !== undefined);
  }

  #evict(): void {
    while (
      this.#changes.length - this.#start > this.#limits.maxChanges ||
      (this.#bytes > this.#limits.maxBytes && this.#start < this.#changes.length)
    ) {
      const change = this.#changes[this.#start];
      this.#changes[this.#start++] = undefined;
      if (change === undefined) continue;
      this.#bytes -= weightOf(change);
      this.#oldest = change.object.revision;
    }
    if (this.#start > 1024 && this.#start * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }
}

function weightOf(change: ObjectChange): number {
  return change.object.bytes.byteLength + changeOverheadBytes;
}
