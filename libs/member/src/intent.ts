import type { MemberObject } from './observed-object.ts';
import type { ObjectTarget } from './object-target.ts';

/** What an owner wants of one object in one member. */
export type Intent =
  | {
      readonly kind: 'apply';
      readonly target: ObjectTarget;
      /** Called when there is something to compare or write. Whoever would answer otherwise than before gives a new intent: what comes back of a write is compared with what was written. */
      readonly render: () => RenderOutcome;
      readonly conflictResolution: 'Abort' | 'Overwrite';
    }
  /** Observe, write nothing (suspended). */
  | { readonly kind: 'hold'; readonly target: ObjectTarget }
  /** Delete, or with `isPreserved` only take our marks off. `isOurs` guards: an object that fails it is left alone. */
  | {
      readonly kind: 'remove';
      readonly target: ObjectTarget;
      readonly isPreserved: boolean;
      readonly isOurs: (observed: MemberObject) => boolean;
    };

export type ApplyIntent = Intent & { readonly kind: 'apply' };
export type RemoveIntent = Intent & { readonly kind: 'remove' };

export type RenderOutcome =
  | { readonly kind: 'rendered'; readonly manifest: MemberObject; json(): string; readonly hash: string }
  | { readonly kind: 'failed'; readonly message: string };

/** What became of it. */
export type ApplyOutcome =
  { readonly kind: 'applied' } | { readonly kind: 'failed'; readonly message: string } | { readonly kind: 'removed' };
