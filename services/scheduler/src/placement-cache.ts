import { compilePlacement, type CompiledPlacement } from '@flotilla/placement/compiled-placement';
import type { Placement } from '@flotilla/kinds/karmada/policy';

/** Compiled placements of bindings, shared by those whose placement reads the same. */
export interface PlacementCache {
  get(placement: Placement): CompiledPlacement;
}

const entriesMax = 2_000;

export function createPlacementCache(): PlacementCache {
  const entries = new Map<string, CompiledPlacement>();
  return {
    get(placement) {
      const json = JSON.stringify(placement);
      let compiled = entries.get(json);
      if (compiled === undefined) {
        if (entries.size >= entriesMax) entries.clear();
        entries.set(json, (compiled = compilePlacement(placement)));
      }
      return compiled;
    },
  };
}
