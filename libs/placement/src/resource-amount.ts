import { parseMilliUnits, parseWholeUnits, type QuantityInput } from '@flotilla/kinds/quantity';

/** Resource name → amount: milli units for CPU, whole units (bytes, pods, devices) for the rest. */
export type ResourceAmounts = ReadonlyMap<string, number>;

export function resourceAmount(resource: string, quantity: QuantityInput): number {
  return Number(resource === 'cpu' ? parseMilliUnits(quantity) : parseWholeUnits(quantity));
}

export function resourceAmounts(
  quantities: Readonly<Record<string, QuantityInput | undefined>> | undefined,
): ResourceAmounts {
  const amounts = new Map<string, number>();
  for (const [resource, quantity] of Object.entries(quantities ?? {})) {
    if (quantity !== undefined) amounts.set(resource, resourceAmount(resource, quantity));
  }
  return amounts;
}
