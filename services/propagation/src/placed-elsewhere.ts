/** What bindings of other replicas place where: Works that users make yield to them. Kept only where there are such Works. */
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { ObjectChange, ObjectStore } from '@flotilla/store/object-store';
import type { Binding } from '@flotilla/works/binding';
import { storeKey } from '@flotilla/works/store-key';
import { WorkIndex } from '@flotilla/works/work-index';

export interface PlacedElsewhereDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  /** Whether the binding is this replica's. */
  readonly owns: (key: string) => boolean;
}

export class PlacedElsewhere {
  readonly #deps: PlacedElsewhereDeps;
  #index: WorkIndex | undefined;

  constructor(deps: PlacedElsewhereDeps) {
    this.#deps = deps;
  }

  has(cluster: string, { apiVersion, resource, namespace, name }: ObjectTarget): boolean {
    this.#index ??= new WorkIndex(this.#deps.store, this.#deps.kinds);
    const { group } = parseApiVersion(apiVersion);
    const found = this.#index.ofTemplate(storeKey({ resource: { group, resource }, namespace, name }));
    return found?.clusters.includes(cluster) === true && !this.#deps.owns(found.key);
  }

  /** Takes a changed binding in. Answers the key of the object that it places if that is another replica's to place. */
  take({ type, object }: ObjectChange): string | undefined {
    if (this.#index === undefined) return undefined;
    if (type === 'DELETED') this.#index.remove(storeKey(object));
    else this.#index.set(object);
    return this.#deps.owns(storeKey(object)) ? undefined : this.#targetKeyOf(object.object as Binding);
  }

  #targetKeyOf(binding: Binding): string | undefined {
    const { apiVersion, kind, namespace = '', name = '' } = binding.spec.resource;
    const { group, version } = parseApiVersion(apiVersion);
    const definition = this.#deps.kinds.byKind(group, version, kind);
    return definition && targetKey({ apiVersion, kind, resource: definition.plural, namespace, name });
  }
}
