/** `flotilla get`: tables as the server computes them, or the objects themselves; then, if wanted, what changes. */

import type { ControlPlane } from '../control-plane.ts';
import { pathOf, shownKind } from '../discovery.ts';
import type { ServedKind } from '../discovery.ts';
import { usageError } from '../errors.ts';
import { structured } from '../output/structured.ts';
import { createTextTable } from '../output/text-table.ts';
import type { Terminal } from '../terminal.ts';
import { getObject } from './get-object.ts';
import { pages, readTable, shown } from './read-tables.ts';
import type { GetOptions, Paged, ReadTable, Target } from './read-tables.ts';
import { columnsOf } from './table.ts';
import { watchObjects } from './watch-objects.ts';

export async function getObjects(
  terminal: Terminal,
  controlPlane: ControlPlane,
  kindText: string,
  names: readonly string[],
  options: GetOptions,
): Promise<void> {
  const targets = await targetsOf(controlPlane, kindText, names, options);
  if (options.watch === true) {
    const [target, ...others] = targets;
    if (target === undefined || others.length > 0) throw usageError('one kind or one object can be watched at a time');
    await watchObjects(terminal, controlPlane, target, options);
    return;
  }
  switch (options.output) {
    case 'json':
    case 'yaml':
      terminal.out(structured(await objectsOf(controlPlane, targets, options), options.output));
      return;
    case 'name':
      for (const { target, rows } of await readTables(controlPlane, targets, options)) {
        for (const { object } of rows) terminal.out(`${shownKind(target.kind)}/${object?.metadata.name ?? ''}\n`);
      }
      return;
    case 'wide':
    case undefined:
      printTables(terminal, controlPlane, await readTables(controlPlane, targets, options), options);
  }
}

async function targetsOf(
  controlPlane: ControlPlane,
  kindText: string,
  names: readonly string[],
  options: GetOptions,
): Promise<readonly Target[]> {
  const discovery = await controlPlane.discovery();
  const toTargets = (kind: ServedKind, wanted: readonly string[]): readonly Target[] => {
    const namespace = options.allNamespaces === true && wanted.length === 0 ? undefined : controlPlane.namespace;
    if (wanted.length === 0) return [{ kind, path: pathOf(kind, namespace) }];
    if (options.allNamespaces === true && kind.isNamespaced) {
      throw usageError(
        'an object cannot be named in all namespaces',
        'Use -n NAMESPACE, or --field-selector metadata.name=NAME',
      );
    }
    return wanted.map((name) => ({ kind, name, path: pathOf(kind, namespace, name) }));
  };
  return kindText.split(',').flatMap((text) => {
    const slash = text.indexOf('/');
    if (slash > 0) return toTargets(discovery.resolve(text.slice(0, slash)), [text.slice(slash + 1)]);
    return discovery.resolveAll(text).flatMap((kind) => toTargets(kind, names));
  });
}

/** A single named object as it is; everything else as a List. */
async function objectsOf(
  controlPlane: ControlPlane,
  targets: readonly Target[],
  options: GetOptions,
): Promise<unknown> {
  const [only] = targets;
  if (targets.length === 1 && only?.name !== undefined)
    return shown(await getObject(controlPlane, only.kind, controlPlane.namespace, only.name));
  const items: unknown[] = [];
  for (const target of targets) {
    if (target.name !== undefined)
      items.push(shown(await getObject(controlPlane, target.kind, controlPlane.namespace, target.name)));
    else {
      for await (const page of pages<Paged>(controlPlane, target, options))
        items.push(...(page.items ?? []).map(shown));
    }
  }
  return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
}

async function readTables(
  controlPlane: ControlPlane,
  targets: readonly Target[],
  options: GetOptions,
): Promise<readonly ReadTable[]> {
  const tables = await Promise.all(targets.map((target) => readTable(controlPlane, target, options)));
  return mergedByKind(tables);
}

/** Several named objects of one kind make one table. */
function mergedByKind(tables: readonly ReadTable[]): readonly ReadTable[] {
  const merged = new Map<ServedKind, ReadTable>();
  for (const table of tables) {
    const before = merged.get(table.target.kind);
    merged.set(table.target.kind, before === undefined ? table : { ...before, rows: [...before.rows, ...table.rows] });
  }
  return [...merged.values()];
}

function printTables(
  terminal: Terminal,
  { namespace }: ControlPlane,
  tables: readonly ReadTable[],
  options: GetOptions,
): void {
  const filled = tables.filter(({ rows }) => rows.length > 0);
  if (filled.length === 0) {
    const isNamespaced = tables.some(({ target }) => target.kind.isNamespaced);
    const place = isNamespaced && options.allNamespaces !== true ? ` in namespace ${namespace}` : '';
    const hint = tables.every(({ target }) => target.kind.kind === 'Cluster')
      ? ' Add one: flotilla join NAME --kubeconfig FILE'
      : '';
    terminal.err(`No ${tables.map(({ target }) => target.kind.plural).join(' or ')} found${place}.${hint}\n`);
    return;
  }
  const texts = filled.map(({ target, table, rows }) => {
    const columns = columnsOf(target.kind, table, {
      isWide: options.output === 'wide',
      withNamespace: options.allNamespaces === true,
      withKind: tables.length > 1,
      nowMs: terminal.now(),
    });
    const cells = rows.map((row) => columns.map(({ value }) => value(row)));
    const header = options.headers ? [columns.map(({ name }) => name)] : [];
    return createTextTable()
      .lines([...header, ...cells])
      .map((line) => `${line}\n`)
      .join('');
  });
  terminal.out(texts.join('\n'));
}
