import type { DirectClient } from './direct-client.ts';
import { jsonAt } from './json-at.ts';

/** The nodes of a member, alike; quantities as Kubernetes writes them. */
export interface NodeShape {
  readonly count: number;
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export const DEFAULT_NODES: NodeShape = { count: 2, cpu: '16', memory: '64Gi', pods: 110 };

/** Creates `<member>-node-1` … as objects; kwok then makes them Ready and keeps the capacity that is given here. */
export async function createNodes(client: DirectClient, memberName: string, shape: NodeShape): Promise<void> {
  for (let index = 1; index <= shape.count; index++) {
    await client.expect('POST', '/api/v1/nodes', nodeObject(`${memberName}-node-${index}`, shape));
  }
}

/** Whether every node of the shape is Ready. */
export async function areNodesReady(client: DirectClient, shape: NodeShape): Promise<boolean> {
  const response = await client.request('GET', '/api/v1/nodes');
  if (response.status !== 200) return false;
  const items = jsonAt(response.json(), 'items');
  return Array.isArray(items) && items.filter(isReady).length >= shape.count;
}

function isReady(node: unknown): boolean {
  const conditions = jsonAt(node, 'status', 'conditions');
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (condition) => jsonAt(condition, 'type') === 'Ready' && jsonAt(condition, 'status') === 'True',
  );
}

function nodeObject(name: string, { cpu, memory, pods, labels }: NodeShape): unknown {
  const resources = { cpu, memory, pods: String(pods) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node-role.kubernetes.io/worker': '',
        ...labels,
      },
    },
    status: { capacity: resources, allocatable: resources },
  };
}
