/** Ends the application of a patch from inside the recursion; never leaves this folder. */
export class PatchProblem extends Error {
  override readonly name = 'PatchProblem';
  readonly code: 'malformed' | 'invalid';

  constructor(code: 'malformed' | 'invalid', message: string) {
    super(message);
    this.code = code;
  }
}
