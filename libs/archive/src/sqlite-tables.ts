/**
 * The store on SQLite, synchronous: a table a collection, a column a field. Runs in a thread of its own (`sqlite-worker.ts`), because a sync to disk and a long scan would
 * otherwise hold up the process.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';

import { answerBytesMaxDefault, checkLimit, type Condition, type WriteStep } from './archive-store.ts';
import {
  collectionNames,
  definitionOf,
  type CollectionDefinition,
  type CollectionName,
  type DocumentId,
  type Field,
} from './collections.ts';

/** A document of any collection. */
export type PlainDocument = Readonly<Record<string, unknown>> & { readonly _id: DocumentId };

/** A query whose field names have been checked by the compiler on the other side of the thread. */
export interface PlainQuery {
  readonly where?: Readonly<Record<string, Condition | undefined>>;
  readonly sort?: readonly (readonly [string, 'ascending' | 'descending'])[];
  readonly limit: number;
  readonly omit?: readonly string[];
  readonly bytesMax?: number;
}

export interface PlainAnswer {
  readonly documents: readonly PlainDocument[];
  readonly isComplete: boolean;
}

const busyTimeoutMs = 5_000;
const statementsMax = 200;
const columnTypes = {
  integer: 'INTEGER NOT NULL DEFAULT 0',
  boolean: 'INTEGER NOT NULL DEFAULT 0',
  text: "TEXT NOT NULL DEFAULT ''",
  bytes: "BLOB NOT NULL DEFAULT x''",
  texts: "TEXT NOT NULL DEFAULT '[]'",
  json: "TEXT NOT NULL DEFAULT ''",
} as const;

export interface SqliteLocation {
  readonly path: string;
  readonly durability: 'fsync' | 'none';
}

export class SqliteTables {
  readonly #database: DatabaseSync;
  /** Prepared statements by their text, the least recently used one first. */
  readonly #statements = new Map<string, StatementSync>();

  constructor({ path, durability }: SqliteLocation) {
    this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    for (const pragma of [
      'journal_mode = WAL',
      `synchronous = ${durability === 'fsync' ? 'FULL' : 'OFF'}`,
      'journal_size_limit = 67108864',
      'cache_size = -8192',
    ]) {
      this.#database.exec(`PRAGMA ${pragma}`);
    }
    this.#transact(() => {
      for (const name of collectionNames) this.#createTable(name, definitionOf(name));
    });
  }

  /** All steps or none. */
  write(steps: readonly WriteStep[]): void {
    this.#transact(() => {
      for (const step of steps) this.#take(step);
    });
  }

  find(collection: CollectionName, query: PlainQuery): PlainAnswer {
    checkLimit(query.limit);
    const definition = definitionOf(collection);
    const names = ['_id', ...Object.keys(definition.fields).filter((name) => query.omit?.includes(name) !== true)];
    const { sql, values } = conditionsOf(query.where ?? {});
    const order = (query.sort ?? []).map(([name, way]) => `${quoted(name)} ${way === 'ascending' ? 'ASC' : 'DESC'}`);
    const statement = this.#prepare(
      `SELECT ${names.map(quoted).join(', ')} FROM ${quoted(collection)}` +
        (sql === '' ? '' : ` WHERE ${sql}`) +
        (order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`) +
        ' LIMIT ?',
    );
    const documents: PlainDocument[] = [];
    const bytesMax = query.bytesMax ?? answerBytesMaxDefault;
    let bytes = 0;
    for (const row of statement.iterate(...values, query.limit)) {
      const document = documentOf(definition, row);
      documents.push(document);
      bytes += weightOf(row);
      if (bytes >= bytesMax) break;
    }
    return { documents, isComplete: documents.length < query.limit && bytes < bytesMax };
  }

  moveCursor(name: string, expect: number, to: { readonly revision: number; readonly timeMs: number }): boolean {
    const sql =
      expect === 0
        ? 'INSERT INTO cursors (revision, "timeMs", _id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
        : 'UPDATE cursors SET revision = ?, "timeMs" = ? WHERE _id = ? AND revision = ?';
    const values = [to.revision, to.timeMs, name];
    return this.#prepare(sql).run(...values, ...(expect === 0 ? [] : [expect])).changes === 1;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #take(step: WriteStep): void {
    const { collection } = step;
    if (step.kind === 'delete') {
      const statement = this.#prepare(`DELETE FROM ${quoted(collection)} WHERE _id = ?`);
      for (const id of step.ids) statement.run(id);
      return;
    }
    const { fields } = definitionOf(collection);
    const names = Object.keys(fields);
    const statement = this.#prepare(insertOf(collection, names, step));
    for (const document of step.documents as readonly PlainDocument[]) {
      statement.run(document._id, ...names.map((name) => storedValue(fields[name], document[name])));
    }
  }

  #createTable(name: CollectionName, { fields, indexes }: CollectionDefinition): void {
    const columns = Object.entries(fields).map(([field, { kind }]) => `${quoted(field)} ${columnTypes[kind]}`);
    this.#database.exec(`CREATE TABLE IF NOT EXISTS ${quoted(name)} (_id PRIMARY KEY NOT NULL, ${columns.join(', ')})`);
    const present = new Set(
      this.#database
        .prepare(`PRAGMA table_info(${quoted(name)})`)
        .all()
        .map((row) => row['name']),
    );
    for (const [index, field] of Object.keys(fields).entries()) {
      if (!present.has(field)) this.#database.exec(`ALTER TABLE ${quoted(name)} ADD COLUMN ${columns[index]}`);
    }
    for (const index of indexes) {
      const title = quoted(`${name}_${index.join('_')}`);
      this.#database.exec(
        `CREATE INDEX IF NOT EXISTS ${title} ON ${quoted(name)} (${index.map((field) => quoted(field)).join(', ')})`,
      );
    }
  }

  #transact(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size > statementsMax && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }
}

function insertOf(
  collection: CollectionName,
  names: readonly string[],
  step: Exclude<WriteStep, { kind: 'delete' }>,
): string {
  const all = ['_id', ...names].map(quoted).join(', ');
  const places = Array.from({ length: names.length + 1 }, () => '?').join(', ');
  const insert = `INSERT INTO ${quoted(collection)} (${all}) VALUES (${places}) ON CONFLICT (_id)`;
  if (step.kind === 'insert') return `${insert} DO NOTHING`;
  const changes = names.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
  const guard =
    step.newerBy === undefined
      ? ''
      : ` WHERE excluded.${quoted(step.newerBy)} > ${quoted(collection)}.${quoted(step.newerBy)}`;
  return `${insert} DO UPDATE SET ${changes}${guard}`;
}

const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function conditionsOf(where: Readonly<Record<string, Condition | undefined>>): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [name, condition] of Object.entries(where)) {
    if (condition === undefined) continue;
    const column = quoted(name);
    if (typeof condition !== 'object') {
      parts.push(`${column} = ?`);
      values.push(typeof condition === 'boolean' ? Number(condition) : condition);
    } else if ('in' in condition) {
      // One text for every number of values, so that few statements serve them all.
      parts.push(`${column} IN (SELECT value FROM json_each(?))`);
      values.push(JSON.stringify(condition.in));
    } else if ('has' in condition) {
      parts.push(`EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ?)`);
      values.push(condition.has);
    } else {
      for (const [key, sign] of Object.entries(comparisons)) {
        const value = condition[key as keyof typeof comparisons];
        if (value === undefined) continue;
        parts.push(`${column} ${sign} ?`);
        values.push(value);
      }
    }
  }
  return { sql: parts.join(' AND '), values };
}

function storedValue(field: Field | undefined, value: unknown): SQLInputValue {
  switch (field?.kind) {
    case 'texts':
    case 'json':
      return JSON.stringify(value);
    case 'boolean':
      return value === true ? 1 : 0;
    default:
      if (typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array) return value;
      throw new TypeError('a field of a document is missing');
  }
}

function documentOf({ fields }: CollectionDefinition, row: Readonly<Record<string, SQLOutputValue>>): PlainDocument {
  const { _id: id } = row;
  if (typeof id !== 'string' && typeof id !== 'number') throw new TypeError('a stored document has no id');
  const document: Record<string, unknown> & { _id: DocumentId } = { _id: id };
  for (const [name, field] of Object.entries(fields)) document[name] = loadedValue(field, row[name]);
  return document;
}

function loadedValue(field: Field, stored: SQLOutputValue | undefined): unknown {
  if (stored === undefined || stored === null || stored === '') return field.empty;
  if (field.kind === 'boolean') return stored === 1;
  if (field.kind === 'json' || field.kind === 'texts') return JSON.parse(String(stored));
  return stored;
}

function weightOf(row: Readonly<Record<string, SQLOutputValue>>): number {
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}

/** Names come from the definitions; a quote in one can't happen. */
function quoted(name: string): string {
  return `"${name}"`;
}
