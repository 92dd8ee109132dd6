/** Keeps one monitor per push member, and the life cycle of Cluster objects: execution space, finalizer, removal when a cluster leaves. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { clusterSecretNamespace, executionNamespacePrefix } from '@flotilla/kinds/karmada/well-known';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { endpointOf } from '@flotilla/member/endpoint';
import type { MemberClient, MemberEndpoint } from '@flotilla/member/member-client';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';

import { ClusterMonitor } from './cluster-monitor.ts';
import type { HealthThresholds } from './health.ts';
import { isInUse } from './cluster-usage.ts';

export interface RegistryDeps {
  readonly store: ObjectStore;
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

interface Monitored {
  readonly monitor: ClusterMonitor;
  readonly client: MemberClient;
  readonly endpointKey: string;
}

export function createRegistry(deps: RegistryDeps, options: RegistryOptions): Registry {
  const { store, report } = deps;
  const monitored = new Map<string, Monitored>();
  const closing = new Set<Promise<void>>();
  let unsubscribe = (): void => undefined;

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
    const stored = store.get(clusters, '', name);
    const cluster = stored?.object as Cluster | undefined;
    if (stored === undefined || cluster === undefined) {
      close(name);
      return;
    }
    void settle(stored, cluster).catch((error: unknown) => warn('cluster could not be set up', name, error));
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

  /** Finalizer and execution space of a cluster that is here; removal of one that leaves and is no longer in use. */
  async function settle(stored: StoredObject, cluster: Cluster): Promise<void> {
    if (cluster.metadata.deletionTimestamp !== undefined) {
      if (!isInUse(store, stored.name)) await remove(stored, cluster);
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

  return {
    start() {
      for (const { name } of store.list(clusters)) refresh(name);
      const subscription = store.subscribe({
        from: store.revision,
        onChanges(changes) {
          for (const { object } of changes) {
            const { group, resource } = object.resource;
            if (group === clusters.group && resource === clusters.resource) refresh(object.name);
            else if (group === '' && resource === 'secrets' && object.namespace === clusterSecretNamespace) {
              for (const stored of store.list(clusters)) {
                if ((stored.object as Cluster).spec.secretRef?.name === object.name) refresh(stored.name);
              }
            } else if (group === 'work.karmada.io' && isAnyLeaving(store)) refreshLeaving();
          }
        },
      });
      if (subscription.kind === 'subscribed') unsubscribe = () => subscription.unsubscribe();
    },
    async stop() {
      unsubscribe();
      for (const name of monitored.keys()) close(name);
      await Promise.all(closing);
    },
  };

  function refreshLeaving(): void {
    for (const stored of store.list(clusters)) {
      if (stored.object.metadata.deletionTimestamp !== undefined) refresh(stored.name);
    }
  }
}

function isAnyLeaving(store: ObjectStore): boolean {
  return store.list(clusters).some(({ object }) => object.metadata.deletionTimestamp !== undefined);
}

function withFinalizer(cluster: Cluster): Cluster {
  const { finalizers = [] } = cluster.metadata;
  if (finalizers.includes(clusterFinalizer) || cluster.metadata.deletionTimestamp !== undefined) return cluster;
  return { ...cluster, metadata: { ...cluster.metadata, finalizers: [...finalizers, clusterFinalizer] } };
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
