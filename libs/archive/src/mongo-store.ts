/**
 * The archive on MongoDB, or on a server that speaks its wire protocol: writes by `_id` alone, so that each can be repeated; plain finds. What only MongoDB itself has is tried and
 * left out where the server refuses it: indexes that let old documents expire.
 */
import { MongoClient, type Db, type Filter, type Sort } from 'mongodb';

import {
  answerBytesMaxDefault,
  ArchiveUnavailable,
  checkLimit,
  type Answer,
  type ArchiveStore,
  type Condition,
  type Query,
  type WriteStep,
} from './archive-store.ts';
import {
  collectionNames,
  definitionOf,
  type CollectionDefinition,
  type CollectionName,
  type Document,
  type DocumentId,
  type Field,
} from './collections.ts';
import { errorFromMongo, isIndexConflict, isMissingFeature, isOnlyDuplicates } from './mongo-errors.ts';

export interface MongoStoreOptions {
  /** Connection string; its credentials are never reported. */
  readonly url: string;
  readonly database: string;
  /** Milliseconds after which documents of a collection may be dropped, where the collection ages by itself. */
  readonly expireAfterMs?: Readonly<Partial<Record<CollectionName, number>>>;
  /** Connections at most (default 8). */
  readonly connectionsMax?: number;
  /** How long to look for a server that answers before a call fails (default 5 s). */
  readonly selectionTimeoutMs?: number;
  /** How long a call may take in all (default 20 s). What is longer under way counts as lost, and the next call connects anew. */
  readonly callTimeoutMs?: number;
}

interface StoredDocument {
  readonly _id: DocumentId;
  readonly [field: string]: unknown;
}

/** A date beside the milliseconds, because MongoDB lets documents expire by dates only. */
const expiryField = 'expiryBase';
const findBatchDocuments = 100;
const callTimeoutMsDefault = 20_000;

/** Connects at the first call: a database that is away at the start is none of the caller's business yet. */
export function createMongoStore(options: MongoStoreOptions): ArchiveStore {
  return new MongoStore(options);
}

/** A client and what is known of the server behind it. */
interface Link {
  readonly client: MongoClient;
  readonly database: Db;
  /** Resolves to what expires by itself, once indexes are there; forgotten when making them failed, so that the next call tries again. */
  prepared: Promise<ReadonlySet<CollectionName>> | undefined;
}

function openLink(options: MongoStoreOptions): Link {
  const callTimeoutMs = options.callTimeoutMs ?? callTimeoutMsDefault;
  const selectionTimeoutMs = options.selectionTimeoutMs ?? 5_000;
  const client = new MongoClient(options.url, {
    maxPoolSize: options.connectionsMax ?? 8,
    serverSelectionTimeoutMS: selectionTimeoutMs,
    connectTimeoutMS: selectionTimeoutMs,
    socketTimeoutMS: callTimeoutMs,
    waitQueueTimeoutMS: callTimeoutMs,
    // Repeating is the caller's business, who must bear it anyway.
    retryWrites: false,
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
    promoteBuffers: true,
    appName: 'flotilla-archive',
  });
  return { client, database: client.db(options.database), prepared: undefined };
}

class MongoStore implements ArchiveStore {
  readonly #options: MongoStoreOptions;
  #link: Link | undefined;
  #isClosed = false;

  constructor(options: MongoStoreOptions) {
    this.#options = options;
    // A connection string that can't be read is a mistake in the configuration, to be found at the start.
    this.#link = openLink(options);
  }

  write(steps: readonly WriteStep[]): Promise<void> {
    return this.#run(async ({ database }) => {
      for (const step of steps) await takeStep(database, step);
    });
  }

  find<Name extends CollectionName>(collection: Name, query: Query<Name>): Promise<Answer<Name>> {
    checkLimit(query.limit);
    return this.#run(async ({ database }) => {
      const definition = definitionOf(collection);
      const cursor = database
        .collection<StoredDocument>(collection)
        .find(filterOf(query.where ?? {}), { batchSize: findBatchDocuments, limit: query.limit });
      if (query.sort !== undefined) {
        const sort: Sort = new Map(query.sort.map(([name, way]) => [name, way === 'ascending' ? 1 : -1]));
        cursor.sort(sort);
      }
      if (query.omit !== undefined) cursor.project(Object.fromEntries(query.omit.map((name) => [name, 0])));
      const bytesMax = query.bytesMax ?? answerBytesMaxDefault;
      const documents: Document<Name>[] = [];
      let bytes = 0;
      try {
        for await (const stored of cursor) {
          documents.push(documentOf<Name>(definition, stored));
          bytes += weightOf(stored);
          if (bytes >= bytesMax) break;
        }
      } finally {
        await cursor.close();
      }
      return { documents, isComplete: documents.length < query.limit && bytes < bytesMax };
    });
  }

  moveCursor(
    name: string,
    expect: number,
    to: { readonly revision: number; readonly timeMs: number },
  ): Promise<boolean> {
    return this.#run(async ({ database }) => {
      const cursors = database.collection<StoredDocument>('cursors');
      const { revision, timeMs } = to;
      if (expect !== 0) {
        const { matchedCount } = await cursors.replaceOne({ _id: name, revision: expect }, { revision, timeMs });
        return matchedCount === 1;
      }
      return isWithoutDuplicates(cursors.insertOne({ _id: name, revision, timeMs }));
    });
  }

  expiring(): Promise<ReadonlySet<CollectionName>> {
    return this.#run((link) => this.#prepare(link));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeQuietly(this.#link);
  }

  async #run<Result>(work: (link: Link) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new ArchiveUnavailable('Closed', 'the archive has been closed');
    this.#link ??= openLink(this.#options);
    const link = this.#link;
    // The driver has no limit of its own that holds for all of a call; one whose connection broke just before its command went out never ends.
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      if (this.#link === link) this.#link = undefined;
      void closeQuietly(link);
      late.reject(new ArchiveUnavailable('Unreachable', "the archive's database didn't answer in time"));
    }, this.#options.callTimeoutMs ?? callTimeoutMsDefault);
    try {
      return await Promise.race([this.#prepare(link).then(() => work(link)), late.promise]);
    } catch (error) {
      throw errorFromMongo(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #prepare(link: Link): Promise<ReadonlySet<CollectionName>> {
    link.prepared ??= this.#makeIndexes(link.database).catch((error: unknown) => {
      link.prepared = undefined;
      throw error;
    });
    return link.prepared;
  }

  async #makeIndexes(database: Db): Promise<ReadonlySet<CollectionName>> {
    const expiring = new Set<CollectionName>();
    for (const name of collectionNames) {
      const collection = database.collection(name);
      for (const index of definitionOf(name).indexes) {
        await collection.createIndex(Object.fromEntries(index.map((field) => [field, 1])));
      }
      const expireAfterMs = this.#options.expireAfterMs?.[name];
      if (expireAfterMs === undefined || definitionOf(name).expireBy === undefined) continue;
      if (await letExpire(database, name, Math.ceil(expireAfterMs / 1000))) expiring.add(name);
    }
    return expiring;
  }
}

async function closeQuietly(link: Link | undefined): Promise<void> {
  try {
    await link?.client.close();
  } catch (error) {
    // What can't be closed properly is gone already.
    if (!(error instanceof Error)) throw error;
  }
}

/** False when the server has no such indexes: then somebody has to sweep. An index that is there gets the age that is asked for now. */
async function letExpire(database: Db, name: CollectionName, expireAfterSeconds: number): Promise<boolean> {
  const keys = { [expiryField]: 1 } as const;
  try {
    await database.collection(name).createIndex(keys, { expireAfterSeconds });
    return true;
  } catch (error) {
    if (isIndexConflict(error)) {
      await database.command({ collMod: name, index: { keyPattern: keys, expireAfterSeconds } });
      return true;
    }
    if (isMissingFeature(error)) return false;
    throw error;
  }
}

async function takeStep(database: Db, step: WriteStep): Promise<void> {
  const collection = database.collection<StoredDocument>(step.collection);
  if (step.kind === 'delete') {
    if (step.ids.length > 0) await collection.deleteMany({ _id: { $in: [...step.ids] } });
    return;
  }
  const definition = definitionOf(step.collection);
  const documents = step.documents.map((document) => storedDocument(definition, document));
  if (documents.length === 0) return;
  if (step.kind === 'insert') {
    await isWithoutDuplicates(collection.insertMany(documents, { ordered: false }));
    return;
  }
  const { newerBy } = step;
  const replaces = documents.map((document) => ({
    replaceOne: {
      // A newer document that is there doesn't match: the attempt to insert beside it fails as a duplicate, which is the answer wanted.
      filter: newerBy === undefined ? { _id: document._id } : newerThan(document._id, newerBy, document[newerBy]),
      replacement: document,
      upsert: true,
    },
  }));
  if (await isWithoutDuplicates(collection.bulkWrite(replaces, { ordered: false }))) return;
  // Servers differ in whether they go on behind a failed one, unordered or not.
  for (const replace of replaces) await isWithoutDuplicates(collection.bulkWrite([replace]));
}

function newerThan(id: DocumentId, field: string, value: unknown): Filter<StoredDocument> {
  return { _id: id, [field]: { $lt: value } };
}

/** False when there were duplicates. */
async function isWithoutDuplicates(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isOnlyDuplicates(error)) return false;
    throw error;
  }
}

function filterOf(where: Readonly<Record<string, Condition | undefined>>): Filter<StoredDocument> {
  const filter: Record<string, unknown> = {};
  for (const [name, condition] of Object.entries(where)) {
    if (condition === undefined) continue;
    if (typeof condition !== 'object') filter[name] = condition;
    else if ('in' in condition) filter[name] = { $in: condition.in };
    else if ('has' in condition) filter[name] = condition.has;
    else filter[name] = Object.fromEntries(Object.entries(condition).map(([key, value]) => [`$${key}`, value]));
  }
  return filter;
}

function storedDocument({ fields, expireBy }: CollectionDefinition, document: StoredDocument): StoredDocument {
  const stored: Record<string, unknown> & { _id: DocumentId } = { _id: document._id };
  for (const [name, { kind }] of Object.entries(fields)) {
    const value = document[name];
    // Keys of maps may hold dots and dollars, which mean something to the database: such fields are texts there.
    stored[name] = kind === 'json' ? JSON.stringify(value) : value;
  }
  if (expireBy !== undefined) stored[expiryField] = new Date(Number(document[expireBy]));
  return stored;
}

function documentOf<Name extends CollectionName>(
  { fields }: CollectionDefinition,
  stored: StoredDocument,
): Document<Name> {
  const document: Record<string, unknown> = { _id: stored._id };
  for (const [name, field] of Object.entries(fields)) document[name] = loadedValue(field, stored[name]);
  return document as unknown as Document<Name>;
}

function loadedValue(field: Field, stored: unknown): unknown {
  if (stored === undefined || stored === null) return field.empty;
  return field.kind === 'json' && typeof stored === 'string' ? JSON.parse(stored) : stored;
}

function weightOf(stored: StoredDocument): number {
  let bytes = 0;
  for (const value of Object.values(stored)) {
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}
