import type { SelectionReasons } from '../reasons.ts';
import type { Candidate } from './candidate.ts';

export type Selection =
  | { readonly kind: 'selected'; readonly chosen: readonly Candidate[]; readonly reasons: SelectionReasons }
  | { readonly kind: 'failed'; readonly message: string; readonly reasons: SelectionReasons };

export interface SelectionDemand {
  /** Replicas to find room for; undefined = room doesn't matter (Duplicated). */
  readonly replicas: number | undefined;
  /** What one cluster must have room for to count as useful under Duplicated. */
  readonly replicasEach: number;
}
