import { setTimeout as delay } from 'node:timers/promises';

import type { ControlPlane } from '../control-plane.ts';
import { CliError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import { structured } from '../output/structured.ts';
import type { StructuredFormat } from '../output/structured.ts';
import { renderTree } from '../output/tree.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait-until.ts';
import { claimOf } from './claim.ts';
import { clusterStatuses } from './cluster-status.ts';
import type { ClusterStatus } from './cluster-status.ts';
import { readFleet, readWorkload } from './read-workload.ts';
import type { WorkloadName } from './read-workload.ts';
import { remedies } from './remedies.ts';
import { statusTree, titleOf } from './status-tree.ts';
import { unfinished } from './unfinished.ts';
import type { Workload } from './workload.ts';

export interface StatusOptions {
  readonly watch?: boolean;
  /** Seconds to wait until everything is as declared. */
  readonly wait?: number;
  readonly output?: StructuredFormat;
}

const pollMs = 500;
const clearScreen = '\u001B[H\u001B[2J\u001B[3J';

export async function showStatus(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: WorkloadName,
  { watch = false, wait, output }: StatusOptions,
): Promise<void> {
  const missing = wait === undefined ? undefined : await untilFinished(terminal, controlPlane, target, wait);
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
  if (missing !== undefined) {
    throw new CliError(`not as declared after ${wait} s: ${missing}`, {
      hint: 'Look again with: flotilla status --watch',
    });
  }
}

/** Answers what was still missing when the time was over. */
async function untilFinished(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: WorkloadName,
  waitSeconds: number,
): Promise<string | undefined> {
  let missing: string | undefined;
  await withProgress(terminal, `waiting for ${target.kind} ${target.name}`, (progress) =>
    waitUntil(
      async () => {
        const { workload, clusters } = await readStatus(controlPlane, target);
        missing = unfinished(workload, clusters);
        if (missing === undefined) return true;
        progress.show(`waiting for ${titleOf(workload)}: ${missing}`);
        return undefined;
      },
      { timeoutMs: waitSeconds * 1_000, signal: terminal.signal },
    ),
  );
  return missing;
}

async function readStatus(
  controlPlane: ControlPlane,
  target: WorkloadName,
): Promise<{ readonly workload: Workload; readonly clusters: readonly ClusterStatus[] }> {
  const workload = await readWorkload(controlPlane, target);
  return { workload, clusters: clusterStatuses(workload, await readFleet(controlPlane, workload)) };
}

async function statusText(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: WorkloadName,
  output: StructuredFormat | undefined,
): Promise<string> {
  const { workload, clusters } = await readStatus(controlPlane, target);
  if (output !== undefined) return structured(statusDocument(workload, clusters), output);
  const colors = terminal.outColors;
  const tree = renderTree(statusTree(workload, clusters, colors), { colors, columns: terminal.columns });
  const hints = remedies(workload, clusters, { serverUrl: controlPlane.client.url });
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
