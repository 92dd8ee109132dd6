/** What the archive knows about objects: how they were, when, and who changed them. */
import type { Revision } from '@flotilla/log/event-log';

import { documentsMax, type ArchiveStore, type Query } from './archive-store.ts';
import type { DecisionRecord, GapRecord, ObjectRecord, RevisionRecord } from './collections.ts';
import { recordsNewestFirst, recordsWithValues } from './record-pages.ts';

/** `next` asks for what follows; undefined on the last page. */
export interface Page<Item, Position> {
  readonly items: readonly Item[];
  readonly next: Position | undefined;
}

/** A moment in history. By time: the newest record that isn't later, by the clocks of the writers. */
export type Moment = { readonly revision: Revision } | { readonly timeMs: number };

/**
 * `record` is what there was at that moment, tombstones included; undefined = nothing, as far as records reach back. With `gap`, the moment lies in a stretch of history that
 * nobody saw: the record is the last one before it.
 */
export interface ObjectAt {
  readonly record: RevisionRecord | undefined;
  readonly gap: GapRecord | undefined;
}

export interface KindScope {
  /** Empty = the core group. */
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** Page sizes (`limit`) are 1 to 1,000; a page ends early where its values add up to more than 8 MiB. */
export interface ObjectHistory {
  /** Records of one subject, newest first, before a revision. */
  ofObject(
    subject: string,
    options: { readonly before?: Revision; readonly limit: number },
  ): Promise<Page<RevisionRecord, Revision>>;
  at(subject: string, moment: Moment): Promise<ObjectAt>;
  /** What existed of a kind at a revision, ordered by subject; `after` is a subject. */
  listAt(
    scope: KindScope,
    options: { readonly revision: Revision; readonly after?: string; readonly limit: number },
  ): Promise<Page<RevisionRecord, string> & { readonly gap: GapRecord | undefined }>;
  /** Everything that changed after one revision and up to another, oldest first; appends are whole within `after` and `through` of the log. */
  changes(options: ChangesOptions): Promise<Page<RevisionRecord, Revision>>;
  /** Changes in a window of time by one user or by all, newest first. Values are left out. */
  byUser(options: ByUserOptions): Promise<Page<RevisionRecord, Revision>>;
  /** Why a binding was as it was, newest first. */
  decisions(
    subject: string,
    options: { readonly before?: Revision; readonly limit: number },
  ): Promise<Page<DecisionRecord, Revision>>;
  /** Current objects, ordered by subject. */
  inventory(options: InventoryOptions): Promise<Page<ObjectRecord, string>>;
  /** Stretches of history that nobody saw, newest first; at most 1,000. */
  gaps(): Promise<readonly GapRecord[]>;
}

export interface ChangesOptions {
  readonly after: Revision;
  readonly through: Revision;
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly limit: number;
}

export interface ByUserOptions {
  readonly user?: string;
  readonly fromMs: number;
  readonly throughMs: number;
  readonly before?: Revision;
  readonly limit: number;
}

export interface InventoryOptions {
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** `key=value`, exactly. */
  readonly label?: string;
  readonly after?: string;
  readonly limit: number;
}

export function createObjectHistory(store: ArchiveStore): ObjectHistory {
  async function gapAt(where: NonNullable<Query<'gaps'>['where']>): Promise<GapRecord | undefined> {
    return (await store.find('gaps', { where, sort: [['throughRevision', 'descending']], limit: 1 })).documents[0];
  }

  return {
    ofObject: async (subject, { before, limit }) => {
      const answer = await store.find('revisions', {
        where: { subject, revision: before === undefined ? undefined : { lt: before } },
        sort: [['revision', 'descending']],
        limit,
      });
      return pageOf(answer, ({ revision }) => revision);
    },

    at: async (subject, moment) => {
      const where =
        'revision' in moment
          ? { subject, revision: { lte: moment.revision } }
          : { subject, timeMs: { lte: moment.timeMs } };
      const gap =
        'revision' in moment
          ? gapAt({ fromRevision: { lt: moment.revision }, throughRevision: { gt: moment.revision } })
          : gapAt({ fromMs: { lt: moment.timeMs }, throughMs: { gt: moment.timeMs } });
      const { documents } = await store.find('revisions', { where, sort: [['revision', 'descending']], limit: 1 });
      return { record: documents[0], gap: await gap };
    },

    listAt: async (scope, { revision, after, limit }) => {
      const where = { ...scopeOf(scope), revision: { lte: revision } };
      const ids: RevisionRecord['_id'][] = [];
      let newest = after ?? '';
      let isFull = false;
      for await (const records of recordsNewestFirst(store, { where, ...(after !== undefined && { after }) })) {
        for (const record of records) {
          if (record.subject === newest) continue;
          isFull = ids.length === limit;
          if (isFull) break;
          newest = record.subject;
          if (!record.deleted) ids.push(record._id);
        }
        if (isFull) break;
      }
      const items: RevisionRecord[] = [];
      for await (const records of recordsWithValues(store, ids)) items.push(...records);
      items.sort((a, b) => (a.subject < b.subject ? -1 : 1));
      const gap = await gapAt({ fromRevision: { lt: revision }, throughRevision: { gt: revision } });
      return { items, next: isFull ? newest : undefined, gap };
    },

    changes: async ({ after, through, group, resource, namespace, limit }) => {
      const answer = await store.find('revisions', {
        where: { group, resource, namespace, revision: { gt: after, lte: through } },
        sort: [['revision', 'ascending']],
        limit,
      });
      return pageOf(answer, ({ revision }) => revision);
    },

    byUser: async ({ user, fromMs, throughMs, before, limit }) => {
      const answer = await store.find('revisions', {
        where: {
          user,
          timeMs: { gte: fromMs, lte: throughMs },
          revision: before === undefined ? undefined : { lt: before },
        },
        sort: [['revision', 'descending']],
        limit,
        omit: ['value'],
      });
      return pageOf(answer, ({ revision }) => revision);
    },

    decisions: async (subject, { before, limit }) => {
      const answer = await store.find('decisions', {
        where: { subject, revision: before === undefined ? undefined : { lt: before } },
        sort: [['revision', 'descending']],
        limit,
      });
      return pageOf(answer, ({ revision }) => revision);
    },

    inventory: async ({ group, resource, namespace, name, label, after, limit }) => {
      const answer = await store.find('objects', {
        where: {
          deleted: false,
          group,
          resource,
          namespace,
          name,
          labels: label === undefined ? undefined : { has: label },
          _id: { gt: after ?? '' },
        },
        sort: [['_id', 'ascending']],
        limit,
      });
      return pageOf(answer, ({ _id }) => String(_id));
    },

    gaps: async () =>
      (await store.find('gaps', { sort: [['throughRevision', 'descending']], limit: documentsMax })).documents,
  };
}

function scopeOf({ group, resource, namespace }: KindScope): Omit<NonNullable<Query<'revisions'>['where']>, 'subject'> {
  return { group, resource, ...(namespace !== undefined && { namespace }) };
}

function pageOf<Item, Position>(
  answer: { readonly documents: readonly Item[]; readonly isComplete: boolean },
  positionOf: (item: Item) => Position,
): Page<Item, Position> {
  const last = answer.documents.at(-1);
  const next = answer.isComplete || last === undefined ? undefined : positionOf(last);
  return { items: answer.documents, next };
}
