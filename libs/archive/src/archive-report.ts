import type { Revision } from '@flotilla/log/event-log';

/** Things an operator wants to know; `level` follows the log levels of the house. Never holds a value. */
export type ArchiveReport =
  /** The first failure after things went well; what follows is silent until they do again. */
  | { readonly kind: 'archive-unavailable'; readonly level: 'warn'; readonly error: unknown }
  | { readonly kind: 'archive-available-again'; readonly level: 'info' }
  /** History between the two revisions is known only by its outcome. */
  | {
      readonly kind: 'gap-recorded';
      readonly level: 'error' | 'info';
      readonly fromRevision: Revision;
      readonly throughRevision: Revision;
      readonly inferredDeletions: number;
      /** Subjects whose newest record is newer than what the log has: the log lost them, the verifier writes them back. */
      readonly lostByLog: number;
    }
  | {
      readonly kind: 'difference';
      readonly level: 'error';
      readonly difference: DifferenceKind;
      readonly subject: string;
      /** Of the record or entry that is right. */
      readonly revision: Revision;
      readonly repair: RepairOutcome;
    }
  | { readonly kind: 'verified'; readonly level: 'info'; readonly subjects: number; readonly differences: number };

/**
 * `missing-in-log`: the archive has a newer record than the log, or one the log lacks. `garbled-*`: the same revision with other bytes. `garbled-in-both`: neither side's bytes fit the
 * checksum that was taken when the record was archived.
 */
export type DifferenceKind =
  'missing-in-log' | 'garbled-in-log' | 'missing-in-archive' | 'garbled-in-archive' | 'garbled-in-both';

/**
 * `archive-written`, `log-written`: mended. `superseded`: a newer write came first. `withheld`: repairs are switched off. `impossible`: no sound copy. `undetermined`: the log
 * couldn't take the write; the next pass tries again.
 */
export type RepairOutcome =
  'archive-written' | 'log-written' | 'superseded' | 'withheld' | 'impossible' | 'undetermined';
