/** Wires the store's changes to bindings, namespaces and members, and what members report back into status. */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ObjectChange, ObjectStore } from '@flotilla/store/object-store';

import { storeKey } from './binding-state.ts';
import type { BindingState } from './binding-state.ts';
import { clusterFacts } from './cluster-facts.ts';
import { Bindings } from './bindings.ts';
import { finishDeletion } from './binding-deletion.ts';
import { Members } from './members.ts';
import { Namespaces } from './namespaces.ts';
import type { ConnectMember, Reporter } from './ports.ts';
import { createTemplateRenderer } from './template-renderer.ts';
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
} from './resources.ts';
import { StatusWriter } from './status-writer.ts';
import { UserWorks } from './user-works.ts';

export interface PropagationDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
  readonly connect: ConnectMember;
  readonly now: () => number;
  readonly random: () => number;
  readonly report: Reporter;
}

export interface Propagation {
  start(): void;
  stop(): Promise<void>;
  /** For the live line, metrics and tests: work that is waiting or running. */
  pending(): number;
}

export function createPropagation(deps: PropagationDeps): Propagation {
  const { store, report } = deps;
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
  const bindings: Bindings = new Bindings({
    store,
    kinds: deps.kinds,
    interpreter: deps.interpreter,
    renderer,
    memberOf: (cluster) => members.sync(cluster),
    memberNames: () => members.names(),
    onStatusChanged: (key) => statusWriter.mark(key),
    onRemovedEverywhere: (state) => void finish(state),
  });
  const namespaceSync: Namespaces = new Namespaces({
    store,
    renderer,
    memberOf: (cluster) => members.sync(cluster),
    memberNames: () => members.names(),
  });
  const userWorks: UserWorks = new UserWorks({
    store,
    kinds: deps.kinds,
    interpreter: deps.interpreter,
    memberOf: (cluster) => members.sync(cluster),
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

  async function finish(state: BindingState): Promise<void> {
    try {
      await finishDeletion(store, state);
    } catch (error) {
      report({
        level: 'warn',
        message: 'deletion of a binding could not be stored; trying again',
        fields: errorFields(error),
      });
      setTimeout(() => {
        if (!subscription.signal.aborted && bindings.get(state.key) === state) bindings.sync(state);
      }, 1_000);
    }
  }

  function takeChange(change: ObjectChange): void {
    const { object, type } = change;
    const { resource } = object;
    if (sameResource(resource, resourceBindings) || sameResource(resource, clusterResourceBindings)) {
      if (type === 'DELETED') bindings.drop(storeKey(object));
      else bindings.take(object);
    } else if (sameResource(resource, clusters)) {
      takeCluster(change);
    } else if (sameResource(resource, secrets)) {
      members.refreshBySecret(object.namespace, object.name);
    } else if (sameResource(resource, overridePolicies) || sameResource(resource, clusterOverridePolicies)) {
      takeOverride(change);
    } else if (sameResource(resource, namespaces)) {
      if (type === 'DELETED') namespaceSync.remove(object);
      else namespaceSync.take(object);
    } else if (sameResource(resource, works)) {
      if (type === 'DELETED') userWorks.drop(storeKey(object));
      else userWorks.take(object);
    }
    if (type !== 'DELETED') bindings.syncTemplate(storeKey(object));
  }

  function takeChanges(changes: readonly ObjectChange[]): void {
    for (const change of changes) guard(() => takeChange(change), { object: storeKey(change.object) });
  }

  /** One object that our code cannot deal with must not stop the others. */
  function guard(action: () => void, fields: Readonly<Record<string, string>>): void {
    try {
      action();
    } catch (error) {
      report({
        level: 'error',
        message: 'an object could not be dealt with',
        fields: { ...fields, ...errorFields(error) },
      });
    }
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
  }

  function takeOverride(change: ObjectChange): void {
    const scope = renderer.takeOverride(change);
    if (scope === undefined) return;
    bindings.syncOverridden(scope);
    for (const stored of store.list(namespaces)) if (scope.matches(stored.object)) namespaceSync.take(stored);
  }

  return {
    start() {
      namespaceSync.recall();
      for (const resource of [clusterOverridePolicies, overridePolicies]) {
        for (const stored of store.list(resource)) renderer.addOverride(stored);
      }
      for (const stored of store.list(clusters)) members.refresh(stored.name);
      for (const resource of [clusterResourceBindings, resourceBindings]) {
        for (const stored of store.list(resource)) bindings.take(stored);
      }
      for (const stored of store.list(works)) userWorks.take(stored);
      const result = store.subscribe({ from: store.revision, onChanges: takeChanges });
      if (result.kind === 'subscribed') subscription.signal.addEventListener('abort', () => result.unsubscribe());
    },
    async stop() {
      subscription.abort();
      statusWriter.stop();
      userWorks.stop();
      await members.stop();
    },
    pending() {
      let pending = statusWriter.depth + userWorks.depth;
      for (const sync of members.all()) pending += sync.depth;
      return pending;
    },
  };
}

function errorFields(error: unknown): Readonly<Record<string, string>> {
  return { cause: error instanceof Error ? error.message : String(error) };
}
