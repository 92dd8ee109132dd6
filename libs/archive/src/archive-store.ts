/**
 * The archive's port: collections of flat documents, written by `_id`, found by few conditions. Kept to what SQLite and every server with MongoDB's wire protocol can do
 * alike: no transactions are needed, no change streams, no aggregation. What is asked of the archive is built on it in the other files.
 */
import type { CollectionName, Document, DocumentId } from './collections.ts';

/** Most documents that one answer or one step of a write may hold. */
export const documentsMax = 1_000;

/** Values that an answer may add up to before it's cut short, unless the query says otherwise. */
export const answerBytesMaxDefault = 8 * 1024 * 1024;

type Scalar = string | number | boolean;

/** All that are given must hold. `has`: the list of texts holds this one. */
export type Condition =
  | Scalar
  | { readonly in: readonly (string | number)[] }
  | { readonly has: string }
  | {
      readonly gt?: string | number;
      readonly gte?: string | number;
      readonly lt?: string | number;
      readonly lte?: string | number;
    };

export interface Query<Name extends CollectionName> {
  /** Undefined conditions don't count. */
  readonly where?: { readonly [Field in keyof Document<Name>]?: Condition | undefined };
  readonly sort?: readonly (readonly [keyof Document<Name> & string, 'ascending' | 'descending'])[];
  /** 1 to `documentsMax`. */
  readonly limit: number;
  /** Fields that come empty, to save their transport. */
  readonly omit?: readonly (keyof Document<Name> & string)[];
  /** The answer ends with the document that reaches this many bytes of values (default 8 MiB). */
  readonly bytesMax?: number;
}

export interface Answer<Name extends CollectionName> {
  readonly documents: readonly Document<Name>[];
  /** False: there may be more, because `limit` or `bytesMax` was reached. */
  readonly isComplete: boolean;
}

export type WriteStep = {
  [Name in CollectionName]:
    | {
        /** A document whose `_id` is there already is left alone. */
        readonly kind: 'insert';
        readonly collection: Name;
        readonly documents: readonly Document<Name>[];
      }
    | {
        /** Inserts or replaces. With `newerBy`, one that is there is replaced only when that field is less than the new document's. */
        readonly kind: 'put';
        readonly collection: Name;
        readonly documents: readonly Document<Name>[];
        readonly newerBy?: keyof Document<Name> & string;
      }
    | { readonly kind: 'delete'; readonly collection: Name; readonly ids: readonly DocumentId[] };
}[CollectionName];

/** Every method throws ArchiveUnavailable; `close` never does. Methods may be called at the same time. */
export interface ArchiveStore {
  /** Durable when resolved. Steps are taken in order; when it throws, the first few may have been taken: writes must bear being repeated. */
  write(steps: readonly WriteStep[]): Promise<void>;
  find<Name extends CollectionName>(collection: Name, query: Query<Name>): Promise<Answer<Name>>;
  /** Compare-and-set of a cursor: false when it isn't at `expect` (0 = isn't there), and then nothing changes. */
  moveCursor(
    name: string,
    expect: number,
    to: { readonly revision: number; readonly timeMs: number },
  ): Promise<boolean>;
  /** Collections whose old documents the database drops by itself. */
  expiring(): Promise<ReadonlySet<CollectionName>>;
  close(): Promise<void>;
}

/**
 * The archive can't be used now. `Unreachable`: no answer in time; `Refused`: credentials or rights; `Full`: no space; `TooLarge`: a document the database can't hold;
 * `Closed`: by its owner; `Damaged`: the files can't be read; `Failed`: anything else. All but `TooLarge`, `Closed` and `Damaged` may pass by waiting.
 */
export type UnavailableReason = 'Unreachable' | 'Refused' | 'Full' | 'TooLarge' | 'Closed' | 'Damaged' | 'Failed';

export class ArchiveUnavailable extends Error {
  override readonly name = 'ArchiveUnavailable';
  readonly reason: UnavailableReason;
  constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
  get mayPass(): boolean {
    return this.reason !== 'TooLarge' && this.reason !== 'Closed' && this.reason !== 'Damaged';
  }
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > documentsMax) {
    throw new RangeError(`a query has a limit of 1 to ${documentsMax}, not ${limit}`);
  }
}
