/** `flotilla demo`: the sample shop, from manifests to an explanation. */
import { resolve } from 'node:path';

import type { Cluster } from '@flotilla/kinds/karmada/cluster';

import type { ControlPlane } from '../control-plane.ts';
import { CliError } from '../errors.ts';
import { clustersPath } from '../join/join-cluster.ts';
import { applySet } from '../manifests/apply-manifests.ts';
import { deleteObjects } from '../manifests/delete-objects.ts';
import type { ManifestSet } from '../manifests/manifest.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { withProgress } from '../output/progress.ts';
import { readyCondition } from '../resources/cluster-table.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait-until.ts';
import { showExplanation } from '../workload/show-explanation.ts';
import { showStatus } from '../workload/show-status.ts';
import { readShop } from './shop-progress.ts';
import type { ShopProgress } from './shop-progress.ts';

export interface DemoOptions {
  readonly delete?: boolean;
  readonly wait: number;
}

const samplePath = resolve(import.meta.dirname, '../../../docs/samples/storefront');
const namespace = 'storefront';
const members: readonly string[] = ['member1', 'member2', 'member3'];
const web = { kind: 'deployment', name: 'web' };

export async function runDemo(terminal: Terminal, connected: ControlPlane, options: DemoOptions): Promise<void> {
  const controlPlane = { ...connected, namespace };
  if (options.delete === true) {
    await deleteObjects(terminal, controlPlane, undefined, [], {
      filename: [samplePath],
      ignoreNotFound: true,
      waitMs: options.wait * 1_000,
    });
    return;
  }
  const set = await readManifests(terminal, { paths: [samplePath], isRecursive: false });
  const { outColors: colors } = terminal;
  await requireMembers(terminal, controlPlane, options.wait);
  terminal.out(colors.bold('A small shop goes to three clusters: manifests as for one, and two policies.\n'));
  await applySet(terminal, controlPlane, set, {});
  const begin = performance.now();
  await waitUntilReady(terminal, controlPlane, set, options.wait);
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  terminal.out(`${colors.green('✓')} everything runs, ${seconds} s after it was applied\n`);
  terminal.out(`\n${colors.bold('Where it runs')}  ${colors.dim(`flotilla status deployment web -n ${namespace}`)}\n`);
  await showStatus(terminal, controlPlane, web, {});
  terminal.out(
    `\n${colors.bold('Why it runs there')}  ${colors.dim(`flotilla explain deployment web -n ${namespace}`)}\n`,
  );
  await showExplanation(terminal, controlPlane, web, undefined);
  terminal.out(nextSteps(terminal));
}

/** The sample's policies name the simulated members. */
async function requireMembers(terminal: Terminal, { client }: ControlPlane, waitSeconds: number): Promise<void> {
  const read = async (): Promise<ReadonlyMap<string, boolean>> => {
    const { items = [] } = await client.get<{ readonly items?: readonly Cluster[] }>(clustersPath);
    return new Map(items.map((cluster) => [cluster.metadata.name ?? '', readyCondition(cluster)?.status === 'True']));
  };
  const known = await read();
  const missing = members.filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new CliError(
      `the demo is made for the simulated clusters, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not here`,
      {
        hint: 'Start the platform with them: npm start (without --simulated-members 0)',
      },
    );
  }
  const ready = await withProgress(terminal, 'waiting until the clusters are ready', () =>
    waitUntil(
      async () => {
        const state = await read();
        return members.every((name) => state.get(name) === true) ? true : undefined;
      },
      { timeoutMs: waitSeconds * 1_000, signal: terminal.signal },
    ),
  );
  if (ready === undefined)
    throw new CliError('the simulated clusters are not ready', { hint: 'See: flotilla get clusters' });
}

async function waitUntilReady(
  terminal: Terminal,
  controlPlane: ControlPlane,
  set: ManifestSet,
  waitSeconds: number,
): Promise<void> {
  let last: ShopProgress | undefined;
  const done = await withProgress(terminal, 'the scheduler is choosing clusters', (progress) =>
    waitUntil(
      async () => {
        last = await readShop(controlPlane, set);
        progress.show(last.text);
        return last.isDone ? last : undefined;
      },
      { timeoutMs: waitSeconds * 1_000, intervalMs: 150, signal: terminal.signal },
    ),
  );
  if (done !== undefined) return;
  throw new CliError(`after ${waitSeconds} s not everything runs: ${last?.text ?? ''}`, {
    hint: `Look closer: flotilla status ${last?.waitingFor ?? 'deployment web'} -n ${namespace}`,
  });
}

function nextSteps({ outColors: colors }: Terminal): string {
  const steps = [
    [`flotilla get deployments,resourcebindings -n ${namespace}`, 'what the control plane says'],
    [`flotilla status deployment web -n ${namespace} --watch`, 'follow it while you change something'],
    ['flotilla apply -f docs/samples/storefront', 'after a change of your own'],
    ['flotilla demo --delete', 'take the shop away again'],
  ] as const;
  const width = Math.max(...steps.map(([what]) => what.length));
  return `\n${colors.bold('Next')}\n${steps.map(([what, why]) => `  ${what.padEnd(width)}  ${colors.dim(why)}\n`).join('')}`;
}
