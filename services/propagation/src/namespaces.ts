/**
 * Every namespace of the control plane exists in every member, unless it is reserved or opted out. A namespace that a member had before is left to the member: objects go in,
 * but it is neither changed nor deleted. When a cluster leaves, its namespaces stay, with all that is in them, and lose our marks.
 */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import {
  isReservedNamespace,
  managedLabel,
  skipAutoPropagationLabel,
  templateUidAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ApplyOutcome, Intent } from '@flotilla/member/intent';
import type { MemberSync } from '@flotilla/member/member-sync';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { OverrideScope } from '@flotilla/rendering/override-index';
import type { ObjectChange, ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { isLost } from '@flotilla/works/cluster-facts';
import { fenced } from './fenced.ts';
import { NamespaceRelease } from './namespace-release.ts';
import type { NamespaceRenderer } from '@flotilla/works/template-renderer';
import { clusters, namespaces } from '@flotilla/works/resources';
import { SlicedWork } from './sliced-work.ts';
import type { SlicedWorkDeps } from './sliced-work.ts';

export interface NamespacesDeps extends Pick<SlicedWorkDeps<string>, 'yieldTurn' | 'onError'> {
  readonly store: ObjectStore;
  readonly renderer: NamespaceRenderer;
  readonly memberOf: (cluster: string) => MemberSync | undefined;
  readonly memberNames: () => readonly string[];
  /** Whether the namespace is this replica's. */
  readonly owns: (name: string) => boolean;
  /** Whether the cluster is: its owner lets go of all its namespaces when it leaves. */
  readonly ownsCluster: (cluster: string) => boolean;
  /** Overrides do not fit the namespace in this cluster; told once for each message. */
  readonly onRenderFailed: (namespace: KubeObject, cluster: string, message: string) => void;
  /** No namespace of the leaving cluster has to be looked after any more. May be told several times. */
  readonly onReleased: (cluster: string) => void;
}

/** What was last asked of a member about one namespace. */
interface Asked {
  readonly text: string;
  /** Why it could not be rendered. */
  failure: string | undefined;
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
  readonly #asked = new Map<string, Map<string, Asked>>();
  /** By name, namespaces that were deleted as far back as is known, newest last: a member that was away then still has them. */
  readonly #deleted = new Map<string, KubeObject>();
  /** Every namespace is in every cluster, so each of these is many looks. */
  readonly #dueClusters: SlicedWork<string>;
  readonly #dueNamespaces: SlicedWork<string>;
  readonly #release: NamespaceRelease;

  constructor(deps: NamespacesDeps) {
    this.#deps = deps;
    this.#release = new NamespaceRelease((cluster) => deps.onReleased(cluster));
    const ofCluster = (cluster: string): void => {
      for (const stored of deps.store.list(namespaces)) this.#give(cluster, stored);
    };
    const ofNamespace = (name: string): void => {
      const stored = deps.store.get(namespaces, '', name);
      if (stored !== undefined) for (const cluster of deps.memberNames()) this.#give(cluster, stored);
    };
    this.#dueClusters = new SlicedWork({ ...deps, handle: ofCluster }, { sliceMax: 1 });
    this.#dueNamespaces = new SlicedWork({ ...deps, handle: ofNamespace }, { sliceMax: 1 });
  }

  /** Clusters and namespaces that wait to be looked at. */
  get depth(): number {
    return this.#dueClusters.size + this.#dueNamespaces.size;
  }

  stop(): void {
    this.#dueClusters.stop();
    this.#dueNamespaces.stop();
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
    this.#release.forget(cluster);
    this.syncCluster(cluster);
  }

  /** The cluster changed in a way that renders may depend on, or leaves, or left. */
  syncCluster(cluster: string): void {
    const object = this.#deps.store.get(clusters, '', cluster)?.object as Cluster | undefined;
    const isReachable = this.#deps.memberOf(cluster) !== undefined;
    if (!isReachable) this.#asked.delete(cluster);
    if (object === undefined) this.#release.forget(cluster);
    else if (object.metadata.deletionTimestamp !== undefined) this.#leave(cluster, isReachable && !isLost(object));
    else if (isReachable) this.#dueClusters.add([cluster]);
  }

  take({ name }: StoredObject): void {
    this.#dueNamespaces.add([name]);
  }

  /** A cluster-wide override policy changed: namespaces that may render differently now. Policies of a namespace do not concern namespaces. */
  syncOverridden({ selectors, namespace, matches }: OverrideScope): void {
    if (namespace !== undefined || selectors?.some(({ kind }) => kind === 'Namespace') === false) return;
    for (const stored of this.#deps.store.list(namespaces)) if (matches(stored.object)) this.take(stored);
  }

  /** What became of an object in a member; those that are no namespaces do not matter here. */
  takeOutcome(cluster: string, key: string, outcome: ApplyOutcome): void {
    if (outcome.kind !== 'applied') this.#release.settle(cluster, key);
  }

  /** A namespace is gone from the control plane: what was made for it in members goes too. */
  remove(last: StoredObject): void {
    if (isLeftToMembers(last.name)) return;
    this.#remember(last);
    if (!this.#deps.owns(last.name)) return;
    for (const cluster of this.#deps.memberNames()) this.#removeFrom(cluster, last.object);
  }

  /** Namespaces and clusters that are another replica's now: what was asked for them is forgotten. */
  release(isLost: (name: string) => boolean, isLostCluster: (cluster: string) => boolean): void {
    for (const [cluster, asked] of this.#asked) {
      for (const name of asked.keys()) if (isLost(name)) this.#forget(cluster, name);
    }
    for (const cluster of this.#deps.memberNames()) if (isLostCluster(cluster)) this.#release.forget(cluster);
  }

  /** A managed namespace without intent: belongs to a namespace that was deleted while nobody looked, or to somebody else. Only the former is ours to delete. */
  takeUnclaimed(cluster: string, observed: KubeObject): boolean {
    const name = observed.metadata.name ?? '';
    if (!this.#deps.owns(name)) return false;
    const stored = this.#deps.store.get(namespaces, '', name);
    const last = this.#deleted.get(name);
    if (stored !== undefined) this.#give(cluster, stored);
    else if (last !== undefined && isMadeFor(last, observed)) this.#removeFrom(cluster, last);
    else return false;
    return true;
  }

  #forget(cluster: string, name: string): void {
    this.#asked.get(cluster)?.delete(name);
    this.#deps.memberOf(cluster)?.forget(targetOf(name));
  }

  #leave(cluster: string, isReachable: boolean): void {
    if (!this.#deps.ownsCluster(cluster)) {
      // Its owner takes the marks off: what we want there must not put them on again.
      for (const name of this.#asked.get(cluster)?.keys() ?? []) this.#forget(cluster, name);
      return;
    }
    if (!isReachable) {
      this.#release.begin(cluster, []);
      return;
    }
    if (this.#release.isRunning(cluster)) return;
    const ours = this.#deps.store.list(namespaces).filter(({ object }) => isPropagated(object));
    this.#asked.delete(cluster);
    for (const { object } of ours) this.#removeFrom(cluster, object, true);
    this.#release.begin(
      cluster,
      ours.map(({ name }) => targetOf(name)),
    );
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
    if (!this.#deps.owns(stored.name)) return;
    if (clusterObject.metadata.deletionTimestamp !== undefined) return;
    const { labels, annotations, uid } = object.metadata;
    const { renderer } = this.#deps;
    const known = this.#asked.get(cluster) ?? new Map<string, Asked>();
    this.#asked.set(cluster, known);
    const text = JSON.stringify([uid, labels, annotations, renderer.overridesVersion(object, clusterObject)]);
    const before = known.get(stored.name);
    if (before?.text === text) return;
    const asked: Asked = { text, failure: before?.failure };
    known.set(stored.name, asked);
    const intent: Intent = {
      kind: 'apply',
      target: targetOf(stored.name),
      conflictResolution: 'Abort',
      render: () => {
        const result = renderer.renderNamespace(object, clusterObject);
        const failure = result.kind === 'failed' ? result.message : undefined;
        if (failure !== undefined && failure !== asked.failure) {
          this.#deps.onRenderFailed(object, cluster, failure);
        }
        asked.failure = failure;
        return result;
      },
    };
    member.setIntent(fenced(intent, () => this.#deps.owns(stored.name)));
  }

  #removeFrom(cluster: string, last: KubeObject, isPreserved = false): void {
    const name = last.metadata.name ?? '';
    this.#asked.get(cluster)?.delete(name);
    this.#deps.memberOf(cluster)?.setIntent({
      kind: 'remove',
      target: targetOf(name),
      isPreserved,
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
