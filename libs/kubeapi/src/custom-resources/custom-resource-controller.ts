import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject, Subscription } from '@flotilla/store/object-store';
import { LostRace, type Controller, type ControllerDeps } from '../controllers/controller.ts';
import { removalOf } from '../controllers/object-removal.ts';
import { ReconcileQueue } from '../controllers/reconcile-queue.ts';
import { isSameJson } from '../write/json-value.ts';
import { timestamp } from '../write/object-meta.ts';
import { customResourceCleanup, replacementOf } from '../write/update.ts';
import { definitionSpec, establishedStatus, terminatingStatus, type DefinitionSpec } from './definition-status.ts';

export const definitions = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };
const batchSize = 200;

export interface CustomResourceDeps extends ControllerDeps {
  /** The kinds (one for each served version) that a CustomResourceDefinition defines. Throws for schemas that can't be compiled. */
  readonly kindsOf: (definition: KubeObject) => readonly KindDefinition[];
}

/** Serves what CustomResourceDefinitions define, as soon as they are there; deletes the objects of those that go. */
export function createCustomResourceController(deps: CustomResourceDeps): Controller {
  const { store, report } = deps;
  const served = new ServedKinds(deps.kinds);
  const queue = new ReconcileQueue({ name: 'custom-resources', concurrency: 2, report, reconcile });
  let subscription: Subscription | undefined;

  function serve(stored: StoredObject): void {
    const { object } = stored;
    if (conflictOf(deps.kinds, served, stored.name, definitionSpec(object)) !== undefined) return;
    try {
      served.replace(stored.name, deps.kindsOf(object));
    } catch (error) {
      report({ kind: 'controller-error', controller: 'custom-resources', key: stored.name, error });
    }
  }

  async function reconcile(name: string): Promise<void> {
    const stored = store.get(definitions, '', name);
    if (stored === undefined) {
      served.replace(name, []);
      return;
    }
    if (stored.object.metadata.deletionTimestamp !== undefined) {
      await remove(deps, stored, queue);
      return;
    }
    const problem = conflictOf(deps.kinds, served, name, definitionSpec(stored.object));
    const status = establishedStatus(stored.object, problem, timestamp(deps.now()));
    if (isSameJson(status, stored.object['status'])) return;
    await write(deps, stored, { ...stored.object, status });
  }

  return {
    start() {
      const from = store.revision;
      for (const stored of store.list(definitions)) {
        serve(stored);
        queue.add(stored.name);
      }
      const result = store.subscribe({
        resources: [definitions],
        from,
        onChanges(changes) {
          for (const { type, object } of changes) {
            if (type === 'DELETED') served.replace(object.name, []);
            else serve(object);
            queue.add(object.name);
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

/** Which kinds in the registry came from which definition. */
class ServedKinds {
  readonly #kinds: KindRegistry;
  readonly #byDefinition = new Map<string, readonly KindDefinition[]>();

  constructor(kinds: KindRegistry) {
    this.#kinds = kinds;
  }

  of(name: string): readonly KindDefinition[] {
    return this.#byDefinition.get(name) ?? [];
  }

  replace(name: string, next: readonly KindDefinition[]): void {
    for (const old of this.of(name)) {
      const isKept = next.some((kind) => kind.version === old.version && kind.plural === old.plural);
      if (!isKept) this.#kinds.unregister(old.group, old.version, old.plural);
    }
    for (const kind of next) this.#kinds.register(kind);
    if (next.length === 0) this.#byDefinition.delete(name);
    else this.#byDefinition.set(name, next);
  }
}

/** Why the names can't be accepted: another kind of the group has one of them. */
function conflictOf(kinds: KindRegistry, served: ServedKinds, name: string, spec: DefinitionSpec): string | undefined {
  const own = new Set(served.of(name));
  for (const other of kinds.all()) {
    if (other.group !== spec.group || own.has(other)) continue;
    if (other.plural === spec.names.plural) return `"${spec.names.plural}" is already in use`;
    if (other.kind === spec.names.kind) return `"${spec.names.kind}" is already in use`;
  }
  return undefined;
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
    if (!isSameJson(status, stored.object['status'])) await write(deps, stored, { ...stored.object, status });
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
