/** What was made so far, and how to take it back: last made, first taken back. */
export interface UndoStack {
  /** `what` completes "…  could not be removed". */
  add(what: string, undo: () => Promise<void>): void;
  /** Best effort: answers what could not be taken back, and why. */
  undoAll(): Promise<readonly string[]>;
}

export function createUndoStack(): UndoStack {
  const steps: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  return {
    add(what, undo) {
      steps.push({ what, undo });
    },
    async undoAll() {
      const failures: string[] = [];
      for (const { what, undo } of steps.splice(0).toReversed()) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- the reverse order of making
          await undo();
        } catch (error) {
          failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      return failures;
    },
  };
}
