import type { Subscription } from '@flotilla/store/object-store';
import { ensureObjects } from '../bootstrap/ensure-objects.ts';
import type { Controller, ControllerDeps } from './controller.ts';
import { ReconcileQueue } from './reconcile-queue.ts';

const namespaces = { group: '', resource: 'namespaces' };
const serviceAccounts = { group: '', resource: 'serviceaccounts' };

/** Every namespace has a ServiceAccount `default`. */
export function createServiceAccountController(deps: ControllerDeps): Controller {
  const { store, report } = deps;
  const queue = new ReconcileQueue({ name: 'service-account', concurrency: 4, report, reconcile });
  let subscription: Subscription | undefined;

  async function reconcile(namespace: string): Promise<void> {
    const found = store.get(namespaces, '', namespace);
    if (found === undefined || found.object.metadata.deletionTimestamp !== undefined) return;
    await ensureObjects(deps, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }]);
  }

  return {
    start() {
      const result = store.subscribe({
        resources: [namespaces, serviceAccounts],
        from: store.revision,
        onChanges(changes) {
          for (const { type, object } of changes) {
            if (object.resource.resource === 'namespaces') queue.add(object.name);
            else if (type === 'DELETED' && object.name === 'default') queue.add(object.namespace);
          }
        },
      });
      if (result.kind === 'subscribed') subscription = result;
      for (const namespace of store.list(namespaces)) queue.add(namespace.name);
    },
    stop() {
      subscription?.unsubscribe();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}
