/** Wires the store's changes to bindings, namespaces and members, and what members report back into status. */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { partitionOf } from '@flotilla/lease/partition-of';
import type { PartitionChange, Partitions } from '@flotilla/lease/partitions';
import { createEventRecorder } from '@flotilla/store/event-recorder';
import type { RecordedEvent } from '@flotilla/store/event-recorder';
import { createOwnedStore } from '@flotilla/store/owned-store';
import type { ObjectChange, ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { storeKey } from '@flotilla/works/store-key';
import { bindingOf } from './binding-state.ts';
import { clusterFacts } from '@flotilla/works/cluster-facts';
import { Bindings } from './bindings.ts';
import { holdCluster, isHeld, releaseCluster } from './cluster-hold.ts';
import { finishDeletion } from './binding-deletion.ts';
import { Members } from './members.ts';
import { Namespaces } from './namespaces.ts';
import type { ConnectMember, Reporter } from './ports.ts';
import { createTemplateRenderer } from '@flotilla/works/template-renderer';
import {
  clusterOverridePolicies,
  clusterResourceBindings,
  clusters,
  namespaces,
  overridePolicies,
  resourceBindings,
  sameResource,
  secrets,
  works,
} from '@flotilla/works/resources';
import { clusterKey, createOwnership, namespaceKey, ownerKeyOf } from './ownership.ts';
import { PlacedElsewhere } from './placed-elsewhere.ts';
import { RetriedWrites } from './retried-writes.ts';
import { StatusWriter } from './status-writer.ts';
import { clusterOfWork } from './user-work-state.ts';
import { UserWorks } from './user-works.ts';

export interface PropagationDeps {
  readonly store: ObjectStore;
  /** Which bindings, namespaces and clusters are this replica's. All replicas watch all members; each acts on what is its own. */
  readonly partitions: Partitions;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
  readonly connect: ConnectMember;
  readonly now: () => number;
  readonly random: () => number;
  /** A new UUID. */
  readonly newUid: () => string;
  /** Runs a callback later; returns how to cancel it. */
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  readonly report: Reporter;
}

export interface Propagation {
  start(): void;
  stop(): Promise<void>;
  /** For the live line, metrics and tests: work that is waiting or running. */
  pending(): number;
}

export function createPropagation(deps: PropagationDeps): Propagation {
  const { partitions, report } = deps;
  const ownership = createOwnership(partitions);
  const store = createOwnedStore({
    store: deps.store,
    epochOf: (key) => partitions.epochOf(key),
    keyOf: (writesOfOne) => ownerKeyOf(writesOfOne, (template) => bindings.ofTemplate(template)?.key ?? ''),
  });
  const renderer = createTemplateRenderer(deps);
  const isBusy = (): boolean => members.isBusy;
  const statusWriter: StatusWriter = new StatusWriter({
    store,
    interpreter: deps.interpreter,
    now: deps.now,
    isBusy,
    stateOf: (key) => bindings.get(key),
    templateOf: (state) => bindings.templateOf(state),
    onError: (error) =>
      report({ level: 'warn', message: 'status could not be stored; trying again', fields: errorFields(error) }),
  });
  // Events are nobody's in particular.
  const recorder = createEventRecorder({
    ...deps,
    component: 'flotilla-propagation',
    onError: (error) =>
      report({ level: 'warn', message: 'events could not be stored; dropped', fields: errorFields(error) }),
  });
  const writes = new RetriedWrites({
    onError: (what, error) =>
      report({
        level: 'warn',
        message: 'a write could not be stored; trying again',
        fields: { what, ...errorFields(error) },
      }),
  });
  const slices = {
    yieldTurn(resume: () => void): () => void {
      const immediate = setImmediate(resume);
      return () => clearImmediate(immediate);
    },
    onError: (error: unknown) => reportUnmanageable({}, error),
  };
  const bindings: Bindings = new Bindings({
    ...slices,
    store,
    kinds: deps.kinds,
    interpreter: deps.interpreter,
    renderer,
    memberOf: (cluster) => members.sync(cluster),
    memberNames: () => members.names(),
    owns: (key) => ownership.binding(key),
    onStatusChanged: (key) => statusWriter.mark(key),
    onRemovedEverywhere(state) {
      writes.run(`delete ${state.key} ${bindingOf(state).metadata.uid}`, async () => {
        if (bindings.get(state.key) === state) await finishDeletion(store, state);
      });
    },
    onRenderFailed(state, cluster, message) {
      const template = bindings.templateOf(state)?.object;
      for (const about of [bindingOf(state), template]) {
        if (about !== undefined) recorder.record(overrideFailedEvent(about, cluster, message));
      }
    },
  });
  const namespaceSync: Namespaces = new Namespaces({
    ...slices,
    store,
    renderer,
    memberOf: (cluster) => members.sync(cluster),
    memberNames: () => members.names(),
    owns: (name) => ownership.namespace(name),
    ownsCluster: (cluster) => ownership.cluster(cluster),
    onRenderFailed: (namespace, cluster, message) => recorder.record(overrideFailedEvent(namespace, cluster, message)),
    onReleased: (cluster) => writes.run(`release ${cluster}`, () => releaseCluster(store, cluster)),
  });
  const placedElsewhere = new PlacedElsewhere({ store, kinds: deps.kinds, owns: (key) => ownership.binding(key) });
  const userWorks: UserWorks = new UserWorks({
    store,
    kinds: deps.kinds,
    interpreter: deps.interpreter,
    memberOf: (cluster) => members.sync(cluster),
    // Alone, the member's engine knows of all intents.
    isPlacedElsewhere: (cluster, target) => partitions.count > 1 && placedElsewhere.has(cluster, target),
    isBusy,
    now: deps.now,
    onError: (error) =>
      report({ level: 'warn', message: 'a Work could not be stored; trying again', fields: errorFields(error) }),
  });
  const members: Members = new Members({
    store,
    connect: deps.connect,
    random: deps.random,
    managedSelector: renderer.managedSelector,
    onOpened(cluster) {
      namespaceSync.open(cluster);
      bindings.syncCluster(cluster, 'opened');
      userWorks.syncCluster(cluster, true);
    },
    events: {
      ...renderer.memberRules,
      onOutcome(cluster, key, outcome) {
        bindings.takeOutcome(cluster, key, outcome);
        namespaceSync.takeOutcome(cluster, key, outcome);
        userWorks.takeOutcome(cluster, key, outcome);
      },
      onObserved(cluster, key, observed) {
        bindings.takeObserved(cluster, key, observed);
        userWorks.takeObserved(cluster, key, observed);
      },
      onUnclaimed(cluster, target, observed) {
        const isKnown =
          (target.resource === 'namespaces' && namespaceSync.takeUnclaimed(cluster, observed)) ||
          bindings.takeUnclaimed(cluster, target, observed) ||
          userWorks.takeUnclaimed(cluster, target, observed);
        if (isKnown) return;
        report({
          level: 'debug',
          message: 'managed object in a member belongs to nothing here; left alone',
          fields: { cluster, kind: target.kind, namespace: target.namespace, name: target.name },
        });
      },
      onReachable(cluster, isReachable, message) {
        report({
          level: isReachable ? 'info' : 'warn',
          message: isReachable ? 'member answers again' : 'member cannot be reached; its work waits',
          fields: { cluster, ...(message === '' ? {} : { cause: message }) },
        });
      },
    },
  });
  const subscription = new AbortController();

  function takeChange(change: ObjectChange): void {
    const { object, type } = change;
    const { resource } = object;
    if (sameResource(resource, resourceBindings) || sameResource(resource, clusterResourceBindings)) {
      if (type === 'DELETED') bindings.drop(storeKey(object));
      else takeBinding(object);
      const placed = placedElsewhere.take(change);
      if (placed !== undefined) userWorks.reconsider(placed);
    } else if (sameResource(resource, clusters)) {
      takeCluster(change);
    } else if (sameResource(resource, secrets)) {
      members.refreshBySecret(object.namespace, object.name);
    } else if (sameResource(resource, overridePolicies) || sameResource(resource, clusterOverridePolicies)) {
      takeOverride(change);
    } else if (sameResource(resource, namespaces)) {
      if (type === 'DELETED') namespaceSync.remove(object);
      else if (ownership.namespace(object.name)) namespaceSync.take(object);
    } else if (sameResource(resource, works)) {
      if (type === 'DELETED') userWorks.drop(storeKey(object));
      else takeWork(object);
    }
    if (type !== 'DELETED') takeTemplate(change);
  }

  function takeBinding(stored: StoredObject): void {
    if (ownership.binding(storeKey(stored))) bindings.take(stored);
  }

  function takeWork(stored: StoredObject): void {
    const cluster = clusterOfWork(stored);
    if (cluster !== undefined && ownership.cluster(cluster)) userWorks.take(stored);
  }

  /** Lets go of what is lost, and looks at everything that is gained: others may have left it at any point. */
  function takeOwnership({ gained, lost }: PartitionChange): void {
    const among = (parts: readonly number[]): ((key: string) => boolean) => {
      const set = new Set(parts);
      return (key) => set.has(partitionOf(key, partitions.count));
    };
    if (lost.length > 0) release(among(lost));
    if (gained.length > 0) takeOver(among(gained));
  }

  function release(isLost: (key: string) => boolean): void {
    for (const key of bindings.keys()) if (isLost(key)) bindings.drop(key);
    for (const [key, cluster] of userWorks.clustersByKey()) if (isLost(clusterKey(cluster))) userWorks.drop(key);
    namespaceSync.release(
      (name) => isLost(namespaceKey(name)),
      (cluster) => isLost(clusterKey(cluster)),
    );
  }

  function takeOver(isGained: (key: string) => boolean): void {
    // What is in members without anybody's intent is told once more, and now it may be ours.
    for (const member of members.all()) member.lookAgain();
    for (const { name, object } of store.list(clusters)) {
      if (!isGained(clusterKey(name))) continue;
      hold(name);
      if (object.metadata.deletionTimestamp !== undefined) namespaceSync.syncCluster(name);
    }
    for (const resource of [clusterResourceBindings, resourceBindings]) {
      for (const stored of store.list(resource)) {
        if (isGained(storeKey(stored))) guard(() => takeBinding(stored), { object: storeKey(stored) });
      }
    }
    for (const stored of store.list(works)) {
      const cluster = clusterOfWork(stored);
      if (cluster === undefined || !isGained(clusterKey(cluster))) continue;
      guard(() => takeWork(stored), { object: storeKey(stored) });
    }
    for (const stored of store.list(namespaces)) if (isGained(namespaceKey(stored.name))) namespaceSync.take(stored);
  }

  function takeTemplate({ object, previous }: ObjectChange): void {
    const state = bindings.ofTemplate(storeKey(object));
    if (state === undefined) return;
    bindings.sync(state);
    statusWriter.check(state, object.object, previous?.object);
  }

  function takeChanges(changes: readonly ObjectChange[]): void {
    for (const change of changes) guard(() => takeChange(change), { object: storeKey(change.object) });
  }

  /** One object that our code cannot deal with must not stop the others. */
  function guard(action: () => void, fields: Readonly<Record<string, string>>): void {
    try {
      action();
    } catch (error) {
      reportUnmanageable(fields, error);
    }
  }

  function reportUnmanageable(fields: Readonly<Record<string, string>>, error: unknown): void {
    report({
      level: 'error',
      message: 'an object could not be dealt with',
      fields: { ...fields, ...errorFields(error) },
    });
  }

  /** A push member's Cluster gets our finalizer. */
  function hold(name: string): void {
    if (!ownership.cluster(name)) return;
    writes.run(`hold ${name}`, () => holdCluster(store, name));
  }

  function takeCluster({ type, object, previous }: ObjectChange): void {
    members.refresh(object.name);
    const before = previous?.object as Cluster | undefined;
    const after = object.object as Cluster;
    if (type === 'DELETED' || clusterFacts(before) !== clusterFacts(after)) {
      bindings.syncCluster(object.name, type === 'DELETED' ? 'left' : 'changed');
      namespaceSync.syncCluster(object.name);
    }
    userWorks.syncCluster(object.name, false);
    if (type !== 'DELETED' && !isHeld(after)) hold(object.name);
  }

  function takeOverride(change: ObjectChange): void {
    const scope = renderer.takeOverride(change);
    if (scope === undefined) return;
    bindings.syncOverridden(scope);
    namespaceSync.syncOverridden(scope);
  }

  return {
    start() {
      namespaceSync.recall();
      for (const resource of [clusterOverridePolicies, overridePolicies]) {
        for (const stored of store.list(resource)) renderer.addOverride(stored);
      }
      for (const { name } of store.list(clusters)) members.refresh(name);
      const result = store.subscribe({ from: store.revision, onChanges: takeChanges });
      if (result.kind === 'subscribed') subscription.signal.addEventListener('abort', () => result.unsubscribe());
      // Tells at once of what is owned already.
      const unsubscribe = partitions.onChange(takeOwnership);
      subscription.signal.addEventListener('abort', unsubscribe);
    },
    async stop() {
      subscription.abort();
      bindings.stop();
      namespaceSync.stop();
      statusWriter.stop();
      recorder.stop();
      writes.stop();
      userWorks.stop();
      await members.stop();
    },
    pending() {
      let pending = bindings.depth + namespaceSync.depth + statusWriter.depth + userWorks.depth;
      for (const sync of members.all()) pending += sync.depth;
      return pending;
    },
  };
}

function overrideFailedEvent(about: KubeObject, cluster: string, message: string): RecordedEvent {
  return { about, type: 'Warning', reason: 'ApplyOverridePolicyFailed', message: `Cluster ${cluster}: ${message}` };
}

function errorFields(error: unknown): Readonly<Record<string, string>> {
  return { cause: error instanceof Error ? error.message : String(error) };
}
