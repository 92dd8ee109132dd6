/**
 * Every namespace of the control plane exists in every member, unless it is reserved or opted out. A namespace that a member had before is left to the member: objects go in,
 * but it is neither changed nor deleted.
 */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { managedLabel, skipAutoPropagationLabel, templateUidAnnotation } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { MemberSync } from '@flotilla/member/member-sync';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import type { NamespaceRenderer } from './ports.ts';
import { clusters, namespaces } from './resources.ts';

export interface NamespacesDeps {
  readonly store: ObjectStore;
  readonly renderer: NamespaceRenderer;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  readonly memberNames: () => readonly string[];
}

const reservedPrefixes = ['kube-', 'karmada-', 'flotilla-'];

/** Namespaces of the system itself, and `default`, which every cluster has. */
export function isReservedNamespace(name: string): boolean {
  return name === 'default' || reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

export class Namespaces {
  readonly #deps: NamespacesDeps;
  /** What was last asked of a member for a namespace, so that status writes and relabelling of nothing cost nothing. */
  readonly #asked = new Map<string, string>();

  constructor(deps: NamespacesDeps) {
    this.#deps = deps;
  }

  syncAll(cluster: string): void {
    this.#deps.memberOf(cluster)?.watch('v1', 'namespaces');
    for (const key of this.#asked.keys()) if (key.startsWith(`${cluster}/`)) this.#asked.delete(key);
    for (const stored of this.#deps.store.list(namespaces)) this.#give(cluster, stored);
  }

  take(stored: StoredObject): void {
    for (const cluster of this.#deps.memberNames()) this.#give(cluster, stored);
  }

  /** A namespace is gone from the control plane: what was made for it in members goes too. */
  remove(last: StoredObject): void {
    if (isReservedNamespace(last.name)) return;
    for (const cluster of this.#deps.memberNames()) this.#removeFrom(cluster, last.object);
  }

  /** A managed namespace without intent: belongs to a namespace that was deleted while nobody looked, or to somebody else. Only the former is ours to delete. */
  takeUnclaimed(cluster: string, observed: KubeObject): boolean {
    const stored = this.#deps.store.get(namespaces, '', observed.metadata.name ?? '');
    if (stored === undefined) return false;
    this.#give(cluster, stored);
    return true;
  }

  #give(cluster: string, stored: StoredObject): void {
    const { object } = stored;
    const member = this.#deps.memberOf(cluster);
    const clusterObject = this.#deps.store.get(clusters, '', cluster)?.object as Cluster | undefined;
    if (member === undefined || clusterObject === undefined || !isPropagated(object)) return;
    const { labels, annotations, uid } = object.metadata;
    const askedKey = `${cluster}/${stored.name}`;
    const asked = JSON.stringify([
      uid,
      labels,
      annotations,
      this.#deps.renderer.overridesVersion(object, clusterObject),
    ]);
    if (this.#asked.get(askedKey) === asked) return;
    this.#asked.set(askedKey, asked);
    member.setIntent({
      kind: 'apply',
      target: targetOf(stored.name),
      conflictResolution: 'Abort',
      render: () => this.#deps.renderer.renderNamespace(object, clusterObject),
    });
  }

  #removeFrom(cluster: string, last: KubeObject): void {
    const name = last.metadata.name ?? '';
    const { uid } = last.metadata;
    this.#asked.delete(`${cluster}/${name}`);
    this.#deps.memberOf(cluster)?.setIntent({
      kind: 'remove',
      target: targetOf(name),
      isPreserved: false,
      isOurs: ({ metadata }) => uid !== undefined && metadata.annotations?.[templateUidAnnotation] === uid,
    });
  }
}

function isPropagated({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    !isReservedNamespace(metadata.name ?? '') &&
    metadata.labels?.[skipAutoPropagationLabel] !== 'true' &&
    metadata.labels?.[managedLabel] === undefined
  );
}

function targetOf(name: string): ObjectTarget {
  return { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', namespace: '', name };
}
