import { isFields } from '@flotilla/interpreter/object-field';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import { failed } from './apply-overrides.ts';
import type { AppliedOverride, OverrideFailed } from './apply-overrides.ts';
import { OverrideFailure } from './override-failure.ts';

/**
 * Overrides may change everything but what object it is: its group, kind, namespace and name say where the copy is looked for, watched and deleted. The version may differ, for
 * members that serve another one. Labels and annotations must still be able to take the identity stamp. Blames the last rule that applied.
 */
export function findDamage(
  base: KubeObject,
  manifest: KubeObject,
  overrides: readonly AppliedOverride[],
): OverrideFailed | undefined {
  const last = overrides.at(-1);
  if (last === undefined) return undefined;
  const failure = damageOf(base, manifest);
  return failure === undefined ? undefined : failed(last.policy, last.rule, failure);
}

function damageOf(base: KubeObject, manifest: KubeObject): OverrideFailure | undefined {
  if (manifest.kind !== base.kind) return new OverrideFailure('/kind', identityProblem);
  if (parseApiVersion(manifest.apiVersion).group !== parseApiVersion(base.apiVersion).group) {
    return new OverrideFailure('/apiVersion', 'overrides may change the version of an object, not its group');
  }
  if (manifest.metadata === base.metadata) return undefined;
  for (const field of ['name', 'namespace'] as const) {
    if (manifest.metadata[field] !== base.metadata[field])
      return new OverrideFailure(`/metadata/${field}`, identityProblem);
  }
  for (const field of ['labels', 'annotations'] as const) {
    if (!isTextMap(manifest.metadata[field])) {
      return new OverrideFailure(`/metadata/${field}`, 'must be a map of strings after all overrides');
    }
  }
  return undefined;
}

const identityProblem = 'overrides may not change which object it is';

function isTextMap(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isFields(value) && Object.values(value).every((text) => typeof text === 'string');
}
