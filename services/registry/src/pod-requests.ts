import type { KubeObject } from '@flotilla/kinds/kube-object';
import { parseMilliUnits } from '@flotilla/kinds/quantity';

/** Amounts in thousandths by resource name; bigint because bytes in thousandths leave the safe integers. */
export type Amounts = ReadonlyMap<string, bigint>;

interface Container {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly overhead?: Readonly<Record<string, string>>;
  readonly nodeName?: string;
}

/**
 * What a pod requests: the sum of its containers, or its largest init container where that is more, plus overhead (Kubernetes, "Resource sharing within containers"). Sidecars (init containers
 * that restart always) count with the containers.
 */
export function podRequests(pod: KubeObject): Amounts {
  const spec = (pod['spec'] ?? {}) as PodSpec;
  const total = new Map<string, bigint>();
  for (const container of spec.containers ?? []) addTo(total, container.resources?.requests);
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') addTo(total, container.resources?.requests);
  }
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy !== 'Always') raiseTo(total, container.resources?.requests);
  }
  addTo(total, spec.overhead);
  return total;
}

export function amountsOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  const amounts = new Map<string, bigint>();
  addTo(amounts, list);
  return amounts;
}

export function addAmounts(total: Map<string, bigint>, amounts: Amounts, sign: 1n | -1n): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0n) + sign * amount);
}

function addTo(total: Map<string, bigint>, list: Readonly<Record<string, string>> | undefined): void {
  for (const [name, quantity] of Object.entries(list ?? {}))
    total.set(name, (total.get(name) ?? 0n) + readMilli(quantity));
}

function raiseTo(total: Map<string, bigint>, list: Readonly<Record<string, string>> | undefined): void {
  for (const [name, quantity] of Object.entries(list ?? {})) {
    const amount = readMilli(quantity);
    if (amount > (total.get(name) ?? 0n)) total.set(name, amount);
  }
}

/** A member's numbers are not trusted: what is no quantity counts as nothing. */
function readMilli(quantity: string): bigint {
  try {
    return parseMilliUnits(quantity);
  } catch (error) {
    if (error instanceof Error && error.name === 'QuantitySyntaxError') return 0n;
    throw error;
  }
}
