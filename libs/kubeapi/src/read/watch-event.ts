import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';
import { isSelected, type Selection } from '../selectors/selection.ts';

/** What one watcher is told about one change. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly stored: StoredObject;
  /** Set when the object is shown with a later revision than its own: it left the selection with that change. */
  readonly atRevision?: number;
}

/** undefined: the change is none of this watcher's business. */
export function selectEvent(change: ObjectChange, selection: Selection): WatchEvent | undefined {
  const { type, object, previous } = change;
  if (selection.isEverything) return { type, stored: object };
  switch (type) {
    case 'ADDED':
      return isSelected(selection, object) ? { type, stored: object } : undefined;
    case 'DELETED':
      return isSelected(selection, previous ?? object) ? { type, stored: object } : undefined;
    case 'MODIFIED': {
      const isIn = isSelected(selection, object);
      const wasIn = previous !== undefined && isSelected(selection, previous);
      if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', stored: object };
      if (wasIn) return { type: 'DELETED', stored: previous, atRevision: object.revision };
      return undefined;
    }
  }
}
