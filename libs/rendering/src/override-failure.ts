/** An overrider does not fit the object. Thrown by overriders, turned into a value where rules are applied. */
export class OverrideFailure extends Error {
  override readonly name = 'OverrideFailure';
  /** JSON pointer of the place in the object. */
  readonly path: string;
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.path = path;
  }
}
