import type { Container, PodSpec } from '@flotilla/kinds/builtin/core/pod-types';
import { tryParseQuantity, type QuantityInput } from '@flotilla/kinds/quantity';

/** Thousandths of a unit by resource name. */
export type Amounts = ReadonlyMap<string, bigint>;

/** Containers are shared by all pods of a template: counted once for all of them. */
const known = new WeakMap<readonly Container[], Amounts>();

/**
 * What a pod takes on its node: one of `pods`, and the sum of its containers or its largest init container where that is more, plus overhead. Init containers
 * that restart always run beside the containers and count with them.
 */
export function podRequests({ containers, initContainers, overhead }: PodSpec): Amounts {
  const shared = initContainers === undefined && overhead === undefined ? (containers ?? undefined) : undefined;
  const before = shared && known.get(shared);
  if (before !== undefined) return before;
  const total = new Map<string, bigint>([['pods', 1000n]]);
  for (const container of containers ?? []) addTo(total, requestsOf(container));
  for (const container of initContainers ?? []) {
    if (container.restartPolicy === 'Always') addTo(total, requestsOf(container));
  }
  for (const container of initContainers ?? []) {
    if (container.restartPolicy !== 'Always') raiseTo(total, requestsOf(container));
  }
  addTo(total, overhead);
  if (shared !== undefined) known.set(shared, total);
  return total;
}

export function amountsOf(list: Readonly<Record<string, QuantityInput>> | undefined): Amounts {
  const amounts = new Map<string, bigint>();
  addTo(amounts, list);
  return amounts;
}

/** A limit without a request is a request. */
function requestsOf({ resources }: Container): Readonly<Record<string, string>> | undefined {
  const limits = resources?.limits;
  return limits === undefined ? resources?.requests : { ...limits, ...resources?.requests };
}

function addTo(total: Map<string, bigint>, list: Readonly<Record<string, QuantityInput>> | undefined): void {
  for (const [name, quantity] of Object.entries(list ?? {})) {
    total.set(name, (total.get(name) ?? 0n) + milliOf(quantity));
  }
}

function raiseTo(total: Map<string, bigint>, list: Readonly<Record<string, QuantityInput>> | undefined): void {
  for (const [name, quantity] of Object.entries(list ?? {})) {
    const amount = milliOf(quantity);
    if (amount > (total.get(name) ?? 0n)) total.set(name, amount);
  }
}

function milliOf(quantity: QuantityInput): bigint {
  return (tryParseQuantity(quantity)?.nanos ?? 0n) / 1_000_000n;
}
