import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';
import type { OverrideScope } from '@flotilla/rendering/override-index';
import { workName } from '@flotilla/rendering/work-identity';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';

import type { Binding } from './binding.ts';
import { storeKey } from './store-key.ts';
import { clusterResourceBindings, resourceBindings } from './resources.ts';
import { TemplateIndex } from './template-index.ts';
import { planWorks } from './work-plan.ts';

/** What is remembered of a binding: enough to find it from any side. Holds no manifest. */
export interface IndexedBinding {
  readonly key: string;
  readonly stored: StoredObject;
  readonly workName: string;
  readonly templateKey: string;
  readonly clusters: readonly string[];
}

/** Bindings by what their Works are asked for: cluster, name, template. Costs a few strings a binding. */
export class WorkIndex {
  readonly #kinds: KindRegistry;
  readonly #byKey = new Map<string, IndexedBinding>();
  readonly #byCluster = new Map<string, Set<string>>();
  readonly #byWorkName = new Map<string, string>();
  readonly #byTemplate = new Map<string, string>();
  readonly #templates: TemplateIndex<string>;

  constructor(store: ObjectStore, kinds: KindRegistry) {
    this.#kinds = kinds;
    this.#templates = new TemplateIndex(kinds);
    for (const resource of [resourceBindings, clusterResourceBindings]) {
      for (const stored of store.list(resource)) this.set(stored);
    }
  }

  get(key: string): IndexedBinding | undefined {
    return this.#byKey.get(key);
  }

  /** Those whose template the scope of an override policy may match. */
  selectedBy(scope: OverrideScope): readonly IndexedBinding[] {
    return this.#templates.selectedBy(scope).flatMap((key) => this.#byKey.get(key) ?? []);
  }

  named(name: string): IndexedBinding | undefined {
    return this.#byKey.get(this.#byWorkName.get(name) ?? '');
  }

  ofTemplate(templateKey: string): IndexedBinding | undefined {
    return this.#byKey.get(this.#byTemplate.get(templateKey) ?? '');
  }

  /** Two bindings of one template (a mistake) would make two Works of one name: only the newer one counts. */
  isShown({ key, workName: name }: IndexedBinding): boolean {
    return this.#byWorkName.get(name) === key;
  }

  *in(cluster: string): Iterable<IndexedBinding> {
    for (const key of this.#byCluster.get(cluster) ?? []) {
      const entry = this.#byKey.get(key);
      if (entry !== undefined) yield entry;
    }
  }

  clusters(): readonly string[] {
    return [...this.#byCluster.keys()].toSorted();
  }

  set(stored: StoredObject): void {
    const key = storeKey(stored);
    const binding = stored.object as Binding;
    const known = this.#byKey.get(key);
    if (known !== undefined && isSamePlan(known.stored.object as Binding, binding)) {
      // Most writes are of status.
      this.#byKey.set(key, { ...known, stored });
      return;
    }
    this.remove(key);
    const entry: IndexedBinding = {
      key,
      stored,
      workName: workNameOf(binding),
      templateKey: templateKeyOf(binding, this.#kinds),
      clusters: [...planWorks(binding).keys()],
    };
    this.#byKey.set(key, entry);
    this.#byWorkName.set(entry.workName, key);
    this.#byTemplate.set(entry.templateKey, key);
    this.#templates.set(entry.templateKey, key);
    for (const cluster of entry.clusters) {
      const known = this.#byCluster.get(cluster);
      if (known === undefined) this.#byCluster.set(cluster, new Set([key]));
      else known.add(key);
    }
  }

  remove(key: string): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return;
    this.#byKey.delete(key);
    if (this.#byWorkName.get(entry.workName) === key) this.#byWorkName.delete(entry.workName);
    if (this.#byTemplate.get(entry.templateKey) === key) this.#byTemplate.delete(entry.templateKey);
    this.#templates.remove(entry.templateKey, key);
    for (const cluster of entry.clusters) {
      const keys = this.#byCluster.get(cluster);
      keys?.delete(key);
      if (keys?.size === 0) this.#byCluster.delete(cluster);
    }
  }
}

function isSamePlan(before: Binding, after: Binding): boolean {
  return before.spec === after.spec && before.metadata.deletionTimestamp === after.metadata.deletionTimestamp;
}

/** A function of what the binding refers to, so the template need not be there. */
export function workNameOf(binding: Binding): string {
  const { apiVersion, kind, namespace = '', name = '' } = binding.spec.resource;
  return workName({ apiVersion, kind, metadata: { namespace, name } });
}

/** Empty when the kind is not served here. */
export function templateKeyOf(binding: Binding, kinds: KindRegistry): string {
  const { apiVersion, kind, namespace = '', name = '' } = binding.spec.resource;
  const { group, version } = parseApiVersion(apiVersion);
  const definition = kinds.byKind(group, version, kind);
  if (definition === undefined) return '';
  return storeKey({ resource: { group, resource: definition.plural }, namespace, name });
}
