/** Keeps one monitor per push member, and the life cycle of Cluster objects: execution space, finalizer, removal when a cluster leaves. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import {
  clusterSecretNamespace,
  executionNamespacePrefix,
  propagationFinalizer,
} from '@flotilla/kinds/karmada/well-known';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { endpointOf } from '@flotilla/member/endpoint';
import type { MemberClient, MemberEndpoint } from '@flotilla/member/member-client';
import type { ObjectChange, ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';

import type { Partitions } from '@flotilla/lease/partitions';
import { createOwnedStore, OwnershipLost } from '@flotilla/store/owned-store';

import { ClusterMonitor } from './cluster-monitor.ts';
import type { HealthThresholds } from './health.ts';
import { isInUse } from './cluster-usage.ts';

export interface RegistryDeps {
  readonly store: ObjectStore;
  /** Which clusters are this replica's, by name. */
  readonly partitions: Partitions;
  readonly connect: (endpoint: MemberEndpoint) => MemberClient;
  readonly now: () => number;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly report: (report: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly message: string;
    readonly fields: Readonly<Record<string, string | number | boolean>>;
  }) => void;
}

export interface RegistryOptions {
  readonly probeIntervalMs: number;
  readonly thresholds: HealthThresholds;
}

export interface Registry {
  start(): void;
  stop(): Promise<void>;
}

/** Keeps a Cluster that is being unjoined until no workload is left on it. */
export const clusterFinalizer = 'flotilla.io/cluster';

const clusters: ResourceId = { group: 'cluster.karmada.io', resource: 'clusters' };
const secrets: ResourceId = { group: '', resource: 'secrets' };
const namespaces: ResourceId = { group: '', resource: 'namespaces' };
/** Lost races of one update before giving up until the next observation. */
const attemptsMax = 20;
/** While a cluster leaves, changes of bindings are folded for this long: whether it is still in use costs a look at all of them. */
const leavingFoldMs = 100;
/** A cluster whose finalizer or execution space could not be stored is looked at again. */
const retryDelayMs = 1_000;

interface Monitored {
  readonly monitor: ClusterMonitor;
  readonly client: MemberClient;
  readonly endpointKey: string;
}

export function createRegistry(deps: RegistryDeps, options: RegistryOptions): Registry {
  const { partitions, report } = deps;
  const store = createOwnedStore({
    store: deps.store,
    epochOf: (name) => partitions.epochOf(name),
    keyOf: ([write]) => (write === undefined ? '' : clusterOf(write)),
  });
  const monitored = new Map<string, Monitored>();
  const closing = new Set<Promise<void>>();
  /** Names of clusters to look at again soon. */
  const later = new Map<string, NodeJS.Timeout>();
  const leaving = new Set<string>();
  let unsubscribe = (): void => undefined;
  let isStopped = false;
  let unsubscribeOwnership = (): void => undefined;

  async function update(name: string, change: (cluster: Cluster) => Cluster): Promise<void> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const stored = store.get(clusters, '', name);
      if (stored === undefined) return;
      const object = change(stored.object as Cluster);
      if (object === stored.object) return;
      const result = await store.commit([{ resource: clusters, namespace: '', name, object, expect: stored.revision }]);
      if (result.kind === 'committed') return;
    }
  }

  function refresh(name: string): void {
    if (!partitions.owns(name)) {
      leaving.delete(name);
      close(name);
      return;
    }
    const stored = store.get(clusters, '', name);
    const cluster = stored?.object as Cluster | undefined;
    if (stored === undefined || cluster === undefined) {
      leaving.delete(name);
      close(name);
      return;
    }
    if (cluster.metadata.deletionTimestamp !== undefined) leaving.add(name);
    else leaving.delete(name);
    void settle(stored, cluster).catch((error: unknown) => {
      if (error instanceof OwnershipLost) return;
      warn('cluster could not be set up; trying again', name, error);
      refreshLater(name, retryDelayMs);
    });
    if (cluster.spec.syncMode !== 'Push') {
      close(name);
      return;
    }
    const { secretRef } = cluster.spec;
    const secret = store.get(secrets, secretRef?.namespace ?? '', secretRef?.name ?? '');
    const endpoint = endpointOf(cluster, secret?.object);
    const endpointKey = JSON.stringify(endpoint);
    if (endpoint === undefined || monitored.get(name)?.endpointKey === endpointKey) return;
    close(name);
    open(name, deps.connect(endpoint), endpointKey);
  }

  function refreshLater(name: string, delayMs: number): void {
    if (isStopped || later.has(name)) return;
    const timer = setTimeout(() => {
      later.delete(name);
      refresh(name);
    }, delayMs);
    later.set(name, timer);
  }

  function open(name: string, client: MemberClient, endpointKey: string): void {
    const monitor = new ClusterMonitor(
      {
        client,
        cluster: () => store.get(clusters, '', name)?.object as Cluster | undefined,
        update: (change) => update(name, change),
        now: deps.now,
        random: deps.random,
        onError: (error) => warn('member could not be observed', name, error),
      },
      options,
    );
    monitored.set(name, { monitor, client, endpointKey });
    monitor.start();
  }

  function close(name: string): void {
    const entry = monitored.get(name);
    if (entry === undefined) return;
    monitored.delete(name);
    const done = entry.monitor.stop().then(() => entry.client.close());
    closing.add(done);
    void done.finally(() => closing.delete(done));
  }

  /** Finalizer and execution space of a cluster that is here; removal of one that leaves, is no longer in use and has been let go of by propagation, which needs its credentials. */
  async function settle(stored: StoredObject, cluster: Cluster): Promise<void> {
    if (cluster.metadata.deletionTimestamp !== undefined) {
      const isAwaited = cluster.metadata.finalizers?.includes(propagationFinalizer) === true;
      if (!isAwaited && !isInUse(store, stored.name)) await remove(stored, cluster);
      return;
    }
    if (!(cluster.metadata.finalizers ?? []).includes(clusterFinalizer)) {
      await update(stored.name, (current) => withFinalizer(current));
    }
    await ensureNamespace(`${executionNamespacePrefix}${stored.name}`);
  }

  async function ensureNamespace(name: string): Promise<void> {
    if (store.get(namespaces, '', name) !== undefined) return;
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        uid: deps.newUid(),
        creationTimestamp: isoSeconds(deps.now()),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    await store.commit([{ resource: namespaces, namespace: '', name, object, expect: 0 }]);
  }

  /** Credentials and execution space go with the cluster; then the finalizer, in one step with the Cluster itself. */
  async function remove(stored: StoredObject, cluster: Cluster): Promise<void> {
    const finalizers = (cluster.metadata.finalizers ?? []).filter((finalizer) => finalizer !== clusterFinalizer);
    const isLast = finalizers.length === 0;
    // Our part is done; a write without effect would only bring us back here.
    if (!isLast && finalizers.length === cluster.metadata.finalizers?.length) return;
    const object = isLast ? cluster : { ...cluster, metadata: { ...cluster.metadata, finalizers } };
    const { secretRef, impersonatorSecretRef } = cluster.spec;
    const leftovers = [secretRef, impersonatorSecretRef].flatMap((reference) => {
      const secret = store.get(secrets, reference?.namespace ?? '', reference?.name ?? '');
      return secret === undefined || secret.namespace !== clusterSecretNamespace ? [] : [secret];
    });
    const space = store.get(namespaces, '', `${executionNamespacePrefix}${stored.name}`);
    if (space !== undefined) leftovers.push(space);
    const result = await store.commit([
      { resource: clusters, namespace: '', name: stored.name, object, isDelete: isLast, expect: stored.revision },
      ...leftovers.map((left) => ({ ...left, object: left.object, isDelete: true, expect: left.revision })),
    ]);
    if (result.kind === 'conflict') refresh(stored.name);
    else report({ level: 'info', message: 'cluster has left the fleet', fields: { cluster: stored.name } });
  }

  function warn(message: string, cluster: string, error: unknown): void {
    report({
      level: 'warn',
      message,
      fields: { cluster, cause: error instanceof Error ? error.message : String(error) },
    });
  }

  function takeChange({ object, type }: ObjectChange): void {
    const { group, resource } = object.resource;
    if (group === clusters.group && resource === clusters.resource) refresh(object.name);
    else if (group === secrets.group && resource === secrets.resource) takeSecret(object);
    else if (group === namespaces.group && resource === namespaces.resource) {
      // Whoever deletes the execution space of a cluster that is here gets it back, empty, once it is gone.
      if (type === 'DELETED' && object.name.startsWith(executionNamespacePrefix)) {
        refresh(object.name.slice(executionNamespacePrefix.length));
      }
    } else if (group === 'work.karmada.io') {
      for (const name of leaving) refreshLater(name, leavingFoldMs);
    }
  }

  function takeSecret({ namespace, name }: StoredObject): void {
    if (namespace !== clusterSecretNamespace) return;
    for (const stored of store.list(clusters)) {
      if ((stored.object as Cluster).spec.secretRef?.name === name) refresh(stored.name);
    }
  }

  return {
    start() {
      // Tells at once of what is owned already. Whoever gets a cluster looks at it; whoever loses it lets go of it.
      unsubscribeOwnership = partitions.onChange(() => {
        for (const { name } of store.list(clusters)) refresh(name);
      });
      const subscription = store.subscribe({
        from: store.revision,
        onChanges: (changes) => changes.forEach(takeChange),
      });
      if (subscription.kind === 'subscribed') unsubscribe = () => subscription.unsubscribe();
    },
    async stop() {
      isStopped = true;
      unsubscribe();
      unsubscribeOwnership();
      for (const timer of later.values()) clearTimeout(timer);
      for (const name of monitored.keys()) close(name);
      await Promise.all(closing);
    },
  };
}

/** The cluster that a write is about: the Cluster itself, or its execution space. */
function clusterOf({ resource, name }: ObjectWrite): string {
  return resource.resource === namespaces.resource ? name.slice(executionNamespacePrefix.length) : name;
}

function withFinalizer(cluster: Cluster): Cluster {
  const { finalizers = [] } = cluster.metadata;
  if (finalizers.includes(clusterFinalizer) || cluster.metadata.deletionTimestamp !== undefined) return cluster;
  return { ...cluster, metadata: { ...cluster.metadata, finalizers: [...finalizers, clusterFinalizer] } };
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
