import type { CompiledCluster } from '@flotilla/placement/cluster-snapshot';
import type { CompiledPlacement } from '@flotilla/placement/compiled-placement';

/** True when no affinity term of the placement, nor a tier of one, selects any of these states of a cluster. */
export function matchesNothingOf({ terms }: CompiledPlacement, versions: readonly CompiledCluster[]): boolean {
  return terms.every(({ tiers }) =>
    tiers.every(({ match }) => versions.every((cluster) => match(cluster) !== undefined)),
  );
}
