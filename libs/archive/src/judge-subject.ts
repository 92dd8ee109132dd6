/** What the two sides say of one subject, and who is right (pure). */
import type { Entry } from '@flotilla/log/event-log';

import type { DifferenceKind } from './archive-report.ts';
import type { ObjectRecord, RevisionRecord } from './collections.ts';
import { sha256Of } from './entry-records.ts';

/**
 * `live`: the log's live entry. `newest`: the archive's newest record of the subject, without its value. `record`: the same with its value, undefined when it isn't there. Only to be asked when the
 * archive has everything that the log had when `live` was read: what it lacks then never was.
 */
export interface SubjectEvidence {
  readonly live: Entry | undefined;
  readonly newest: ObjectRecord | undefined;
  readonly record: RevisionRecord | undefined;
}

export type Verdict =
  | { readonly kind: 'sound' }
  /** The archive's record is what the log should have. */
  | { readonly kind: 'missing-in-log' | 'garbled-in-log'; readonly record: RevisionRecord }
  /** The log's entry is what the archive should have. */
  | { readonly kind: 'missing-in-archive' | 'garbled-in-archive'; readonly live: Entry }
  | { readonly kind: 'garbled-in-both' };

export type Difference = Extract<Verdict['kind'], DifferenceKind>;

export function judgeSubject({ live, newest, record }: SubjectEvidence): Verdict {
  const isRecordSound = record !== undefined && sha256Of(record.value) === record.sha256;
  if (live === undefined) {
    if (newest === undefined || newest.deleted) return { kind: 'sound' };
    return isRecordSound ? { kind: 'missing-in-log', record } : { kind: 'garbled-in-both' };
  }
  if (newest === undefined || newest.logRevision < live.revision) return { kind: 'missing-in-archive', live };
  if (newest.logRevision > live.revision) {
    return isRecordSound ? { kind: 'missing-in-log', record } : { kind: 'garbled-in-both' };
  }
  if (record === undefined || newest.deleted) return { kind: 'missing-in-archive', live };
  const sha256 = sha256Of(live.value);
  if (sha256 === record.sha256) {
    const isSound = isRecordSound && newest.sha256 === sha256 && record.subject === live.subject;
    return isSound ? { kind: 'sound' } : { kind: 'garbled-in-archive', live };
  }
  return isRecordSound ? { kind: 'garbled-in-log', record } : { kind: 'garbled-in-both' };
}
