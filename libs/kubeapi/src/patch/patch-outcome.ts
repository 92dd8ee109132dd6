/**
 * What applying a patch came to. A patch that cannot be applied is an expected outcome, not an exception:
 * `malformed` answers 400 BadRequest, `invalid` 422 Invalid, `too-large` 413 RequestEntityTooLarge.
 */
export type PatchOutcome =
  | { readonly kind: 'patched'; readonly object: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly code: 'malformed' | 'invalid' | 'too-large'; readonly message: string };
