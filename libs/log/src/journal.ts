import type { Revision } from './event-log.ts';
import type { LogEntry } from './log-entry.ts';

/**
 * Where groups of appends become durable. The log calls `stage` for each append, then `commit` for all that is staged, one commit at a time;
 * what is staged meanwhile belongs to the next one.
 */
export interface Journal {
  /** False: commit is immediate, nothing is gained by waiting for more appends. */
  readonly gainsFromGroups: boolean;
  readonly stagedBytes: number;
  stage(entries: readonly LogEntry[]): void;
  /**
   * Resolves when everything staged is durable. Rejects with LogUnavailable when it couldn't be stored; by then it has been taken out of the files again
   * (or the journal refuses further commits until it could).
   */
  commit(): Promise<void>;
  /** Drops what is staged. */
  discard(): void;
  close(): Promise<void>;
}

/** The state between two commits, for a snapshot. */
export interface CommittedState {
  readonly revision: Revision;
  readonly entries: readonly LogEntry[];
}

/** Keeps nothing: for tests and for streams whose loss doesn't matter. */
export function createMemoryJournal(): Journal {
  return {
    gainsFromGroups: false,
    stagedBytes: 0,
    stage: () => undefined,
    commit: () => Promise.resolve(),
    discard: () => undefined,
    close: () => Promise.resolve(),
  };
}
