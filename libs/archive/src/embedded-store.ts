/** The archive that needs nothing but a directory: SQLite, as Node brings it, in a thread of its own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import {
  ArchiveUnavailable,
  checkLimit,
  type Answer,
  type ArchiveStore,
  type UnavailableReason,
} from './archive-store.ts';
import type { CollectionName } from './collections.ts';
import type { SqliteLocation } from './sqlite-tables.ts';
import type { SqliteReply, SqliteRequest } from './sqlite-worker.ts';

export interface EmbeddedStoreOptions {
  /** Made when it isn't there. Holds `archive.db` and what SQLite puts beside it. */
  readonly directory: string;
  /** `fsync` (default): what was written survives power loss. `none`: it survives the process being killed, not the machine. */
  readonly durability?: 'fsync' | 'none';
}

const requestsMax = 1_000;
const workerMemoryMaxMb = 256;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: ArchiveUnavailable) => void;
}

type Question = SqliteRequest extends infer Request ? (Request extends unknown ? Omit<Request, 'id'> : never) : never;

/** Throws ArchiveUnavailable when the directory or the database can't be opened. */
export async function createEmbeddedStore({
  directory,
  durability = 'fsync',
}: EmbeddedStoreOptions): Promise<ArchiveStore> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new ArchiveUnavailable('Failed', `the archive's directory can't be made: ${String(error)}`, { cause: error });
  }
  const store = new EmbeddedStore({ path: join(directory, 'archive.db'), durability });
  try {
    await store.open();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** Keeps the process alive only while an answer is awaited. A thread that died is replaced at the next question. */
class EmbeddedStore implements ArchiveStore {
  readonly #location: SqliteLocation;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(location: SqliteLocation) {
    this.#location = location;
  }

  async open(): Promise<void> {
    await this.#ask({ op: 'open' });
  }

  async write(steps: Parameters<ArchiveStore['write']>[0]): Promise<void> {
    await this.#ask({ op: 'write', steps });
  }

  async find<Name extends CollectionName>(
    collection: Name,
    query: Parameters<ArchiveStore['find']>[1],
  ): Promise<Answer<Name>> {
    checkLimit(query.limit);
    return (await this.#ask({ op: 'find', collection, query })) as Answer<Name>;
  }

  async moveCursor(
    name: string,
    expect: number,
    to: { readonly revision: number; readonly timeMs: number },
  ): Promise<boolean> {
    return (await this.#ask({ op: 'moveCursor', name, expect, to })) === true;
  }

  expiring(): Promise<ReadonlySet<CollectionName>> {
    return Promise.resolve(new Set());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    const worker = this.#worker;
    const isOver = worker === undefined ? undefined : this.#ask({ op: 'close' });
    this.#isClosed = true;
    try {
      await isOver;
    } catch (error) {
      if (!(error instanceof ArchiveUnavailable)) throw error;
    } finally {
      await worker?.terminate();
    }
  }

  #ask(question: Question): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new ArchiveUnavailable('Closed', 'the archive has been closed'));
    if (this.#pending.size >= requestsMax) {
      return Promise.reject(new ArchiveUnavailable('Failed', 'too many requests are waiting for the archive'));
    }
    const id = this.#nextId++;
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, ...question });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: this.#location,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: workerMemoryMaxMb, maxYoungGenerationSizeMb: 16 },
    });
    worker.on('message', (reply: SqliteReply) => this.#settle(worker, reply));
    worker.on('error', (error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, undefined));
    return worker;
  }

  #settle(worker: Worker, reply: SqliteReply): void {
    const waiting = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) worker.unref();
    if ('failure' in reply) waiting?.reject(unavailableFrom(reply.failure));
    else waiting?.resolve(reply.result);
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const reason = new ArchiveUnavailable('Failed', "the archive's thread ended", { cause });
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(reason);
  }
}

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const reasons: Readonly<Record<number, UnavailableReason>> = {
  11: 'Damaged',
  13: 'Full',
  18: 'TooLarge',
  26: 'Damaged',
};

function unavailableFrom(failure: {
  readonly message: string;
  readonly errcode: number | undefined;
}): ArchiveUnavailable {
  const reason = reasons[(failure.errcode ?? 0) & 0xff] ?? 'Failed';
  return new ArchiveUnavailable(reason, `the archive's database failed: ${failure.message}`);
}
