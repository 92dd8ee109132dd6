import { conflictResolutionAnnotation, conflictResolutionOverwrite } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';

import { permanentId } from './binding-identity.ts';
import type { Binding } from './binding-state.ts';

/** Changes when anything but status changes. Kinds without a generation have no status that we write, or change rarely. */
export function contentVersion(template: StoredObject): string {
  const { uid, generation, labels, annotations } = template.object.metadata;
  if (generation === undefined) return String(template.revision);
  return JSON.stringify([uid, generation, labels, annotations]);
}

/** The template's own word, else the binding's. */
export function conflictResolution(template: KubeObject, binding: Binding): 'Abort' | 'Overwrite' {
  const own = template.metadata.annotations?.[conflictResolutionAnnotation];
  if (own !== undefined) return own === conflictResolutionOverwrite ? 'Overwrite' : 'Abort';
  return binding.spec.conflictResolution === 'Overwrite' ? 'Overwrite' : 'Abort';
}

/** Between the two nothing changed that says what members shall have: a status write, say. */
export function isSameIntent(before: Binding, after: Binding): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    permanentId(before) === permanentId(after) &&
    (before.spec === after.spec || JSON.stringify(before.spec) === JSON.stringify(after.spec))
  );
}

/** Whether the binding places its object in the cluster, for itself or for what requires it. */
export function isNamed(binding: Binding, cluster: string): boolean {
  const { spec } = binding;
  return (
    (spec.clusters ?? []).some(({ name }) => name === cluster) ||
    (spec.requiredBy ?? []).some(({ clusters: required }) => (required ?? []).some(({ name }) => name === cluster))
  );
}
