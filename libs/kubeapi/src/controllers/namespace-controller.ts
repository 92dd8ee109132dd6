import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject, Subscription } from '@flotilla/store/object-store';
import { replacementOf } from '../write/update.ts';
import { timestamp } from '../write/object-meta.ts';
import { LostRace, type Controller, type ControllerDeps } from './controller.ts';
import { removalOf } from './object-removal.ts';
import { ReconcileQueue } from './reconcile-queue.ts';

const namespaces: ResourceId = { group: '', resource: 'namespaces' };
const batchSize = 200;

/** Empties namespaces that are being deleted, then lets them go. Also clears what was written into a namespace in the moment it went. */
export function createNamespaceController(deps: ControllerDeps): Controller {
  const { store, report } = deps;
  const queue = new ReconcileQueue({
    name: 'namespace',
    concurrency: 2,
    report,
    reconcile: (name) => reconcile(deps, name, queue),
  });
  /** Namespaces of which something may have to be removed: only their changes matter. */
  const ending = new Set<string>();
  let subscription: Subscription | undefined;
  return {
    start() {
      const from = store.revision;
      for (const namespace of store.list(namespaces)) if (isEnding(namespace.object)) note(namespace.name);
      const result = store.subscribe({
        from,
        onChanges(changes) {
          for (const { type, object } of changes) {
            if (object.resource.resource === 'namespaces' && object.resource.group === '') {
              if (type === 'DELETED') ending.delete(object.name);
              else if (isEnding(object.object)) note(object.name);
            } else if (object.namespace !== '') {
              if (ending.has(object.namespace)) queue.add(object.namespace);
              else if (type === 'ADDED' && store.get(namespaces, '', object.namespace) === undefined)
                queue.add(object.namespace);
            }
          }
        },
      });
      if (result.kind === 'subscribed') subscription = result;
    },
    stop() {
      subscription?.unsubscribe();
      queue.stop();
    },
    idle: () => queue.idle(),
  };

  function note(name: string): void {
    ending.add(name);
    queue.add(name);
  }
}

function isEnding(namespace: KubeObject): boolean {
  return namespace.metadata.deletionTimestamp !== undefined;
}

async function reconcile(deps: ControllerDeps, name: string, queue: ReconcileQueue): Promise<void> {
  const { store } = deps;
  const namespace = store.get(namespaces, '', name);
  if (namespace !== undefined && !isEnding(namespace.object)) return;
  const isEmpty = await clear(deps, name);
  if (!isEmpty) {
    // Finalizers and grace periods of what is left end in their own time; their removal wakes this up.
    queue.addAfter(name, 5000);
    return;
  }
  if (namespace !== undefined) await letGo(deps, namespace);
}

/** True when nothing is left. */
async function clear(deps: ControllerDeps, name: string): Promise<boolean> {
  const { store, kinds, now } = deps;
  const seen = new Set<string>();
  let isEmpty = true;
  for (const kind of kinds.all()) {
    const resource = { group: kind.group, resource: kind.plural };
    const key = `${kind.plural}.${kind.group}`;
    if (!kind.isNamespaced || seen.has(key)) continue;
    seen.add(key);
    const content = store.list(resource, name);
    for (let at = 0; at < content.length; at += batchSize) {
      const writes = content.slice(at, at + batchSize).flatMap((object) => removalOf(object, now()) ?? []);
      if (writes.length === 0) continue;
      // oxlint-disable-next-line no-await-in-loop
      const result = await store.commit(writes);
      if (result.kind === 'conflict')
        throw new LostRace(`${key} ${result.write.name} changed while its namespace was being emptied`);
    }
    if (store.list(resource, name).length > 0) isEmpty = false;
  }
  return isEmpty;
}

async function letGo({ store, now }: ControllerDeps, namespace: StoredObject): Promise<void> {
  const spec = namespace.object['spec'] as { readonly finalizers?: readonly string[] } | undefined;
  const finalizers = (spec?.finalizers ?? []).filter((one) => one !== 'kubernetes');
  const object: KubeObject = {
    ...namespace.object,
    spec: finalizers.length === 0 ? {} : { ...spec, finalizers },
    status: { phase: 'Terminating', conditions: emptiedConditions(now()) },
  };
  const result = await store.commit([replacementOf(namespace, object)]);
  if (result.kind === 'conflict') throw new LostRace(`namespace ${namespace.name} changed while it was being let go`);
}

function emptiedConditions(nowMs: number): readonly object[] {
  return [
    ['NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'],
    [
      'NamespaceDeletionContentFailure',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    ['NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'],
    ['NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ].map(([type, reason, message]) => ({
    type,
    status: 'False',
    lastTransitionTime: timestamp(nowMs),
    reason,
    message,
  }));
}
