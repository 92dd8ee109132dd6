import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { MemberClient } from '@flotilla/member/member-client';
import { MemberSync } from '@flotilla/member/member-sync';
import type { MemberSyncDeps } from '@flotilla/member/member-sync';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';
import { endpointOf } from '@flotilla/member/endpoint';

import type { ConnectMember } from './ports.ts';
import { clusters, secrets } from '@flotilla/works/resources';

/** What the link reports, told with the cluster's name. */
export type MemberEvents = Pick<MemberSyncDeps, 'bodyForUpdate' | 'compare' | 'withoutMarks' | 'isManaged'> & {
  readonly onOutcome: (cluster: string, ...args: Parameters<MemberSyncDeps['onOutcome']>) => void;
  readonly onObserved: (cluster: string, ...args: Parameters<MemberSyncDeps['onObserved']>) => void;
  readonly onUnclaimed: (cluster: string, ...args: Parameters<MemberSyncDeps['onUnclaimed']>) => void;
  readonly onReachable: (cluster: string, isReachable: boolean, message: string) => void;
};

export interface MembersDeps {
  readonly store: ObjectStore;
  readonly connect: ConnectMember;
  readonly events: MemberEvents;
  readonly random: () => number;
  readonly managedSelector: string;
  /** A link was opened (or opened anew with other credentials): everything about this cluster has to be looked at. */
  readonly onOpened: (cluster: string) => void;
}

interface Link {
  readonly sync: MemberSync;
  readonly client: MemberClient;
  /** Made from what: the Cluster's identity, address and credentials. */
  readonly endpointKey: string;
}

/** One link per push member, following Cluster objects and their Secrets. */
export class Members {
  readonly #deps: MembersDeps;
  readonly #links = new Map<string, Link>();
  readonly #closing = new Set<Promise<void>>();

  constructor(deps: MembersDeps) {
    this.#deps = deps;
  }

  /** The engine of a member; `undefined` for clusters that are unknown, pulled by an agent, or without credentials. */
  sync(cluster: string): MemberSync | undefined {
    return this.#links.get(cluster)?.sync;
  }

  names(): readonly string[] {
    return [...this.#links.keys()];
  }

  all(): Iterable<MemberSync> {
    return this.#links.values().map(({ sync }) => sync);
  }

  /** Whether any member is being written to; what waits for one that is away holds up nobody. */
  get isBusy(): boolean {
    return this.#links.values().some(({ sync }) => sync.isBusy);
  }

  /** Brings the link in line with the Cluster object and its Secret. */
  refresh(name: string): void {
    const stored = this.#deps.store.get(clusters, '', name);
    const cluster = stored?.object as Cluster | undefined;
    const endpoint =
      cluster?.spec.syncMode === 'Push' ? endpointOf(cluster, this.#secretOf(cluster)?.object) : undefined;
    if (cluster === undefined || endpoint === undefined) {
      this.#close(name);
      return;
    }
    const endpointKey = JSON.stringify([cluster.metadata.uid, endpoint]);
    const link = this.#links.get(name);
    if (link?.endpointKey === endpointKey) {
      if (isReady(cluster)) link.sync.nudge();
      return;
    }
    this.#close(name);
    this.#open(name, this.#deps.connect(endpoint), endpointKey);
  }

  /** Clusters whose credentials stand in this Secret. */
  refreshBySecret(namespace: string, name: string): void {
    for (const stored of this.#deps.store.list(clusters)) {
      const { secretRef } = (stored.object as Cluster).spec;
      if (secretRef?.name === name && secretRef.namespace === namespace) this.refresh(stored.name);
    }
  }

  async stop(): Promise<void> {
    for (const name of this.names()) this.#close(name);
    await Promise.all(this.#closing);
  }

  #secretOf(cluster: Cluster): StoredObject | undefined {
    const { secretRef } = cluster.spec;
    return this.#deps.store.get(secrets, secretRef?.namespace ?? '', secretRef?.name ?? '');
  }

  #open(name: string, client: MemberClient, endpointKey: string): void {
    const { events, random, managedSelector } = this.#deps;
    const sync = new MemberSync(
      {
        ...events,
        client,
        random,
        onOutcome: (...args) => events.onOutcome(name, ...args),
        onObserved: (...args) => events.onObserved(name, ...args),
        onUnclaimed: (...args) => events.onUnclaimed(name, ...args),
        onReachable: (...args) => events.onReachable(name, ...args),
      },
      { managedSelector },
    );
    this.#links.set(name, { sync, client, endpointKey });
    this.#deps.onOpened(name);
  }

  #close(name: string): void {
    const link = this.#links.get(name);
    if (link === undefined) return;
    this.#links.delete(name);
    // Together: requests that wait for a member that hangs end with its connections.
    const closing = Promise.all([link.sync.stop(), link.client.close()]).then(() => undefined);
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

function isReady(cluster: Cluster): boolean {
  return cluster.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
