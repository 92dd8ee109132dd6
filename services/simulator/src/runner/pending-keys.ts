import type { ObjectChange } from '@flotilla/store/object-store';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import { resourceKey } from '../model/resources.ts';
import type { Controller, ObjectName, Watch } from './controller.ts';

interface Route {
  readonly keys: Map<string, ObjectName>;
  readonly watch: Watch;
}

/** Which keys of which controller have to be looked at. A key waits once, however often it's added; the set is bounded by the objects there are. */
export class PendingKeys {
  readonly resources: readonly ResourceId[];
  readonly #byController = new Map<Controller, Map<string, ObjectName>>();
  readonly #routes = new Map<string, Route[]>();

  constructor(controllers: readonly Controller[]) {
    const resources = new Map<string, ResourceId>();
    for (const controller of controllers) {
      const keys = new Map<string, ObjectName>();
      this.#byController.set(controller, keys);
      for (const watch of controller.watches) {
        const id = resourceKey(watch.resource);
        resources.set(id, watch.resource);
        const routes = this.#routes.get(id) ?? [];
        this.#routes.set(id, routes);
        routes.push({ keys, watch });
      }
    }
    this.resources = [...resources.values()];
  }

  get isEmpty(): boolean {
    for (const keys of this.#byController.values()) if (keys.size > 0) return false;
    return true;
  }

  note(change: ObjectChange): void {
    for (const { keys, watch } of this.#routes.get(resourceKey(change.object.resource)) ?? []) {
      for (const { namespace, name } of watch.keysOf(change)) keys.set(`${namespace}/${name}`, { namespace, name });
    }
  }

  add(controller: Controller, { namespace, name }: ObjectName): void {
    this.#byController.get(controller)?.set(`${namespace}/${name}`, { namespace, name });
  }

  /** Keys leave as they are read. */
  *take(controller: Controller): Generator<ObjectName> {
    const keys = this.#byController.get(controller) ?? new Map<string, ObjectName>();
    for (const [id, name] of keys) {
      keys.delete(id);
      yield name;
    }
  }
}
