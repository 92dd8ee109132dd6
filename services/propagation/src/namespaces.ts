/**
 * Every namespace of the control plane exists in every member, unless it is reserved or opted out. A namespace that a member had before is left to the member: objects go in,
 * but it is neither changed nor deleted.
 */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import {
  isReservedNamespace,
  managedLabel,
  skipAutoPropagationLabel,
  templateUidAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { MemberSync } from '@flotilla/member/member-sync';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { ObjectChange, ObjectStore, StoredObject } from '@flotilla/store/object-store';

import type { NamespaceRenderer } from './ports.ts';
import { clusters, namespaces } from './resources.ts';

export interface NamespacesDeps {
  readonly store: ObjectStore;
  readonly renderer: NamespaceRenderer;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  readonly memberNames: () => readonly string[];
}

/** Deleted namespaces that are remembered. */
const rememberedMax = 10_000;
/** Namespaces of the system itself, and `default`, which every cluster has. */
function isLeftToMembers(name: string): boolean {
  return name === 'default' || isReservedNamespace(name);
}

export class Namespaces {
  readonly #deps: NamespacesDeps;
  /** By cluster and namespace, what was last asked of the member, so that status writes and relabelling of nothing cost nothing. */
  readonly #asked = new Map<string, Map<string, string>>();
  /** By name, namespaces that were deleted as far back as is known, newest last: a member that was away then still has them. */
  readonly #deleted = new Map<string, KubeObject>();

  constructor(deps: NamespacesDeps) {
    this.#deps = deps;
  }

  /** At start: deletions that the store's history still holds. */
  recall(): void {
    const { store } = this.#deps;
    const resources = [namespaces];
    const onChanges = (changes: readonly ObjectChange[]): void => {
      for (const { type, object } of changes) if (type === 'DELETED') this.#remember(object);
    };
    const whole = store.subscribe({ resources, from: 0, onChanges });
    const history = whole.kind === 'expired' ? store.subscribe({ resources, from: whole.oldest, onChanges }) : whole;
    // The history comes with the next microtask; what happens from now on comes through `remove`.
    if (history.kind === 'subscribed') queueMicrotask(() => history.unsubscribe());
  }

  /** The member's engine is a new one and knows nothing. */
  open(cluster: string): void {
    this.#deps.memberOf(cluster)?.watch('v1', 'namespaces');
    this.#asked.delete(cluster);
    this.syncCluster(cluster);
  }

  /** The cluster changed in a way that renders may depend on, or left. */
  syncCluster(cluster: string): void {
    if (this.#deps.memberOf(cluster) === undefined) this.#asked.delete(cluster);
    else for (const stored of this.#deps.store.list(namespaces)) this.#give(cluster, stored);
  }

  take(stored: StoredObject): void {
    for (const cluster of this.#deps.memberNames()) this.#give(cluster, stored);
  }

  /** A namespace is gone from the control plane: what was made for it in members goes too. */
  remove(last: StoredObject): void {
    if (isLeftToMembers(last.name)) return;
    this.#remember(last);
    for (const cluster of this.#deps.memberNames()) this.#removeFrom(cluster, last.object);
  }

  /** A managed namespace without intent: belongs to a namespace that was deleted while nobody looked, or to somebody else. Only the former is ours to delete. */
  takeUnclaimed(cluster: string, observed: KubeObject): boolean {
    const name = observed.metadata.name ?? '';
    const stored = this.#deps.store.get(namespaces, '', name);
    const last = this.#deleted.get(name);
    if (stored !== undefined) this.#give(cluster, stored);
    else if (last !== undefined && isMadeFor(last, observed)) this.#removeFrom(cluster, last);
    else return false;
    return true;
  }

  #remember({ name, object }: StoredObject): void {
    if (isLeftToMembers(name)) return;
    this.#deleted.delete(name);
    this.#deleted.set(name, object);
    const [oldest] = this.#deleted.keys();
    if (this.#deleted.size > rememberedMax && oldest !== undefined) this.#deleted.delete(oldest);
  }

  #give(cluster: string, stored: StoredObject): void {
    const { object } = stored;
    const member = this.#deps.memberOf(cluster);
    const clusterObject = this.#deps.store.get(clusters, '', cluster)?.object as Cluster | undefined;
    if (member === undefined || clusterObject === undefined || !isPropagated(object)) return;
    const { labels, annotations, uid } = object.metadata;
    const known = this.#asked.get(cluster) ?? new Map<string, string>();
    this.#asked.set(cluster, known);
    const asked = JSON.stringify([
      uid,
      labels,
      annotations,
      this.#deps.renderer.overridesVersion(object, clusterObject),
    ]);
    if (known.get(stored.name) === asked) return;
    known.set(stored.name, asked);
    member.setIntent({
      kind: 'apply',
      target: targetOf(stored.name),
      conflictResolution: 'Abort',
      render: () => this.#deps.renderer.renderNamespace(object, clusterObject),
    });
  }

  #removeFrom(cluster: string, last: KubeObject): void {
    const name = last.metadata.name ?? '';
    this.#asked.get(cluster)?.delete(name);
    this.#deps.memberOf(cluster)?.setIntent({
      kind: 'remove',
      target: targetOf(name),
      isPreserved: false,
      isOurs: (observed) => isMadeFor(last, observed),
    });
  }
}

function isMadeFor({ metadata: { uid } }: KubeObject, observed: KubeObject): boolean {
  return uid !== undefined && observed.metadata.annotations?.[templateUidAnnotation] === uid;
}

function isPropagated({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    !isLeftToMembers(metadata.name ?? '') &&
    metadata.labels?.[skipAutoPropagationLabel] !== 'true' &&
    metadata.labels?.[managedLabel] === undefined
  );
}

function targetOf(name: string): ObjectTarget {
  return { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', namespace: '', name };
}
