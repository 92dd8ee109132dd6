/** `flotilla apply`: every object as the server takes it, in an order in which it can be taken, and what became of each. */
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane, GlobalOptions } from '../control-plane.ts';
import { shownKind } from '../discovery.ts';
import { CliError, failureOf, ServerUnreachable } from '../errors.ts';
import { structured } from '../output/structured.ts';
import type { Terminal } from '../terminal.ts';
import { applyBatches } from './apply-order.ts';
import { applyObject } from './apply-object.ts';
import type { Applied } from './apply-object.ts';
import type { Manifest, ManifestProblem, ManifestSet } from './manifest.ts';
import { inOrder } from './in-order.ts';
import { readManifests } from './read-manifests.ts';
import { createTargeting } from './targeting.ts';

export interface ApplyOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly forceConflicts?: boolean;
  readonly dryRun?: boolean;
  readonly output?: 'json' | 'yaml' | 'name';
}

/** Requests under way at a time. */
const inFlightMax = 12;

/** Rejects after everything that could be applied is, when something could not. */
export async function applyFiles(
  terminal: Terminal,
  controlPlane: ControlPlane,
  options: ApplyOptions & GlobalOptions,
): Promise<void> {
  const set = await readManifests(terminal, { paths: options.filename ?? [], isRecursive: options.recursive === true });
  await applySet(terminal, controlPlane, set, options);
}

export async function applySet(
  terminal: Terminal,
  controlPlane: ControlPlane,
  set: ManifestSet,
  options: ApplyOptions & GlobalOptions,
): Promise<void> {
  const { manifests, problems } = set;
  if (manifests.length + problems.length === 0) {
    throw new CliError('there is no object in what was given', { hint: 'Check the path after -f' });
  }
  for (const problem of problems) complain(terminal, problem);
  const targeting = createTargeting(controlPlane, options.namespace);
  const results: KubeObject[] = [];
  let failures = problems.length;
  for (const batch of applyBatches(manifests)) {
    const apply = async (manifest: Manifest): Promise<Applied> =>
      applyObject(controlPlane, await targeting.targetOf(manifest.object), manifest.object, options);
    await inOrder(batch, inFlightMax, apply, (outcome, manifest) => {
      if (outcome.kind === 'failed') {
        if (outcome.error instanceof ServerUnreachable) throw outcome.error;
        terminal.signal.throwIfAborted();
        failures += 1;
        complain(terminal, { source: manifest.source, message: wordsFor(outcome.error, manifest) });
      } else if (options.output === undefined || options.output === 'name') {
        terminal.out(`${line(outcome.value, options)}\n`);
      } else results.push(outcome.value.object);
    });
    if (batch.some(({ object }) => object.kind === 'CustomResourceDefinition'))
      targeting.expectNewKinds(terminal.signal);
  }
  if (options.output === 'json' || options.output === 'yaml') terminal.out(structured(listOf(results), options.output));
  if (failures > 0) throw incomplete(failures, manifests.length + problems.length);
}

function incomplete(failures: number, total: number): CliError {
  if (failures === total)
    return new CliError('nothing was applied', { hint: 'Mend what is named above and apply again' });
  return new CliError(`${failures} of ${total} objects could not be applied`, {
    hint: 'The others are in place: mend these and apply again',
  });
}

function line({ kind, object, verb }: Applied, { output, dryRun }: ApplyOptions): string {
  const title = `${shownKind(kind)}/${object.metadata.name ?? ''}`;
  return output === 'name' ? title : `${title} ${verb}${dryRun === true ? ' (dry run)' : ''}`;
}

function listOf(objects: readonly KubeObject[]): unknown {
  return objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
}

function wordsFor(error: unknown, { object }: Manifest): string {
  const [first = '', ...rest] = failureOf(error).lines;
  const title = `${object.kind} "${object.metadata.name ?? ''}"`;
  return [first.includes(`"${object.metadata.name ?? ''}"`) ? first : `${title}: ${first}`, ...rest].join('\n');
}

function complain(terminal: Terminal, { source, message }: ManifestProblem): void {
  terminal.err(`${terminal.errColors.red(`${source}:`)} ${message}\n`);
}
