import type { ResourceId } from '@flotilla/kinds/kind-definition';

import type { ObjectChange, ObjectStore } from './object-store.ts';

export interface Informer {
  stop(): void;
}

export interface InformerOptions {
  readonly resources: readonly ResourceId[];
  /** Must be quick and must not throw: it typically works out which keys to look at and adds them to a work queue. */
  readonly onChange: (change: ObjectChange) => void;
}

/**
 * Tells a handler what is there, as ADDED, before it returns; then every change, in order, none twice and none missed.
 */
export function startInformer(store: ObjectStore, { resources, onChange }: InformerOptions): Informer {
  const subscription = store.subscribe({
    resources,
    from: store.revision,
    onChanges: (changes) => {
      for (const change of changes) onChange(change);
    },
  });
  if (subscription.kind === 'expired') throw new Error('a store has no changes after its own revision');
  for (const resource of resources) {
    for (const object of store.list(resource)) onChange({ type: 'ADDED', object, previous: undefined, headers: {} });
  }
  return { stop: () => subscription.unsubscribe() };
}
