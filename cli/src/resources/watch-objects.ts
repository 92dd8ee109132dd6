/** `flotilla get --watch`: what is there, then a line or a document for every change. */

import type { ControlPlane } from '../control-plane.ts';
import { StatusError } from '../errors.ts';
import type { Status } from '../errors.ts';
import { structured } from '../output/structured.ts';
import { createTextTable } from '../output/text-table.ts';
import type { Terminal } from '../terminal.ts';
import { listQuery, readTable, shown } from './read-tables.ts';
import type { GetOptions, Target } from './read-tables.ts';
import { columnsOf, tableAccept } from './table.ts';
import type { Column, ServerTable } from './table.ts';

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ServerTable | Status;
}

/** Until the terminal's signal. A watch that the server ends, or whose revision is too old, begins again. */
export async function watchObjects(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: Target,
  options: GetOptions,
): Promise<void> {
  const print = printer(terminal, target, options);
  const single = target.name === undefined ? {} : { fieldSelector: `metadata.name=${target.name}` };
  const collection = target.name === undefined ? target.path : target.path.slice(0, target.path.lastIndexOf('/'));
  const query = { ...options, ...single };
  let isFirst = true;
  let revision = '';
  while (!terminal.signal.aborted) {
    if (revision === '') {
      const { table } = await readTable(
        controlPlane,
        isFirst ? target : { kind: target.kind, path: collection },
        query,
      );
      if (isFirst) print(table);
      revision = table.metadata?.resourceVersion ?? revisionOf(table) ?? '0';
      isFirst = false;
    }
    revision = await follow(revision);
  }
  terminal.signal.throwIfAborted();

  /** Answers the revision to go on from; none: list again. */
  async function follow(from: string): Promise<string> {
    let last = from;
    const path = `${collection}?${listQuery(query, { watch: 'true', resourceVersion: from, allowWatchBookmarks: 'true' })}`;
    try {
      for await (const { type, object } of controlPlane.client.watch<WatchEvent>(path, { accept: tableAccept })) {
        if (object.kind === 'Status') throw new StatusError(object, object.code ?? 500);
        last = revisionOf(object) ?? last;
        if (type !== 'BOOKMARK') print(object, type);
      }
      return last;
    } catch (error) {
      if (error instanceof StatusError && error.code === 410) return '';
      throw error;
    }
  }
}

function revisionOf(table: ServerTable): string | undefined {
  return table.rows?.at(-1)?.object?.metadata.resourceVersion ?? table.metadata?.resourceVersion;
}

function printer(
  terminal: Terminal,
  { kind }: Target,
  options: GetOptions,
): (table: ServerTable, type?: string) => void {
  const { output } = options;
  if (output === 'json' || output === 'yaml') {
    return ({ rows = [] }) => {
      for (const { object } of rows) {
        if (object !== undefined)
          terminal.out(`${output === 'yaml' ? '---\n' : ''}${structured(shown(object), output)}`);
      }
    };
  }
  const text = createTextTable();
  let columns: readonly Column[] | undefined;
  return (table, type) => {
    const header: string[][] = [];
    if (columns === undefined) {
      columns = columnsOf(kind, table, {
        isWide: output === 'wide',
        withNamespace: options.allNamespaces === true,
        withKind: false,
        nowMs: terminal.now(),
      });
      if (options.headers) header.push(columns.map(({ name }) => name));
    }
    const current = columns;
    const rows = (table.rows ?? []).map((row) => [
      ...current.map(({ value }) => value(row)),
      ...(type === 'DELETED' ? ['(deleted)'] : []),
    ]);
    for (const line of text.lines([...header, ...rows])) terminal.out(`${line}\n`);
  };
}
