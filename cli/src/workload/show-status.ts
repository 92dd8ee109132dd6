import { setTimeout as delay } from 'node:timers/promises';

import type { ControlPlane } from '../control-plane.ts';
import { structured } from '../output/structured.ts';
import type { StructuredFormat } from '../output/structured.ts';
import { renderTree } from '../output/tree.ts';
import type { Terminal } from '../terminal.ts';
import { claimOf } from './claim.ts';
import { clusterStatuses } from './cluster-status.ts';
import type { ClusterStatus } from './cluster-status.ts';
import { readFleet, readWorkload } from './read-workload.ts';
import type { WorkloadName } from './read-workload.ts';
import { remedies } from './remedies.ts';
import { statusTree } from './status-tree.ts';
import type { Workload } from './workload.ts';

export interface StatusOptions {
  readonly watch?: boolean;
  readonly output?: StructuredFormat;
}

const pollMs = 500;
const clearScreen = '\u001B[H\u001B[2J\u001B[3J';

export async function showStatus(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: WorkloadName,
  { watch = false, output }: StatusOptions,
): Promise<void> {
  let shown: string | undefined;
  do {
    const text = await statusText(terminal, controlPlane, target, output);
    if (text !== shown) {
      if (watch && terminal.isOutTerminal) terminal.out(clearScreen + text);
      else terminal.out(shown === undefined || output !== undefined ? text : `\n${text}`);
      shown = text;
    }
    if (watch) await delay(pollMs, undefined, { signal: terminal.signal });
  } while (watch);
}

async function statusText(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: WorkloadName,
  output: StructuredFormat | undefined,
): Promise<string> {
  const workload = await readWorkload(controlPlane, target);
  const clusters = clusterStatuses(workload, await readFleet(controlPlane, workload));
  if (output !== undefined) return structured(statusDocument(workload, clusters), output);
  const colors = terminal.outColors;
  const tree = renderTree(statusTree(workload, clusters, colors), { colors, columns: terminal.columns });
  const hints = remedies(workload, clusters);
  return [...tree, ...(hints.length === 0 ? [] : ['', ...hints])].map((line) => `${line}\n`).join('');
}

/** The same facts for programs. */
function statusDocument({ template, binding }: Workload, clusters: readonly ClusterStatus[]): unknown {
  const { name, namespace } = template.metadata;
  return {
    apiVersion: template.apiVersion,
    kind: template.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    policy: claimOf(template) ?? null,
    binding:
      binding === undefined
        ? null
        : { kind: binding.kind, name: binding.metadata.name, conditions: binding.status?.conditions ?? [] },
    clusters,
  };
}
