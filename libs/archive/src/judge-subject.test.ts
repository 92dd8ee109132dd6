import { expect, it } from 'vitest';

import type { Entry } from '@flotilla/log/event-log';

import { describeValue, objectRecord, plainValues, revisionRecord } from './entry-records.ts';
import { judgeSubject, type SubjectEvidence } from './judge-subject.ts';
import { subjectOf, valueOf } from './testing/state-entries.ts';

const subject = subjectOf('web');
const entry = (revision: number, replicas = revision, deleted = false): Entry => ({
  revision,
  subject,
  value: valueOf('web', { replicas }),
  deleted,
  timeMs: 1,
  headers: {},
});
const archived = (of: Entry): Pick<SubjectEvidence, 'newest' | 'record'> => {
  const record = revisionRecord({ entry: of, appendId: of.revision, appendIndex: 0 }, 'log');
  return { record, newest: objectRecord(record, describeValue(plainValues, subject, of.value)) };
};
const nothing = { newest: undefined, record: undefined };
const damaged = (of: Entry): Pick<SubjectEvidence, 'newest' | 'record'> => {
  const { newest, record } = archived(of);
  return { newest, record: { ...record!, value: Buffer.from('?') } };
};
const inferredDeletion = (): Pick<SubjectEvidence, 'newest' | 'record'> => {
  const { newest, record } = archived(entry(9, 9, true));
  return { newest: { ...newest!, logRevision: 0 }, record: { ...record!, logRevision: 0 } };
};

it.each<readonly [string, SubjectEvidence, string]>([
  ['both have nothing', { live: undefined, ...nothing }, 'sound'],
  ['both have the same', { live: entry(3), ...archived(entry(3)) }, 'sound'],
  ['it is deleted on both sides', { live: undefined, ...archived(entry(3, 3, true)) }, 'sound'],
  ['the archive has never seen it', { live: entry(3), ...nothing }, 'missing-in-archive'],
  ['the archive has an older state', { live: entry(3), ...archived(entry(2)) }, 'missing-in-archive'],
  [
    'the archive has the object but not its record',
    { live: entry(3), ...archived(entry(3)), record: undefined },
    'missing-in-archive',
  ],
  ['the archive only inferred that it was deleted', { live: entry(3), ...inferredDeletion() }, 'missing-in-archive'],
  ['the log has lost it', { live: undefined, ...archived(entry(3)) }, 'missing-in-log'],
  ['the log has an older state', { live: entry(2), ...archived(entry(3)) }, 'missing-in-log'],
  ['the log has forgotten the deletion', { live: entry(2), ...archived(entry(3, 3, true)) }, 'missing-in-log'],
  ['the log has other bytes', { live: entry(3, 99), ...archived(entry(3)) }, 'garbled-in-log'],
  ['the archive has other bytes', { live: entry(3), ...damaged(entry(3)) }, 'garbled-in-archive'],
  ['the bytes of neither fit', { live: entry(3, 99), ...damaged(entry(3)) }, 'garbled-in-both'],
  ['the log has lost it and the record is damaged', { live: undefined, ...damaged(entry(3)) }, 'garbled-in-both'],
  ['the log is behind and the record is damaged', { live: entry(2), ...damaged(entry(3)) }, 'garbled-in-both'],
])('when %s', (_, evidence, kind) => {
  expect(judgeSubject(evidence).kind).toBe(kind);
});
