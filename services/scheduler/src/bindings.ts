/** Bindings by their template, kept current with the store. */
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { ObjectStore, StoredObject } from '@flotilla/store/object-store';
import { bindingOf } from './binding.ts';
import { locate, templateKey, type TemplateKey } from './template-key.ts';

export interface Bindings {
  /** Takes in a binding; tells its template's key, `undefined` while the template's kind isn't served. */
  set(stored: StoredObject): TemplateKey | undefined;
  remove(stored: StoredObject): TemplateKey | undefined;
  /** The live object, read from the store at this moment. */
  of(key: TemplateKey): StoredObject | undefined;
  has(key: TemplateKey): boolean;
  entries(): Iterable<readonly [TemplateKey, StoredObject]>;
  /** Kinds have come: bindings whose template couldn't be told are looked at again. */
  resolve(): readonly TemplateKey[];
}

export function createBindings(store: ObjectStore, kinds: KindRegistry): Bindings {
  const byTemplate = new Map<TemplateKey, StoredObject>();
  const unresolved = new Map<string, StoredObject>();

  function set(stored: StoredObject): TemplateKey | undefined {
    const location = locate(bindingOf(stored).spec.resource, kinds);
    if (location === undefined) {
      unresolved.set(bindingKey(stored), stored);
      return undefined;
    }
    unresolved.delete(bindingKey(stored));
    const key = templateKey(location);
    byTemplate.set(key, stored);
    return key;
  }

  return {
    set,
    remove(stored) {
      unresolved.delete(bindingKey(stored));
      const location = locate(bindingOf(stored).spec.resource, kinds);
      if (location === undefined) return undefined;
      const key = templateKey(location);
      if (byTemplate.get(key)?.name === stored.name) byTemplate.delete(key);
      return key;
    },
    of(key) {
      const known = byTemplate.get(key);
      return known === undefined ? undefined : store.get(known.resource, known.namespace, known.name);
    },
    has: (key) => byTemplate.has(key),
    entries: () => byTemplate,
    resolve: () => [...unresolved.values()].map(set).filter((key) => key !== undefined),
  };
}

/** `namespace/name`, or the name alone for cluster-scoped ones: distinct, because names have no slash. */
export function bindingKey({ namespace, name }: Pick<StoredObject, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
