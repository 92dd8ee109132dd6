import type { PodSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { ClusterView } from '../runner/cluster-view.ts';
import { isFinished, podOf } from '../model/pod.ts';
import { nodes } from '../model/resources.ts';
import { isSelected, untoleratedTaint } from './node-affinity.ts';
import { nodeOf, type Node } from './node.ts';
import { amountsOf, podRequests, type Amounts } from './pod-requests.ts';

/** A node, what it can hold and what it holds so far in this round. */
export interface NodeRoom {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: Amounts;
  readonly used: Map<string, bigint>;
  readonly hostPorts: Set<string>;
}

export function readNodeRooms(view: ClusterView): readonly NodeRoom[] {
  return view.list(nodes).map((stored) => {
    const node = nodeOf(stored);
    const room: NodeRoom = {
      node,
      name: stored.name,
      allocatable: amountsOf(node.status?.allocatable),
      used: new Map(),
      hostPorts: new Set(),
    };
    for (const pod of view.podsOnNode(stored.name)) if (!isFinished(podOf(pod))) occupy(room, podOf(pod).spec);
    return room;
  });
}

export function occupy({ used, hostPorts }: NodeRoom, spec: PodSpec): void {
  for (const [resource, amount] of podRequests(spec)) used.set(resource, (used.get(resource) ?? 0n) + amount);
  for (const port of hostPortsOf(spec)) hostPorts.add(port);
}

/** Why a pod can't run on a node, in the scheduler's words; undefined: it can. */
export function refusal(spec: PodSpec, room: NodeRoom): string | undefined {
  const { node, allocatable, used, hostPorts } = room;
  const tolerations = spec.tolerations ?? [];
  const taints = node.spec?.taints ?? [];
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec?.unschedulable === true && untoleratedTaint(tolerations, [cordon], ['NoSchedule']) !== undefined) {
    return 'node(s) were unschedulable';
  }
  const taint = untoleratedTaint(tolerations, taints, ['NoSchedule', 'NoExecute']);
  if (taint !== undefined) return `node(s) had untolerated taint(s)`;
  if (!isSelected(spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  if (hostPortsOf(spec).some((port) => hostPorts.has(port))) {
    return "node(s) didn't have free ports for the requested pod ports";
  }
  for (const [resource, amount] of podRequests(spec)) {
    if (amount === 0n || (used.get(resource) ?? 0n) + amount <= (allocatable.get(resource) ?? 0n)) continue;
    return resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`;
  }
  return undefined;
}

/** The node that is least used after taking the pod: by its fullest of cpu, memory and pods. Ties go to the first by name. */
export function leastUsed(rooms: readonly NodeRoom[], spec: PodSpec): NodeRoom | undefined {
  const requests = podRequests(spec);
  let best: NodeRoom | undefined;
  let bestShare = 0n;
  for (const room of rooms) {
    const share = sharePerMillion(room, requests);
    if (best !== undefined && share >= bestShare) continue;
    best = room;
    bestShare = share;
  }
  return best;
}

const scored = ['cpu', 'memory', 'pods'] as const;

function sharePerMillion({ used, allocatable }: NodeRoom, requests: Amounts): bigint {
  let sum = 0n;
  for (const resource of scored) {
    const total = allocatable.get(resource) ?? 0n;
    if (total > 0n) sum += (((used.get(resource) ?? 0n) + (requests.get(resource) ?? 0n)) * 1_000_000n) / total;
  }
  return sum;
}

function hostPortsOf({ containers }: PodSpec): readonly string[] {
  let ports: string[] | undefined;
  for (const container of containers ?? []) {
    for (const { hostPort, hostIP = '0.0.0.0', protocol = 'TCP' } of container.ports ?? []) {
      if (hostPort !== undefined && hostPort > 0) (ports ??= []).push(`${hostIP}:${hostPort}/${protocol}`);
    }
  }
  return ports ?? noPorts;
}

const noPorts: readonly string[] = [];
