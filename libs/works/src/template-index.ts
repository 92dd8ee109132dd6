import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { OverrideScope } from '@flotilla/rendering/override-index';

/** Anything kept for templates, found by what an override policy may select: by name, else by kind and namespace. Keys are store keys (`group/resource/namespace/name`). */
export class TemplateIndex<T> {
  readonly #kinds: KindRegistry;
  /** `group/resource` → namespace → name. */
  readonly #items = new Map<string, Map<string, Map<string, T>>>();

  constructor(kinds: KindRegistry) {
    this.#kinds = kinds;
  }

  /** Replaces what was kept for this template. */
  set(templateKey: string, item: T): void {
    const { resource, namespace, name } = partsOf(templateKey);
    const spaces = this.#items.get(resource) ?? new Map<string, Map<string, T>>();
    this.#items.set(resource, spaces);
    const names = spaces.get(namespace) ?? new Map<string, T>();
    spaces.set(namespace, names);
    names.set(name, item);
  }

  /** Nothing happens if another item has taken the place. */
  remove(templateKey: string, item: T): void {
    const { resource, namespace, name } = partsOf(templateKey);
    const spaces = this.#items.get(resource);
    const names = spaces?.get(namespace);
    if (spaces === undefined || names === undefined || names.get(name) !== item) return;
    names.delete(name);
    if (names.size === 0) spaces.delete(namespace);
    if (spaces.size === 0) this.#items.delete(resource);
  }

  /** Candidates: the scope itself has the exact test. A snapshot: what is done with it may change the index. */
  selectedBy({ selectors, namespace }: Pick<OverrideScope, 'selectors' | 'namespace'>): readonly T[] {
    const found = new Set<T>();
    const add = (spaces: ReadonlyMap<string, ReadonlyMap<string, T>>, inNamespace?: string, name?: string): void => {
      const reached = inNamespace === undefined ? [...spaces.values()] : [spaces.get(inNamespace)];
      for (const names of reached) {
        if (name === undefined) for (const item of names?.values() ?? []) found.add(item);
        else if (names?.has(name) === true) found.add(names.get(name) as T);
      }
    };
    if (selectors === undefined) for (const spaces of this.#items.values()) add(spaces, namespace);
    for (const selector of selectors ?? []) {
      const { group, version } = parseApiVersion(selector.apiVersion);
      const plural = this.#kinds.byKind(group, version, selector.kind)?.plural;
      const spaces = this.#items.get(`${group}/${plural ?? ''}`);
      if (spaces !== undefined) add(spaces, selector.namespace ?? namespace, selector.name);
    }
    return [...found];
  }

  /** One item for each resource that there is any of. */
  *samples(): Iterable<T> {
    for (const spaces of this.#items.values()) {
      for (const names of spaces.values()) {
        yield* names.values().take(1);
        break;
      }
    }
  }
}

function partsOf(templateKey: string): {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
} {
  const [group = '', resource = '', namespace = '', ...name] = templateKey.split('/');
  return { resource: `${group}/${resource}`, namespace, name: name.join('/') };
}
