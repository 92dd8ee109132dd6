import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectChange, ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { controllerOf } from '../model/object-write.ts';
import type { ClusterView } from './cluster-view.ts';

/** One pass over what may need work: all decisions of a round see the same state and the same time. */
export interface Round {
  readonly view: ClusterView;
  readonly nowMs: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly newUid: () => string;
}

/** What to write for one key: all or none. */
export interface Decision {
  readonly writes: readonly ObjectWrite[];
  /** Look at the key again then, even if nothing changes. */
  readonly againAtMs?: number;
}

export const nothing: Decision = { writes: [] };

/** Decides for one key (`namespace/name`) from the round's state alone. */
export type Decide = (key: ObjectName) => Decision;

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface Controller {
  readonly name: string;
  /** Which keys a change of a resource touches. */
  readonly watches: readonly Watch[];
  /** Called once a round, so that decisions of one round can take account of one another (two pods on one node). */
  open(round: Round): Decide;
}

export interface Watch {
  readonly resource: ResourceId;
  keysOf(change: ObjectChange): readonly ObjectName[];
}

/** The changed object itself. */
export function itself(resource: ResourceId): Watch {
  return { resource, keysOf: ({ object }) => [object] };
}

/** Follows which objects of a resource there are, for changes elsewhere that touch all of them. */
export function everyone(resource: ResourceId): { readonly watch: Watch; readonly names: () => readonly ObjectName[] } {
  const known = new Map<string, ObjectName>();
  const watch: Watch = {
    resource,
    keysOf({ type, object }) {
      const { namespace, name } = object;
      if (type === 'DELETED') known.delete(`${namespace}/${name}`);
      else known.set(`${namespace}/${name}`, { namespace, name });
      return [object];
    },
  };
  return { watch, names: () => [...known.values()] };
}

/** The object of this kind that controls the changed one, before or after. */
export function itsController(resource: ResourceId, ownerKind: string): Watch {
  return {
    resource,
    keysOf({ object, previous }) {
      const now = ownerName(object, ownerKind);
      const before = previous === undefined ? undefined : ownerName(previous, ownerKind);
      if (before !== undefined && before.name !== now?.name) return now === undefined ? [before] : [before, now];
      return now === undefined ? [] : [now];
    },
  };
}

function ownerName({ object, namespace }: StoredObject, kind: string): ObjectName | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind ? { namespace, name: owner.name } : undefined;
}

/** For kinds whose decisions need nothing of one another. `decide` gets the live object. */
export function perObject<T extends KubeObject>(
  resource: ResourceId,
  decide: (stored: StoredObject, object: T, round: Round) => Decision,
): Controller['open'] {
  return (round) =>
    ({ namespace, name }) => {
      const stored = round.view.get(resource, namespace, name);
      return stored === undefined ? nothing : decide(stored, stored.object as T, round);
    };
}

/** The earlier of two times, either of which may be missing or infinite. */
export function earlier(left: number | undefined, right: number | undefined): number | undefined {
  const least = Math.min(left ?? Number.POSITIVE_INFINITY, right ?? Number.POSITIVE_INFINITY);
  return least === Number.POSITIVE_INFINITY ? undefined : least;
}
