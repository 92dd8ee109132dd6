/** Long work in short pieces, so that it never holds up the process for long. */
export interface Slices {
  /** To be awaited between two pieces; lets others run when the pieces since the last time took too long. */
  breathe(): Promise<void>;
}

const sliceMaxMs = 8;

export function createSlices(): Slices {
  let startMs = performance.now();
  return {
    breathe: async () => {
      if (performance.now() - startMs < sliceMaxMs) return;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      startMs = performance.now();
    },
  };
}
