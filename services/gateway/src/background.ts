/** The background loops of the API. One replica runs them, whichever owns them; the others stand by. */
import { createEventExpiry } from '@flotilla/kubeapi/controllers/event-expiry';
import type { Controller, ControllerDeps } from '@flotilla/kubeapi/controllers/controller';
import { createNamespaceController } from '@flotilla/kubeapi/controllers/namespace-controller';
import { createRoleAggregation } from '@flotilla/kubeapi/controllers/role-aggregation';
import { createServiceAccountController } from '@flotilla/kubeapi/controllers/service-account-controller';
import { createCustomResourceController } from '@flotilla/kubeapi/custom-resources/custom-resource-controller';
import type { DefinedKinds } from '@flotilla/kubeapi/custom-resources/defined-kinds';
import { createGarbageCollector } from '@flotilla/kubeapi/garbage-collection/garbage-collector';
import type { Partitions } from '@flotilla/lease/partitions';
import { createOwnedStore } from '@flotilla/store/owned-store';

/** All loops are one piece of work. */
const key = 'controllers';

export interface BackgroundDeps extends ControllerDeps {
  readonly definedKinds: DefinedKinds;
  readonly partitions: Partitions;
}

export interface BackgroundOptions {
  readonly hasDefaultServiceAccounts: boolean;
}

export function createBackground(deps: BackgroundDeps, options: BackgroundOptions): Controller {
  const { partitions } = deps;
  const store = createOwnedStore({ store: deps.store, epochOf: (each) => partitions.epochOf(each), keyOf: () => key });
  let running: readonly Controller[] = [];
  let unsubscribe = (): void => undefined;

  function follow(): void {
    if (!partitions.owns(key)) stop();
    else if (running.length === 0) {
      // New ones: whoever begins looks at everything.
      running = controllersOf({ ...deps, store }, options);
      for (const controller of running) controller.start();
    }
  }

  function stop(): void {
    for (const controller of running) controller.stop();
    running = [];
  }

  return {
    start() {
      unsubscribe = partitions.onChange(follow);
    },
    stop() {
      unsubscribe();
      stop();
    },
    async idle() {
      for (const controller of running) {
        // oxlint-disable-next-line no-await-in-loop
        await controller.idle();
      }
    },
  };
}

function controllersOf(deps: BackgroundDeps, { hasDefaultServiceAccounts }: BackgroundOptions): readonly Controller[] {
  return [
    createCustomResourceController(deps),
    createNamespaceController(deps),
    createGarbageCollector(deps),
    createRoleAggregation(deps),
    ...(hasDefaultServiceAccounts ? [createServiceAccountController(deps)] : []),
    createEventExpiry(deps),
  ];
}
