import type { StoredObject } from '@flotilla/store/object-store';

/** Changes when anything but status changes. Kinds without a generation have no status that we write, or change rarely. */
export function contentVersion(template: StoredObject): string {
  const { uid, generation, labels, annotations } = template.object.metadata;
  if (generation === undefined) return String(template.revision);
  return JSON.stringify([uid, generation, labels, annotations]);
}
