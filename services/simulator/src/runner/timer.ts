/** Time as the controllers see it: replaced by hand-driven time in tests. */
export interface Timer {
  readonly now: () => number;
  /** Calls back once; the returned function calls it off. Must not keep the process alive. */
  readonly schedule: (delayMs: number, callback: () => void) => () => void;
}

export function createTimer(now: () => number): Timer {
  return {
    now,
    schedule(delayMs, callback) {
      const handle = setTimeout(callback, delayMs);
      handle.unref();
      return () => {
        clearTimeout(handle);
      };
    },
  };
}
