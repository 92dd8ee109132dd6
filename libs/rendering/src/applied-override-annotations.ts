import { appliedClusterOverridesAnnotation, appliedOverridesAnnotation } from '@flotilla/kinds/karmada/well-known';
import type { AppliedOverride } from './apply-overrides.ts';
import type { PolicyReference } from './compiled-policy.ts';

/** What a Work tells about the overrides in its manifest; an annotation a scope, absent when nothing applied there. */
export function appliedOverrideAnnotations(overrides: readonly AppliedOverride[]): Readonly<Record<string, string>> {
  return {
    ...entryFor(overrides, 'ClusterOverridePolicy', appliedClusterOverridesAnnotation),
    ...entryFor(overrides, 'OverridePolicy', appliedOverridesAnnotation),
  };
}

function entryFor(
  overrides: readonly AppliedOverride[],
  kind: PolicyReference['kind'],
  annotation: string,
): Readonly<Record<string, string>> {
  const items = overrides
    .filter(({ policy }) => policy.kind === kind)
    .map(({ policy, overriders }) => ({ policyName: policy.name, overriders }));
  return items.length === 0 ? {} : { [annotation]: JSON.stringify(items) };
}
