import type { PlacementOptions } from '@flotilla/placement/place-workload';

/** Annotations of policies that switch extensions on; any value but `true` is off. */
export const spreadStaticWeightsAnnotation = 'scheduler.flotilla.io/spread-static-weights';
export const partialPlacementAnnotation = 'scheduler.flotilla.io/partial-placement';

export function placementOptions(annotations: Readonly<Record<string, string>> | undefined): PlacementOptions {
  return {
    spreadsStaticWeights: annotations?.[spreadStaticWeightsAnnotation] === 'true',
    allowsPartial: annotations?.[partialPlacementAnnotation] === 'true',
  };
}
