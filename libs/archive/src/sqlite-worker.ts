/** The thread that has the database open. One question, one answer, in order; see `embedded-store.ts` for the other end. */
import { parentPort, workerData } from 'node:worker_threads';

import type { WriteStep } from './archive-store.ts';
import type { CollectionName } from './collections.ts';
import { SqliteTables, type PlainQuery, type SqliteLocation } from './sqlite-tables.ts';

export type SqliteRequest = { readonly id: number } & (
  | { readonly op: 'open' }
  | { readonly op: 'write'; readonly steps: readonly WriteStep[] }
  | { readonly op: 'find'; readonly collection: CollectionName; readonly query: PlainQuery }
  | {
      readonly op: 'moveCursor';
      readonly name: string;
      readonly expect: number;
      readonly to: { readonly revision: number; readonly timeMs: number };
    }
  | { readonly op: 'close' }
);

export type SqliteReply = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly failure: { readonly message: string; readonly errcode: number | undefined } }
);

const location: SqliteLocation = workerData;
let tables: SqliteTables | undefined;

/** Opens at the first need, and again after opening failed. */
function opened(): SqliteTables {
  tables ??= new SqliteTables(location);
  return tables;
}

function answer(request: SqliteRequest): unknown {
  switch (request.op) {
    case 'open':
      opened();
      return undefined;
    case 'write':
      return opened().write(request.steps);
    case 'find':
      return opened().find(request.collection, request.query);
    case 'moveCursor':
      return opened().moveCursor(request.name, request.expect, request.to);
    case 'close':
      tables?.close();
      tables = undefined;
      return undefined;
  }
}

parentPort?.on('message', (request: SqliteRequest) => {
  parentPort?.postMessage(replyTo(request));
});

function replyTo(request: SqliteRequest): SqliteReply {
  const { id } = request;
  try {
    return { id, result: answer(request) };
  } catch (error) {
    const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
    return { id, failure: { message: String(error), errcode } };
  }
}
