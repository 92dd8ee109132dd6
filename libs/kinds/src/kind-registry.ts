import { formatApiVersion } from './kube-object.ts';
import type { KindDefinition, KindRegistry } from './kind-definition.ts';

/**
 * Registering a kind again replaces it. Versions of a resource come newest first in Kubernetes' order: stable before beta before alpha, then by number.
 * Listeners are called after every later change, in the order they came.
 */
export function createKindRegistry(definitions: readonly KindDefinition[] = []): KindRegistry {
  const byResource = new Map<string, KindDefinition>();
  const byKind = new Map<string, KindDefinition>();
  const versions = new Map<string, readonly KindDefinition[]>();
  const listeners = new Set<() => void>();
  let ordered: readonly KindDefinition[] | undefined;

  function insert(definition: KindDefinition): void {
    const { group, version, plural, kind } = definition;
    remove(group, version, plural);
    byResource.set(keyOf(group, version, plural), definition);
    byKind.set(keyOf(group, version, kind), definition);
    const family = `${group}/${plural}`;
    versions.set(family, [...(versions.get(family) ?? []), definition].toSorted(byVersionPriority));
  }

  function remove(group: string, version: string, plural: string): boolean {
    const key = keyOf(group, version, plural);
    const previous = byResource.get(key);
    if (previous === undefined) return false;
    byResource.delete(key);
    const kindKey = keyOf(group, version, previous.kind);
    if (byKind.get(kindKey) === previous) byKind.delete(kindKey);
    const family = `${group}/${plural}`;
    const others = (versions.get(family) ?? []).filter((candidate) => candidate !== previous);
    if (others.length === 0) versions.delete(family);
    else versions.set(family, others);
    return true;
  }

  function changed(): void {
    ordered = undefined;
    for (const listener of listeners) listener();
  }

  for (const definition of definitions) insert(definition);

  return {
    byResource: (group, version, plural) => byResource.get(keyOf(group, version, plural)),
    byKind: (group, version, kind) => byKind.get(keyOf(group, version, kind)),
    versions: (group, plural) => versions.get(`${group}/${plural}`) ?? [],
    all: () => (ordered ??= [...byResource.values()]),
    register(definition) {
      insert(definition);
      changed();
    },
    unregister(group, version, plural) {
      if (remove(group, version, plural)) changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function keyOf(group: string, version: string, name: string): string {
  return `${formatApiVersion(group, version)}/${name}`;
}

function byVersionPriority(left: KindDefinition, right: KindDefinition): number {
  return compareKubeVersions(left.version, right.version);
}

const versionPattern = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Negative when `left` is preferred: v2 < v1 < v1beta2 < v1beta1 < v1alpha1 < anything else by name. */
export function compareKubeVersions(left: string, right: string): number {
  const a = versionPattern.exec(left);
  const b = versionPattern.exec(right);
  if (a === null || b === null) {
    if (a !== null) return -1;
    if (b !== null) return 1;
    return left < right ? -1 : Number(left > right);
  }
  return stabilityOf(b[2]) - stabilityOf(a[2]) || Number(b[1]) - Number(a[1]) || Number(b[3] ?? 0) - Number(a[3] ?? 0);
}

function stabilityOf(word: string | undefined): number {
  if (word === undefined) return 2;
  return word === 'beta' ? 1 : 0;
}
