/** `flotilla delete`: by kind and name, or what files declare. */
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane, GlobalOptions } from '../control-plane.ts';
import { pathOf, shownKind } from '../discovery.ts';
import type { ServedKind } from '../discovery.ts';
import { CliError, exitCodes, failureOf, ServerUnreachable, StatusError, usageError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait-until.ts';
import { applyBatches } from './apply-order.ts';
import { readManifests } from './read-manifests.ts';
import { createTargeting } from './targeting.ts';

export interface DeleteOptions extends GlobalOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly waitMs?: number;
  readonly ignoreNotFound?: boolean;
  readonly dryRun?: boolean;
}

interface Doomed {
  readonly kind: ServedKind;
  readonly path: string;
  readonly name: string;
}

/** Rejects after everything that could be deleted is, when something could not. */
export async function deleteObjects(
  terminal: Terminal,
  controlPlane: ControlPlane,
  kind: string | undefined,
  names: readonly string[],
  options: DeleteOptions,
): Promise<void> {
  const doomed = await doomedOf(terminal, controlPlane, kind, names, options);
  const errors: unknown[] = [];
  const deleted: Doomed[] = [];
  for (const each of doomed) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- what is in a namespace goes before the namespace
      const isThere = await remove(controlPlane, each, options);
      if (!isThere) continue;
      deleted.push(each);
      terminal.out(`${title(each)} deleted${options.dryRun === true ? ' (dry run)' : ''}\n`);
    } catch (error) {
      if (doomed.length === 1 || error instanceof ServerUnreachable || terminal.signal.aborted) throw error;
      errors.push(error);
      for (const line of failureOf(error).lines) terminal.err(`${terminal.errColors.red(`${title(each)}:`)} ${line}\n`);
    }
  }
  if (options.waitMs !== undefined && options.dryRun !== true)
    await waitUntilGone(terminal, controlPlane, deleted, options.waitMs);
  const [first] = errors;
  if (first === undefined) return;
  const isAllMissing = errors.every((error) => error instanceof StatusError && error.code === 404);
  throw new CliError(`${errors.length} of ${doomed.length} objects could not be deleted`, {
    exitCode: isAllMissing ? exitCodes.notFound : exitCodes.failed,
  });
}

async function doomedOf(
  terminal: Terminal,
  controlPlane: ControlPlane,
  kindText: string | undefined,
  names: readonly string[],
  options: DeleteOptions,
): Promise<readonly Doomed[]> {
  if (options.filename !== undefined) {
    if (kindText !== undefined) throw usageError('either -f or KIND NAME, not both');
    return fromFiles(terminal, controlPlane, options);
  }
  if (kindText === undefined)
    throw usageError('nothing to delete', 'Say what: flotilla delete KIND NAME, or flotilla delete -f FILE');
  const [kindPart = '', nameInKind] = kindText.split('/', 2);
  const wanted = nameInKind === undefined ? names : [nameInKind];
  const kind = (await controlPlane.discovery()).resolve(kindPart);
  if (wanted.length === 0) throw usageError(`which ${kind.singular}?`, `Name it: flotilla delete ${kindText} NAME`);
  return wanted.map((name) => ({ kind, name, path: pathOf(kind, controlPlane.namespace, name) }));
}

/** The reverse of the order in which they are applied. */
async function fromFiles(
  terminal: Terminal,
  controlPlane: ControlPlane,
  options: DeleteOptions,
): Promise<readonly Doomed[]> {
  const { manifests, problems } = await readManifests(terminal, {
    paths: options.filename ?? [],
    isRecursive: options.recursive === true,
  });
  const [problem] = problems;
  if (problem !== undefined) throw new CliError(`${problem.source}: ${problem.message}`);
  const targeting = createTargeting(controlPlane, options.namespace);
  const ordered = applyBatches(manifests).toReversed().flat();
  return Promise.all(
    ordered.map(async ({ object }) => {
      const { kind, path } = await targeting.targetOf(object);
      return { kind, path, name: object.metadata.name ?? '' };
    }),
  );
}

async function remove({ client }: ControlPlane, { path }: Doomed, options: DeleteOptions): Promise<boolean> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
  try {
    await client.send({ method: 'DELETE', path: options.dryRun === true ? `${path}?dryRun=All` : path, body });
    return true;
  } catch (error) {
    if (options.ignoreNotFound === true && error instanceof StatusError && error.code === 404) return false;
    throw error;
  }
}

async function waitUntilGone(
  terminal: Terminal,
  controlPlane: ControlPlane,
  deleted: readonly Doomed[],
  waitMs: number,
): Promise<void> {
  await withProgress(terminal, 'waiting until they are gone', async (progress) => {
    let left = deleted;
    const gone = await waitUntil(
      async () => {
        const found = await Promise.all(left.map(({ path }) => controlPlane.client.find<KubeObject>(path)));
        left = left.filter((_, index) => found[index] !== undefined);
        progress.show(`waiting until they are gone: ${left.length} of ${deleted.length} left`);
        return left.length === 0 ? true : undefined;
      },
      { timeoutMs: waitMs, signal: terminal.signal },
    );
    if (gone === true) return;
    throw new CliError(`${left.map(title).join(', ')} still there after ${waitMs / 1_000} s`, {
      hint: 'Deletion goes on; a member cluster that is down holds it up: flotilla get clusters',
    });
  });
}

function title({ kind, name }: Doomed): string {
  return `${shownKind(kind)}/${name}`;
}
