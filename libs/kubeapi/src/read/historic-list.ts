import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { StoredObject } from '@flotilla/store/object-store';
import { expired } from '../errors/api-errors.ts';
import type { ObjectSource } from './object-source.ts';

/**
 * The list as it was at an earlier revision: today's, with the retained changes since then taken back. Throws 410 when the history doesn't reach.
 */
export async function historicList(
  source: ObjectSource,
  resource: ResourceId,
  namespace: string,
  revision: number,
): Promise<readonly StoredObject[]> {
  const before = new Map<string, StoredObject | undefined>();
  const subscription = source.subscribe(resource, {
    from: revision,
    onChanges(changes) {
      for (const change of changes) {
        const key = `${change.object.namespace}/${change.object.name}`;
        if (!before.has(key)) before.set(key, change.type === 'ADDED' ? undefined : change.previous);
      }
    },
  });
  if (subscription.kind === 'expired') {
    throw expired(`The resourceVersion for the provided list is too old. (${revision} < ${subscription.oldest})`);
  }
  // The store hands over what was missed in the next microtask.
  await Promise.resolve();
  subscription.unsubscribe();
  const items = source
    .list(resource, namespace === '' ? undefined : namespace)
    .filter((object) => !before.has(`${object.namespace}/${object.name}`));
  for (const object of before.values()) {
    if (object !== undefined && (namespace === '' || object.namespace === namespace)) items.push(object);
  }
  return items.toSorted((a, b) => order(a.namespace, b.namespace) || order(a.name, b.name));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
