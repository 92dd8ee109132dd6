/**
 * What one pod of a template asks of a cluster.
 *
 * Resources follow the Kubernetes scheduler: a container's request of a resource is its `requests` entry, else its `limits` entry; the pod's is the larger of what all
 * containers ask together and what the most demanding init container asks. Init containers that keep running (`restartPolicy: Always`) count beside the containers, and
 * beside every init container that starts after them.
 */
import type { NodeClaim, ReplicaRequirements } from '@flotilla/kinds/karmada/work';
import { addQuantities, compareQuantities, formatQuantity, tryParseQuantity } from '@flotilla/kinds/quantity';
import type { Quantity } from '@flotilla/kinds/quantity';
import { fieldsAt, fieldsOf, isFields, listAt } from './object-field.ts';
import type { Fields } from './object-field.ts';

type Resources = Map<string, Quantity>;

/** `undefined` when the pod asks for nothing. */
export function podRequirements(podSpec: Fields): ReplicaRequirements | undefined {
  const nodeClaim = nodeClaimOf(podSpec);
  const resourceRequest = resourceRequestOf(podSpec);
  if (nodeClaim === undefined && resourceRequest === undefined) return undefined;
  return {
    ...(nodeClaim === undefined ? {} : { nodeClaim }),
    ...(resourceRequest === undefined ? {} : { resourceRequest }),
  };
}

/** The casts hold for templates: the API server validated them against the kind's schema. */
function nodeClaimOf(podSpec: Fields): NodeClaim | undefined {
  const affinity = fieldsAt(fieldsAt(podSpec, 'affinity'), 'nodeAffinity');
  const hardNodeAffinity = affinity['requiredDuringSchedulingIgnoredDuringExecution'];
  const nodeSelector = fieldsAt(podSpec, 'nodeSelector') as NonNullable<NodeClaim['nodeSelector']>;
  const tolerations = listAt(podSpec, 'tolerations') as NonNullable<NodeClaim['tolerations']>;
  const claim: NodeClaim = {
    ...(isFields(hardNodeAffinity)
      ? { hardNodeAffinity: hardNodeAffinity as NonNullable<NodeClaim['hardNodeAffinity']> }
      : {}),
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
  };
  return Object.keys(claim).length > 0 ? claim : undefined;
}

function resourceRequestOf(podSpec: Fields): Readonly<Record<string, string>> | undefined {
  const running: Resources = new Map();
  for (const container of listAt(podSpec, 'containers')) addAll(running, requestOf(container));
  const initPeak: Resources = new Map();
  const sidecars: Resources = new Map();
  for (const container of listAt(podSpec, 'initContainers')) {
    const request = requestOf(container);
    if (fieldsOf(container)['restartPolicy'] === 'Always') {
      addAll(running, request);
      addAll(sidecars, request);
      raiseAll(initPeak, sidecars);
    } else {
      addAll(request, sidecars);
      raiseAll(initPeak, request);
    }
  }
  raiseAll(running, initPeak);
  return running.size === 0 ? undefined : formatAll(running);
}

function requestOf(container: unknown): Resources {
  const resources = fieldsAt(fieldsOf(container), 'resources');
  const result: Resources = new Map();
  for (const source of ['limits', 'requests']) {
    for (const [name, text] of Object.entries(fieldsAt(resources, source))) {
      const quantity = tryParseQuantity(text);
      if (quantity !== undefined) result.set(name, quantity);
    }
  }
  return result;
}

function addAll(target: Resources, added: Resources): void {
  for (const [name, quantity] of added) {
    const current = target.get(name);
    target.set(name, current === undefined ? quantity : addQuantities(current, quantity));
  }
}

function raiseAll(target: Resources, floor: Resources): void {
  for (const [name, quantity] of floor) {
    const current = target.get(name);
    if (current === undefined || compareQuantities(current, quantity) < 0) target.set(name, quantity);
  }
}

function formatAll(resources: Resources): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of [...resources.keys()].toSorted()) {
    const quantity = resources.get(name);
    if (quantity !== undefined) texts[name] = formatQuantity(quantity);
  }
  return texts;
}
