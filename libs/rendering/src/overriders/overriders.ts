import { isFields } from '@flotilla/interpreter/object-field';
import type { Overriders } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { applyPatch } from '../json-patch.ts';
import { OverrideFailure } from '../override-failure.ts';
import { applyCommandOverrider } from './command-overrider.ts';
import { applyFieldOverrider } from './field-overrider.ts';
import { applyImageOverrider } from './image-overrider.ts';
import { applyLabelOverrider } from './label-overrider.ts';

/** One rule's changes, in the fixed order of the contract whatever their order in the manifest. Throws OverrideFailure at the first that does not fit. */
export function applyOverriders(manifest: KubeObject, overriders: Overriders): KubeObject {
  let changed = manifest;
  for (const overrider of overriders.imageOverrider ?? []) changed = applyImageOverrider(changed, overrider);
  for (const overrider of overriders.commandOverrider ?? [])
    changed = applyCommandOverrider(changed, overrider, 'command');
  for (const overrider of overriders.argsOverrider ?? []) changed = applyCommandOverrider(changed, overrider, 'args');
  for (const overrider of overriders.labelsOverrider ?? []) changed = applyLabelOverrider(changed, overrider, 'labels');
  for (const overrider of overriders.annotationsOverrider ?? []) {
    changed = applyLabelOverrider(changed, overrider, 'annotations');
  }
  for (const overrider of overriders.fieldOverrider ?? []) changed = applyFieldOverrider(changed, overrider);
  for (const { path, operator, value } of overriders.plaintext ?? []) {
    changed = asManifest(applyPatch(changed, { operator, path, value }), path);
  }
  return changed;
}

/** A patch can reach everything, even what makes the object an object. */
function asManifest(value: unknown, path: string): KubeObject {
  if (
    !isFields(value) ||
    typeof value['apiVersion'] !== 'string' ||
    typeof value['kind'] !== 'string' ||
    !isFields(value['metadata'])
  ) {
    throw new OverrideFailure(path, 'the result is not a Kubernetes object');
  }
  return value as KubeObject;
}
