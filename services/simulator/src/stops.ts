/** What has to be stopped, in the order in which it was started. */
export class Stops {
  readonly #stops: (() => Promise<void> | void)[] = [];

  add(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  /** One after the other, the latest first: what depends on a part ends before that part. */
  async run(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
  }
}
