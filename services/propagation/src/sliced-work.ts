/** Why an item is due: always, or only if the test still says so when its turn comes. */
type Test<T> = (item: T) => boolean;

export interface SlicedWorkDeps<T> {
  readonly handle: (item: T) => void;
  /** Calls back after other events had their turn; returns how to cancel it. */
  readonly yieldTurn: (resume: () => void) => () => void;
  /** An item that can't be dealt with; the others go on. */
  readonly onError: (error: unknown) => void;
}

export interface SlicedWorkOptions {
  /** Items between two turns of the event loop; together they should take a few milliseconds. */
  readonly sliceMax: number;
}

/**
 * Work on many items at once that must not hold up everything else: a slice at a time, in the order in which they came. Each item is in it once, however often it was added, so it
 * is bounded by the number of items there are. What fits into a slice is done at once.
 */
export class SlicedWork<T> {
  readonly #deps: SlicedWorkDeps<T>;
  readonly #sliceMax: number;
  readonly #due = new Map<T, Test<T> | undefined>();
  #cancel: (() => void) | undefined;
  #isRunning = false;

  constructor(deps: SlicedWorkDeps<T>, { sliceMax }: SlicedWorkOptions) {
    this.#deps = deps;
    this.#sliceMax = sliceMax;
  }

  /** Items that wait. */
  get size(): number {
    return this.#due.size;
  }

  /** With a test: an item that fails it by then is passed over. Added twice for different reasons, it is handled without asking. */
  add(items: Iterable<T>, test?: Test<T>): void {
    for (const item of items) this.#due.set(item, this.#due.has(item) ? undefined : test);
    if (this.#cancel === undefined && !this.#isRunning) this.#run();
  }

  delete(item: T): void {
    this.#due.delete(item);
  }

  stop(): void {
    this.#due.clear();
    this.#cancel?.();
  }

  #run(): void {
    this.#cancel = undefined;
    this.#isRunning = true;
    let taken = 0;
    for (const [item, test] of this.#due) {
      if (taken++ >= this.#sliceMax) break;
      this.#due.delete(item);
      this.#handle(item, test);
    }
    this.#isRunning = false;
    if (this.#due.size > 0) this.#cancel = this.#deps.yieldTurn(() => this.#run());
  }

  #handle(item: T, test: Test<T> | undefined): void {
    try {
      if (test === undefined || test(item)) this.#deps.handle(item);
    } catch (error) {
      this.#deps.onError(error);
    }
  }
}
