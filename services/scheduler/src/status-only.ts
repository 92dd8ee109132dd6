import type { ObjectChange } from '@flotilla/store/object-store';
import { isSameJson } from './same-json.ts';

/** True when only status or bookkeeping changed: nothing that decisions depend on. */
export function isStatusOnly({ type, object, previous }: ObjectChange): boolean {
  if (type !== 'MODIFIED' || previous === undefined) return false;
  const before = previous.object.metadata;
  const after = object.object.metadata;
  return (
    after.generation !== undefined &&
    after.generation === before.generation &&
    after.uid === before.uid &&
    after.deletionTimestamp === before.deletionTimestamp &&
    isSameJson(after.labels, before.labels) &&
    isSameJson(after.annotations, before.annotations)
  );
}
