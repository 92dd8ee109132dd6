/**
 * FederatedResourceQuota: what the workloads of a namespace request in all clusters together stays within `spec.overall`. Usage is counted from the bindings themselves, so it cannot drift;
 * it's written in the same commit as the binding, with compare-and-set, so two workloads that are placed at once can't both take the last of it.
 */
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  zeroQuantity,
  type Quantity,
} from '@flotilla/kinds/quantity';
import type { FederatedResourceQuota } from '@flotilla/kinds/karmada/policy';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import type { ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { bindingOf } from './binding.ts';
import { federatedResourceQuotas, resourceBindings } from './resources.ts';
import { isSameJson } from './same-json.ts';

export type QuotaVerdict =
  | { readonly kind: 'allowed'; readonly writes: readonly ObjectWrite[] }
  | { readonly kind: 'denied'; readonly message: string };

export interface QuotaGuard {
  /** May the binding become this? `before`: what it says now. */
  check(
    namespace: string,
    bindingName: string,
    before: ResourceBindingSpec | undefined,
    after: ResourceBindingSpec,
  ): QuotaVerdict;
  /** Writes that bring the used amounts of a namespace's quotas up to date. */
  recount(namespace: string): readonly ObjectWrite[];
}

type Usage = ReadonlyMap<string, Quantity>;

const unlimited: QuotaVerdict = { kind: 'allowed', writes: [] };

export function createQuotaGuard(store: ObjectStore): QuotaGuard {
  const known = new WeakMap<ResourceBindingSpec, Usage>();

  function usageOf(spec: ResourceBindingSpec): Usage {
    let usage = known.get(spec);
    if (usage === undefined) known.set(spec, (usage = computeUsage(spec)));
    return usage;
  }

  function used(namespace: string, resource: string, except: string | undefined): Quantity {
    let sum = zeroQuantity;
    for (const stored of store.list(resourceBindings, namespace)) {
      if (stored.name !== except)
        sum = addQuantities(sum, usageOf(bindingOf(stored).spec).get(resource) ?? zeroQuantity);
    }
    return sum;
  }

  return {
    check(namespace, bindingName, before, after) {
      const quotas = namespace === '' ? [] : store.list(federatedResourceQuotas, namespace);
      if (quotas.length === 0) return unlimited;
      const had = before === undefined ? new Map<string, Quantity>() : usageOf(before);
      const wants = usageOf(after);
      const writes: ObjectWrite[] = [];
      for (const stored of quotas) {
        const totals: Record<string, string> = {};
        for (const [resource, limit] of Object.entries(overallOf(stored))) {
          const wanted = wants.get(resource) ?? zeroQuantity;
          const total = addQuantities(used(namespace, resource, bindingName), wanted);
          const isGrowing = compareQuantities(wanted, had.get(resource) ?? zeroQuantity) > 0;
          if (isGrowing && compareQuantities(total, parseQuantity(limit)) > 0) {
            const message = `FederatedResourceQuota ${stored.name} allows ${resource} ${limit}; it would be ${formatQuantity(total)}`;
            return { kind: 'denied', message };
          }
          totals[resource] = formatQuantity(total);
        }
        writes.push(...statusWrite(stored, totals));
      }
      return { kind: 'allowed', writes };
    },
    recount: (namespace) =>
      store.list(federatedResourceQuotas, namespace).flatMap((stored) => {
        const resources = Object.keys(overallOf(stored));
        const totals = resources.map((name) => [name, formatQuantity(used(namespace, name, undefined))] as const);
        return statusWrite(stored, Object.fromEntries(totals));
      }),
  };
}

function overallOf({ object }: StoredObject): Readonly<Record<string, string | number>> {
  return (object as FederatedResourceQuota).spec.overall;
}

/** Only what counts usage is touched: the rest of the status is others'. */
function statusWrite(stored: StoredObject, overallUsed: Readonly<Record<string, string>>): readonly ObjectWrite[] {
  const { resource, namespace, name, revision } = stored;
  const quota = stored.object as FederatedResourceQuota;
  const status = { ...quota.status, overall: quota.spec.overall, overallUsed };
  if (isSameJson(status, quota.status)) return [];
  return [{ resource, namespace, name, object: { ...quota, status }, expect: revision }];
}

/** One replica's request times all assigned replicas; a set of components times the clusters that have one. */
function computeUsage({ clusters = [], replicaRequirements, components = [] }: ResourceBindingSpec): Usage {
  const usage = new Map<string, Quantity>();
  const add = (request: Readonly<Record<string, string | number>> | undefined, count: number): void => {
    for (const [resource, quantity] of Object.entries(request ?? {})) {
      const { nanos, format } = parseQuantity(quantity);
      const amount = { nanos: nanos * BigInt(count), format };
      usage.set(resource, addQuantities(usage.get(resource) ?? zeroQuantity, amount));
    }
  };
  if (components.length > 1) {
    for (const component of components) {
      add(component.replicaRequirements?.resourceRequest, component.replicas * clusters.length);
    }
  } else {
    const replicas = clusters.reduce((sum, target) => sum + (target.replicas ?? 0), 0);
    add(replicaRequirements?.resourceRequest, replicas);
  }
  return usage;
}
