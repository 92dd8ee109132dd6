interface Due {
  readonly atMs: number;
  readonly id: string;
}

/** When keys are due. Each key has one time at most; times are rounded up to a grid, so that what is due at about the same time is done together. */
export class DueTimes {
  readonly #gridMs: number;
  readonly #byId = new Map<string, number>();
  /** Binary heap by time; entries that `#byId` no longer agrees with are dropped when they surface. */
  readonly #heap: Due[] = [];

  constructor(gridMs: number) {
    this.#gridMs = gridMs;
  }

  set(id: string, atMs: number | undefined): void {
    if (atMs === undefined || atMs === Number.POSITIVE_INFINITY) {
      this.#byId.delete(id);
      return;
    }
    const rounded = Math.ceil(atMs / this.#gridMs) * this.#gridMs;
    if (this.#byId.get(id) === rounded) return;
    this.#byId.set(id, rounded);
    this.#push({ atMs: rounded, id });
  }

  next(): number | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || this.#byId.get(first.id) === first.atMs) return first?.atMs;
      this.#pop();
    }
  }

  /** Takes out everything due at `nowMs`. */
  take(nowMs: number): readonly string[] {
    const due: string[] = [];
    for (let at = this.next(); at !== undefined && at <= nowMs; at = this.next()) {
      const first = this.#pop();
      if (first === undefined) break;
      this.#byId.delete(first.id);
      due.push(first.id);
    }
    return due;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.atMs <= due.atMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = right !== undefined && left !== undefined && right.atMs < left.atMs;
      const child = isRight ? right : left;
      if (child === undefined || child.atMs >= last.atMs) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return first;
  }
}
