/**
 * What the archive holds: one definition a collection, from which both adapters make their tables and indexes and TypeScript reads off the types of the documents. A further
 * collection is one more entry of `collections`. Fields that are added later come as empty values from documents written before.
 */

/** `json` is opaque to queries; `texts` can be asked for one of its members. */
type FieldKind = 'integer' | 'text' | 'boolean' | 'bytes' | 'texts' | 'json';

export interface Field<Value = unknown> {
  readonly kind: FieldKind;
  /** What a document has that was written before the field existed, or whose field was left out of an answer. */
  readonly empty: Value;
}

export interface CollectionDefinition {
  readonly fields: Readonly<Record<string, Field>>;
  /** Fields that queries ask for together, most selective order first. */
  readonly indexes: readonly (readonly string[])[];
  /** The field with milliseconds since the epoch by which documents age, where age alone decides how long they're kept. */
  readonly expireBy?: string;
}

/** Log entries are known by their revision, everything else by a name. */
export type DocumentId = string | number;

export type DocumentOf<Definition extends CollectionDefinition> = { readonly _id: DocumentId } & {
  readonly [Name in keyof Definition['fields']]: Definition['fields'][Name] extends Field<infer Value> ? Value : never;
};

const integer: Field<number> = { kind: 'integer', empty: 0 };
const text: Field<string> = { kind: 'text', empty: '' };
const truth: Field<boolean> = { kind: 'boolean', empty: false };
const bytes: Field<Uint8Array> = { kind: 'bytes', empty: new Uint8Array() };
const texts: Field<readonly string[]> = { kind: 'texts', empty: [] };
const json = <Value>(empty: Value): Field<Value> => ({ kind: 'json', empty });

/** How a record came about: `inferred` deletions and `baseline` states stand for history that nobody saw. */
export type RecordOrigin = 'log' | 'baseline' | 'inferred' | 'repair';

/** What was measured of one thing in one period; for a single sample all but `sum` follow from it. */
export interface UsageValue {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

const usageTier = {
  fields: {
    /** `<scope>/<cluster>/<namespace>/<name>`, tokens percent-encoded. */
    series: text,
    scope: text as Field<'cluster' | 'node' | 'workload'>,
    cluster: text,
    namespace: text,
    name: text,
    /** Of a sample, or the beginning of a period. */
    timeMs: integer,
    metrics: json<Readonly<Record<string, UsageValue>>>({}),
  },
  indexes: [['series', 'timeMs'], ['timeMs']],
  expireBy: 'timeMs',
} as const satisfies CollectionDefinition;

export const collections = {
  /** The log's entries, `_id` = revision. Deletions that were only inferred have `_id` = `<revision>/<subject>`. */
  revisions: {
    fields: {
      revision: integer,
      /** The revision that the log's own entry has; differs from `revision` only after a restored backup, and is 0 where the log has none. */
      logRevision: integer,
      subject: text,
      group: text,
      resource: text,
      namespace: text,
      name: text,
      deleted: truth,
      timeMs: integer,
      /** The bytes of the log's entry as they are: sealed ones stay sealed. */
      value: bytes,
      sha256: text,
      headers: json<Readonly<Record<string, string>>>({}),
      user: text,
      door: text,
      traceId: text,
      /** Revision of the first entry of the append that this one was part of, and the position in it. */
      appendId: integer,
      appendIndex: integer,
      origin: text as Field<RecordOrigin>,
    },
    indexes: [
      ['subject', 'revision'],
      ['group', 'resource', 'subject', 'revision'],
      ['revision'],
      ['user', 'timeMs'],
      ['timeMs'],
    ],
  },
  /** The newest record of each subject, `_id` = subject; tombstones stay as long as their record. */
  objects: {
    fields: {
      revision: integer,
      logRevision: integer,
      sha256: text,
      deleted: truth,
      timeMs: integer,
      group: text,
      resource: text,
      namespace: text,
      name: text,
      apiVersion: text,
      kind: text,
      uid: text,
      /** `key=value` */
      labels: texts,
      user: text,
      decisionSha256: text,
    },
    indexes: [['group', 'resource', 'namespace', 'name']],
  },
  /** Why a binding is as it is, once for each change of its reasons; `_id` = `<revision>/<subject>`. */
  decisions: {
    fields: {
      subject: text,
      revision: integer,
      timeMs: integer,
      resource: text,
      namespace: text,
      name: text,
      /** The JSON that the binding carries. */
      reasons: text,
    },
    indexes: [['subject', 'revision'], ['timeMs']],
    expireBy: 'timeMs',
  },
  usageRaw: usageTier,
  usage5m: usageTier,
  usage1h: usageTier,
  /** Named positions: of the archiver, of deliveries. */
  cursors: {
    fields: { revision: integer, timeMs: integer },
    indexes: [],
  },
  /** Stretches of the log that the archive knows only by their outcome; `_id` = `<kind>/<from>/<through>`. */
  gaps: {
    fields: {
      kind: text as Field<'expired' | 'restored'>,
      /** Revisions after this one … */
      fromRevision: integer,
      /** … up to this one weren't seen. */
      throughRevision: integer,
      fromMs: integer,
      throughMs: integer,
      inferredDeletions: integer,
    },
    indexes: [['throughRevision']],
  },
} as const satisfies Readonly<Record<string, CollectionDefinition>>;

export type CollectionName = keyof typeof collections;
export type Document<Name extends CollectionName> = DocumentOf<(typeof collections)[Name]>;
export type RevisionRecord = Document<'revisions'>;
export type ObjectRecord = Document<'objects'>;
export type DecisionRecord = Document<'decisions'>;
export type UsageRecord = Document<'usageRaw'>;
export type GapRecord = Document<'gaps'>;

export const collectionNames = Object.keys(collections) as readonly CollectionName[];

/** The definition without the precise types of its fields, for code that serves all collections. */
export function definitionOf(name: CollectionName): CollectionDefinition {
  return collections[name];
}
