import type { ResourceId } from '@flotilla/kinds/kind-definition';
import { createIndexer, type Indexer } from '@flotilla/store/indexer';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';
import { controllerOf } from '../model/object-write.ts';
import { podOf } from '../model/pod.ts';
import { controllerRevisions, jobs, pods, replicaSets, resourceKey, services } from '../model/resources.ts';

/** What the controllers decide on: the stored objects and a few indexes over them. Current with everything committed. */
export interface ClusterView {
  get(resource: ResourceId, namespace: string, name: string): StoredObject | undefined;
  list(resource: ResourceId, namespace?: string): readonly StoredObject[];
  /** Objects whose controller reference names this uid. Pods, ReplicaSets, Jobs and ControllerRevisions are indexed. */
  ownedBy(resource: ResourceId, ownerUid: string): readonly StoredObject[];
  podsOnNode(name: string): readonly StoredObject[];
  /** Pods of a namespace that have all these labels. Costs what its rarest label has. */
  podsWithLabels(namespace: string, labels: Readonly<Record<string, string>>): readonly StoredObject[];
  /** Services whose selector the labels satisfy. */
  servicesSelecting(namespace: string, labels: Readonly<Record<string, string>> | undefined): readonly StoredObject[];
  close(): void;
}

const none: readonly StoredObject[] = [];

export function createClusterView(store: ObjectStore): ClusterView {
  const owners = new Map<string, Indexer>(
    [pods, replicaSets, jobs, controllerRevisions].map((resource) => [
      resourceKey(resource),
      createIndexer(store, { resource, keysOf: ({ object }) => uidsOf(controllerOf(object)?.uid) }),
    ]),
  );
  const byNode = createIndexer(store, { resource: pods, keysOf: (pod) => uidsOf(podOf(pod).spec.nodeName) });
  const byLabel = createIndexer(store, {
    resource: pods,
    keysOf: ({ namespace, object }) => labelKeys(namespace, object.metadata.labels),
  });
  const bySelector = createIndexer(store, {
    resource: services,
    keysOf: (service) => labelKeys(service.namespace, selectorOf(service)).slice(0, 1),
  });

  return {
    get: (resource, namespace, name) => store.get(resource, namespace, name),
    list: (resource, namespace) => store.list(resource, namespace),
    ownedBy: (resource, ownerUid) => owners.get(resourceKey(resource))?.get(ownerUid) ?? none,
    podsOnNode: (name) => byNode.get(name),
    podsWithLabels(namespace, labels) {
      const [rarest] = labelKeys(namespace, labels).toSorted((a, b) => byLabel.count(a) - byLabel.count(b));
      if (rarest === undefined) return store.list(pods, namespace);
      return byLabel.get(rarest).filter(({ object }) => hasLabels(object.metadata.labels, labels));
    },
    servicesSelecting(namespace, labels) {
      return labelKeys(namespace, labels)
        .flatMap((key) => bySelector.get(key))
        .filter((service) => hasLabels(labels, selectorOf(service) ?? {}));
    },
    close() {
      for (const indexer of [...owners.values(), byNode, byLabel, bySelector]) indexer.close();
    },
  };
}

function uidsOf(uid: string | undefined): readonly string[] {
  return uid === undefined || uid === '' ? [] : [uid];
}

function labelKeys(namespace: string, labels: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(labels ?? {}).map(([key, value]) => `${namespace}/${key}=${value}`);
}

function selectorOf({ object }: StoredObject): Readonly<Record<string, string>> | undefined {
  return (object['spec'] as { readonly selector?: Readonly<Record<string, string>> } | undefined)?.selector;
}

function hasLabels(
  labels: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}
