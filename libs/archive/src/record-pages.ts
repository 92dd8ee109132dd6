/** Reading many records with bounded memory. */
import { documentsMax, type ArchiveStore, type Query } from './archive-store.ts';
import type { ObjectRecord, RevisionRecord } from './collections.ts';

type RevisionConditions = NonNullable<Query<'revisions'>['where']>;

/** Everything about a record but its value and headers, which come empty. */
const bulkyFields = ['value', 'headers'] as const;

export interface NewestFirstOptions {
  readonly where?: Omit<RevisionConditions, 'subject'>;
  /** Only subjects after this one. */
  readonly after?: string;
}

/** Records without values, by subject; of one subject the newest first. Each array holds the records of whole subjects or, where one has very many, a part of one. */
export async function* recordsNewestFirst(
  store: ArchiveStore,
  { where = {}, after = '' }: NewestFirstOptions,
): AsyncGenerator<readonly RevisionRecord[], void> {
  let subject = after;
  for (;;) {
    const { documents, isComplete } = await store.find('revisions', {
      where: { ...where, subject: { gt: subject } },
      sort: [
        ['subject', 'ascending'],
        ['revision', 'descending'],
      ],
      limit: documentsMax,
      omit: bulkyFields,
    });
    yield documents;
    const last = documents.at(-1);
    if (last === undefined || isComplete) return;
    subject = last.subject;
    yield* restOfSubject(store, where, last);
  }
}

async function* restOfSubject(
  store: ArchiveStore,
  where: Omit<RevisionConditions, 'subject'>,
  last: RevisionRecord,
): AsyncGenerator<readonly RevisionRecord[], void> {
  const bound = where.revision;
  let { revision } = last;
  for (;;) {
    const { documents, isComplete } = await store.find('revisions', {
      where: {
        ...where,
        subject: last.subject,
        revision: { ...(typeof bound === 'object' ? bound : {}), lt: revision },
      },
      sort: [['revision', 'descending']],
      limit: documentsMax,
      omit: bulkyFields,
    });
    if (documents.length > 0) yield documents;
    if (isComplete) return;
    revision = documents.at(-1)?.revision ?? 0;
  }
}

/** All newest records of subjects, by subject. */
export async function* objectPages(
  store: ArchiveStore,
  where: Omit<NonNullable<Query<'objects'>['where']>, '_id'> = {},
  pageSize: number = documentsMax,
): AsyncGenerator<readonly ObjectRecord[], void> {
  let after = '';
  for (;;) {
    const { documents, isComplete } = await store.find('objects', {
      where: { ...where, _id: { gt: after } },
      sort: [['_id', 'ascending']],
      limit: pageSize,
    });
    if (documents.length > 0) yield documents;
    if (isComplete) return;
    after = String(documents.at(-1)?._id ?? '');
  }
}

/** The records of these ids with their values, in pages bounded by bytes; ids that aren't there are missing. */
export async function* recordsWithValues(
  store: ArchiveStore,
  ids: readonly RevisionRecord['_id'][],
): AsyncGenerator<readonly RevisionRecord[], void> {
  let rest = ids;
  while (rest.length > 0) {
    const asked = rest.slice(0, documentsMax);
    const { documents, isComplete } = await store.find('revisions', {
      where: { _id: { in: asked } },
      limit: asked.length,
    });
    yield documents;
    const found = new Set(documents.map(({ _id }) => _id));
    const isPartial = !isComplete && documents.length < asked.length;
    rest = isPartial
      ? [...asked.filter((id) => !found.has(id)), ...rest.slice(asked.length)]
      : rest.slice(asked.length);
  }
}
