/**
 * Who needs what: bindings with `propagateDeps` name what their templates refer to; this index answers which workloads need a given template, and therefore to which clusters it has to go.
 * It's made from stored bindings alone, so a restart loses nothing.
 */
import { compileLabelSelector, type LabelMatcher, type LabelSelector } from '@flotilla/kinds/label-selector';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { BindingSnapshot } from '@flotilla/kinds/karmada/work';
import { dependenciesAnnotation } from '@flotilla/kinds/karmada/well-known';
import type { Dependency } from './ports.ts';
import type { Binding } from './binding.ts';
import { isSameJson } from './same-json.ts';
import { locate, templateKey, type TemplateKey } from './template-key.ts';

/** One workload that needs a template. */
export interface Referrer {
  readonly bindingKey: string;
  readonly permanentId: string;
  readonly snapshot: BindingSnapshot;
  readonly conflictResolution: 'Abort' | 'Overwrite' | undefined;
  readonly preserveResourcesOnDeletion: boolean;
}

export interface Dependents {
  /** Takes in a binding (`undefined` = gone). Returns what it needs or needed, if its share in those has changed. */
  set(bindingKey: string, binding: Binding | undefined, idLabel: string): DependencyChange;
  /** False = certainly nobody needs it. */
  mayNeed(key: TemplateKey): boolean;
  /** Sorted by namespace and name. */
  referrersOf(key: TemplateKey, template: KubeObject): readonly Referrer[];
}

export interface DependencyChange {
  readonly keys: readonly TemplateKey[];
  /** All templates of these kinds and namespaces may be meant. */
  readonly selections: readonly Selection[];
}

export interface Selection {
  /** `group/resource/namespace/`: common start of the keys that are meant. */
  readonly keyStart: string;
  readonly matches: LabelMatcher;
}

interface Needs {
  readonly referrer: Referrer;
  readonly keys: readonly TemplateKey[];
  readonly selections: readonly Selection[];
  readonly json: string;
}

const noChange: DependencyChange = { keys: [], selections: [] };

export function createDependents(kinds: KindRegistry): Dependents {
  const needs = new Map<string, Needs>();
  const byKey = new Map<TemplateKey, Map<string, Referrer>>();
  const bySelection = new Map<string, Map<string, readonly [Selection, Referrer][]>>();

  function remove(bindingKey: string, { keys, selections }: Needs): void {
    needs.delete(bindingKey);
    for (const key of keys) drop(byKey, key, bindingKey);
    for (const { keyStart } of selections) drop(bySelection, keyStart, bindingKey);
  }

  function add(bindingKey: string, needed: Needs): void {
    needs.set(bindingKey, needed);
    for (const key of needed.keys) shelf(byKey, key).set(bindingKey, needed.referrer);
    for (const selection of needed.selections) {
      const entries = shelf(bySelection, selection.keyStart);
      entries.set(bindingKey, [...(entries.get(bindingKey) ?? []), [selection, needed.referrer]]);
    }
  }

  return {
    set(bindingKey, binding, idLabel) {
      const before = needs.get(bindingKey);
      const after = binding === undefined ? undefined : needsOf(bindingKey, binding, idLabel, kinds);
      if (before === undefined && after === undefined) return noChange;
      if (before !== undefined && after !== undefined) {
        if (isSameNeed(before, after)) return noChange;
      }
      if (before !== undefined) remove(bindingKey, before);
      if (after !== undefined) add(bindingKey, after);
      return {
        keys: [...new Set([...(before?.keys ?? []), ...(after?.keys ?? [])])],
        selections: [...(before?.selections ?? []), ...(after?.selections ?? [])],
      };
    },
    mayNeed: (key) => byKey.has(key) || (bySelection.size > 0 && bySelection.has(keyStartOf(key))),
    referrersOf(key, { metadata }) {
      const found = new Map(byKey.get(key));
      const keyStart = keyStartOf(key);
      for (const [bindingKey, entries] of bySelection.get(keyStart) ?? []) {
        for (const [selection, referrer] of entries) {
          if (selection.matches(metadata.labels)) found.set(bindingKey, referrer);
        }
      }
      return found.size === 0 ? none : [...found.values()].toSorted(byName);
    },
  };
}

const none: readonly Referrer[] = [];

/** Names may contain no slash. */
function keyStartOf(key: TemplateKey): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

function byName({ snapshot: left }: Referrer, { snapshot: right }: Referrer): number {
  const order = (left.namespace ?? '').localeCompare(right.namespace ?? '');
  return order === 0 ? (left.name < right.name ? -1 : 1) : order;
}

/** Kinds may have come since: the same names can mean more templates than before. */
function isSameNeed(before: Needs, after: Needs): boolean {
  return (
    before.json === after.json &&
    before.keys.length === after.keys.length &&
    before.selections.length === after.selections.length &&
    isSameJson(before.referrer, after.referrer)
  );
}

function shelf<Item>(shelves: Map<string, Map<string, Item>>, key: string): Map<string, Item> {
  let found = shelves.get(key);
  if (found === undefined) shelves.set(key, (found = new Map()));
  return found;
}

function drop<Item>(shelves: Map<string, Map<string, Item>>, key: string, item: string): void {
  const found = shelves.get(key);
  found?.delete(item);
  if (found?.size === 0) shelves.delete(key);
}

function needsOf(bindingKey: string, binding: Binding, idLabel: string, kinds: KindRegistry): Needs | undefined {
  const { metadata, spec } = binding;
  const json = metadata.annotations?.[dependenciesAnnotation];
  if (spec.propagateDeps !== true || json === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const keys: TemplateKey[] = [];
  const selections: Selection[] = [];
  for (const dependency of parseDependencies(json)) {
    const location = locate(dependency, kinds);
    if (location === undefined) continue;
    if (dependency.name !== undefined && dependency.name !== '') keys.push(templateKey(location));
    else {
      const selector = dependency.labelSelector as LabelSelector | undefined;
      selections.push({ keyStart: templateKey(location), matches: compileLabelSelector(selector ?? {}) });
    }
  }
  const { namespace, name = '' } = metadata;
  return {
    json,
    keys,
    selections,
    referrer: {
      bindingKey,
      permanentId: metadata.labels?.[idLabel] ?? '',
      snapshot: { ...(namespace === undefined ? {} : { namespace }), name, clusters: spec.clusters ?? [] },
      conflictResolution: spec.conflictResolution,
      preserveResourcesOnDeletion: spec.preserveResourcesOnDeletion === true,
    },
  };
}

/** The annotation is ours, but anybody may write it: what isn't a list of references counts as no dependencies. */
function parseDependencies(json: string): readonly Dependency[] {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed.filter(isDependency) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isDependency(value: unknown): value is Dependency {
  return (
    typeof value === 'object' &&
    value !== null &&
    'apiVersion' in value &&
    typeof value.apiVersion === 'string' &&
    'kind' in value &&
    typeof value.kind === 'string'
  );
}
