import type { KubeObject } from '@flotilla/kinds/kube-object';
import { tieOrderOf } from '@flotilla/placement/division/tie-order';
import { divideByWebster } from '@flotilla/placement/division/webster';

import type { Binding } from './binding.ts';

/** A cluster's share of a divided Job's completions: divided like seats, by the parallelism assigned to each cluster. `undefined` where nothing is divided. */
export function completionsOf(template: KubeObject, binding: Binding, cluster: string): number | undefined {
  if (template.kind !== 'Job' || binding.spec.placement?.replicaScheduling?.replicaSchedulingType !== 'Divided')
    return undefined;
  const { completions } = template['spec'] as { readonly completions?: number };
  if (completions === undefined) return undefined;
  const targets = (binding.spec.clusters ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const parties = targets.map(({ name, replicas }) => ({ name, votes: replicas ?? 0 }));
  const shares = divideByWebster(parties, completions, tieOrderOf(template.metadata.uid ?? ''));
  const index = targets.findIndex(({ name }) => name === cluster);
  return index < 0 ? undefined : shares[index];
}
