import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { applyOverrides } from '@flotilla/rendering/apply-overrides';
import type { AnyOverridePolicy } from '@flotilla/rendering/compiled-policy';
import { createOverrideIndex } from '@flotilla/rendering/override-index';

/** One line of `override.jsonl`. */
export interface OverrideCase {
  readonly id: number;
  readonly kind: string;
  readonly template: KubeObject;
  readonly cluster: Cluster;
  readonly policies: readonly AnyOverridePolicy[];
  readonly want: Readonly<Record<string, unknown>>;
}

/** What rendering answers, in the shape of `want`: the object and the policies that applied, one entry a rule; or the error. */
export function answerOverrideCase(given: OverrideCase): Readonly<Record<string, unknown>> {
  const index = createOverrideIndex();
  for (const policy of given.policies) index.set(policy);
  const result = applyOverrides(given.template, index.select(given.template), given.cluster);
  if (result.kind === 'failed') return { error: result.message };
  const namesOf = (kind: string): readonly string[] =>
    result.overrides.filter(({ policy }) => policy.kind === kind).map(({ policy }) => policy.name);
  return {
    object: result.manifest,
    clusterOverrides: namesOf('ClusterOverridePolicy'),
    overrides: namesOf('OverridePolicy'),
  };
}
