import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { Revision } from '@flotilla/log/event-log';

import type { ObjectChange, SubscribeOptions, Subscription } from './object-store.ts';

export function resourceKey(resource: ResourceId): string {
  return `${resource.group}/${resource.resource}`;
}

interface Subscriber {
  /** Undefined = all resources. */
  readonly keys: ReadonlySet<string> | undefined;
  readonly onChanges: SubscribeOptions['onChanges'];
  /** Changes up to here aren't wanted. */
  readonly from: Revision;
  /** What came before the first delivery; undefined from then on. */
  backlog: ObjectChange[] | undefined;
}

/**
 * Hands changes to subscribers. Those of one resource get one shared array, so a thousand watches of other resources cost nothing when a change comes.
 * The backlog of a new subscriber is delivered in the next microtask: never before `add` has returned.
 */
export class ChangeFeed {
  readonly #byKey = new Map<string, Set<Subscriber>>();
  readonly #others = new Set<Subscriber>();

  add(options: SubscribeOptions, backlog: readonly ObjectChange[], revision: () => Revision): Subscription {
    const keys = options.resources && new Set(options.resources.map(resourceKey));
    const { from, onChanges } = options;
    const subscriber: Subscriber = { keys, onChanges, from, backlog: wanted(backlog, keys, from) };
    const home = this.#homeOf(subscriber);
    home.add(subscriber);
    let isActive = true;
    queueMicrotask(() => {
      const missed = subscriber.backlog ?? [];
      subscriber.backlog = undefined;
      if (isActive && missed.length > 0) call(subscriber, missed, revision());
    });
    return {
      kind: 'subscribed',
      unsubscribe: () => {
        isActive = false;
        home.delete(subscriber);
        const [only] = keys ?? [];
        if (home.size === 0 && only !== undefined && this.#byKey.get(only) === home) this.#byKey.delete(only);
      },
    };
  }

  deliver(changes: readonly ObjectChange[], through: Revision): void {
    if (this.#byKey.size > 0) {
      for (const [key, group] of groupByResource(changes)) {
        for (const subscriber of this.#byKey.get(key) ?? []) give(subscriber, group, through);
      }
    }
    for (const subscriber of this.#others) {
      const { keys } = subscriber;
      const group =
        keys === undefined ? changes : changes.filter(({ object }) => keys.has(resourceKey(object.resource)));
      if (group.length > 0) give(subscriber, group, through);
    }
  }

  #homeOf({ keys }: Subscriber): Set<Subscriber> {
    const [only] = keys ?? [];
    if (keys?.size !== 1 || only === undefined) return this.#others;
    const home = this.#byKey.get(only) ?? new Set();
    this.#byKey.set(only, home);
    return home;
  }
}

function give(subscriber: Subscriber, changes: readonly ObjectChange[], through: Revision): void {
  const { from, backlog } = subscriber;
  const isAllNew = (changes[0]?.object.revision ?? 0) > from;
  const news = isAllNew ? changes : wanted(changes, undefined, from);
  if (news.length === 0) return;
  if (backlog === undefined) call(subscriber, news, through);
  else backlog.push(...news);
}

/** A subscriber that throws has a bug: the process must hear of it, the other subscribers and the cache must not suffer from it. */
function call({ onChanges }: Subscriber, changes: readonly ObjectChange[], through: Revision): void {
  try {
    onChanges(changes, through);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function wanted(
  changes: readonly ObjectChange[],
  keys: ReadonlySet<string> | undefined,
  from: Revision,
): ObjectChange[] {
  return changes.filter(
    ({ object }) => object.revision > from && (keys === undefined || keys.has(resourceKey(object.resource))),
  );
}

function groupByResource(changes: readonly ObjectChange[]): ReadonlyMap<string, readonly ObjectChange[]> {
  const [first] = changes;
  if (first !== undefined && changes.length === 1) return new Map([[resourceKey(first.object.resource), changes]]);
  return Map.groupBy(changes, ({ object }) => resourceKey(object.resource));
}
