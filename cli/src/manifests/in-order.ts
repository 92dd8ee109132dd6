/** Several at a time, reported in the order of the items. */
export type Outcome<Value> =
  { readonly kind: 'done'; readonly value: Value } | { readonly kind: 'failed'; readonly error: unknown };

export async function inOrder<Item, Value>(
  items: readonly Item[],
  inFlightMax: number,
  run: (item: Item) => Promise<Value>,
  report: (outcome: Outcome<Value>, item: Item) => void,
): Promise<void> {
  const outcomes: (Outcome<Value> | undefined)[] = [];
  let next = 0;
  let reported = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index] as Item;
      // oxlint-disable-next-line no-await-in-loop -- one of several workers
      outcomes[index] = await settle(run(item));
      for (let outcome = outcomes[reported]; outcome !== undefined; outcome = outcomes[reported]) {
        outcomes[reported] = undefined;
        report(outcome, items[reported++] as Item);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlightMax, items.length) }, work));
}

async function settle<Value>(promise: Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { kind: 'done', value: await promise };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
