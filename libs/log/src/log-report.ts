import type { Revision } from './event-log.ts';

/** What recovery took out of the log, and where the bytes went. */
export interface RecoveryCut {
  /** Name of the file in the log's directory. */
  readonly file: string;
  /** Offset of the first byte that was cut. */
  readonly offset: number;
  readonly bytes: number;
  /**
   * `torn`: the last write didn't finish before the process or machine died; it was never acknowledged. `damaged`: bytes that had been written whole changed.
   * `unreachable`: the file may be sound but belongs behind a cut. `missing`: the file isn't there.
   */
  readonly cause: 'torn' | 'damaged' | 'unreachable' | 'missing';
  /** Revisions that are no longer in the log because of this cut, as far as the rest of the file tells. */
  readonly revisionsCut: number;
  /** Of these, the ones that can't be read from the copy either. */
  readonly revisionsUnreadable: number;
  /** Name of the file beside it that keeps the cut bytes; absent for a torn tail. */
  readonly copy: string | undefined;
}

export interface RecoveryReport {
  readonly head: Revision;
  readonly liveEntries: number;
  /** Smallest `from` that can be read. */
  readonly firstReadable: Revision;
  readonly cuts: readonly RecoveryCut[];
  /** Snapshots that were unreadable and passed over for an older one: nothing is lost. */
  readonly damagedSnapshots: readonly string[];
}

/** Things an operator wants to know. `level` follows the log levels of the house. */
export type LogReport =
  | { readonly kind: 'recovered'; readonly level: 'info' | 'error'; readonly recovery: RecoveryReport }
  /** The first append that failed after the last success: the disk takes no writes now. */
  | { readonly kind: 'write-failed'; readonly level: 'error'; readonly error: unknown }
  /** Not even the bytes of a failed append could be taken out again; that is tried before every further append. */
  | { readonly kind: 'read-only'; readonly level: 'error'; readonly error: unknown }
  | { readonly kind: 'writable-again'; readonly level: 'info' }
  | { readonly kind: 'snapshot-written'; readonly level: 'info'; readonly revision: Revision; readonly bytes: number }
  | { readonly kind: 'snapshot-failed'; readonly level: 'error'; readonly error: unknown };

/** The directory's contents can't be turned into a state without guessing. The message names the file and the way out. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}
