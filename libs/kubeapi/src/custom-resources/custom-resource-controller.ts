import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject, Subscription } from '@flotilla/store/object-store';
import { LostRace, type Controller, type ControllerDeps } from '../controllers/controller.ts';
import { removalOf } from '../controllers/object-removal.ts';
import { ReconcileQueue } from '../controllers/reconcile-queue.ts';
import { equalJson } from '../patch/json-value.ts';
import { timestamp } from '../write/object-meta.ts';
import { customResourceCleanup, replacementOf } from '../write/update.ts';
import { definitions, type DefinedKinds } from './defined-kinds.ts';
import { definitionSpec, establishedStatus, terminatingStatus } from './definition-status.ts';

const batchSize = 200;

export interface CustomResourceDeps extends ControllerDeps {
  /** What is served in this process; started before the controller. */
  readonly definedKinds: Pick<DefinedKinds, 'problemOf'>;
}

/** Says in each CustomResourceDefinition whether it is served; deletes the objects of those that go. */
export function createCustomResourceController(deps: CustomResourceDeps): Controller {
  const { store, report, definedKinds } = deps;
  const queue = new ReconcileQueue({ name: 'custom-resources', concurrency: 2, report, reconcile });
  let subscription: Subscription | undefined;

  async function reconcile(name: string): Promise<void> {
    const stored = store.get(definitions, '', name);
    if (stored === undefined) return;
    if (stored.object.metadata.deletionTimestamp !== undefined) {
      await remove(deps, stored, queue);
      return;
    }
    const status = establishedStatus(stored.object, definedKinds.problemOf(name), timestamp(deps.now()));
    if (equalJson(status, stored.object['status'])) return;
    await write(deps, stored, { ...stored.object, status });
  }

  return {
    start() {
      const from = store.revision;
      for (const { name } of store.list(definitions)) queue.add(name);
      const result = store.subscribe({
        resources: [definitions],
        from,
        onChanges(changes) {
          const groups = new Set(changes.map(({ object }) => definitionSpec(object.object).group));
          // A name that one gives up may be what another waits for.
          for (const { name, object } of store.list(definitions)) {
            if (groups.has(definitionSpec(object).group)) queue.add(name);
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
}

async function remove(deps: CustomResourceDeps, stored: StoredObject, queue: ReconcileQueue): Promise<void> {
  const { store, now } = deps;
  const { group, names } = definitionSpec(stored.object);
  const resource = { group, resource: names.plural };
  const content = store.list(resource);
  for (let at = 0; at < content.length; at += batchSize) {
    const writes = content.slice(at, at + batchSize).flatMap((object) => removalOf(object, now()) ?? []);
    if (writes.length === 0) continue;
    // oxlint-disable-next-line no-await-in-loop
    const result = await store.commit(writes);
    if (result.kind === 'conflict') throw new LostRace(`${names.plural} changed while they were being deleted`);
  }
  if (store.count(resource) > 0) {
    const status = terminatingStatus(stored.object, timestamp(now()));
    if (!equalJson(status, stored.object['status'])) await write(deps, stored, { ...stored.object, status });
    queue.addAfter(stored.name, 2000);
    return;
  }
  const { finalizers, ...metadata } = stored.object.metadata;
  const rest = (finalizers ?? []).filter((one) => one !== customResourceCleanup);
  await write(deps, stored, {
    ...stored.object,
    metadata: rest.length === 0 ? metadata : { ...metadata, finalizers: rest },
  });
}

async function write({ store }: CustomResourceDeps, stored: StoredObject, object: KubeObject): Promise<void> {
  const result = await store.commit([replacementOf(stored, object)]);
  if (result.kind === 'conflict') throw new LostRace(`CustomResourceDefinition ${stored.name} changed`);
}
