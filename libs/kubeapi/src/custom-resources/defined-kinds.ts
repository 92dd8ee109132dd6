/**
 * The kinds that CustomResourceDefinitions define, in the registry as long as they are defined. Every process that works with kinds follows the definitions by itself; only one writes their status.
 *
 * Which definitions are served is a function of what is stored, so that all processes come to the same result: of two that want one name, the one whose names were accepted before has it,
 * else the older one. Built-in kinds come before all.
 */
import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, StoredObject, Subscription } from '@flotilla/store/object-store';
import type { Report } from '../api-report.ts';
import { equalJson } from '../patch/json-value.ts';
import { acceptedNamesOf, definitionSpec } from './definition-status.ts';

export const definitions = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };

export interface DefinedKindsDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  /** The kinds (one for each served version) that a CustomResourceDefinition defines. Throws for schemas that can't be compiled. */
  readonly kindsOf: (definition: KubeObject) => readonly KindDefinition[];
  readonly report: Report;
}

export interface DefinedKinds {
  /** Serves what is defined, and follows what comes. */
  start(): void;
  stop(): void;
  /** Why the definition's names can't be accepted; undefined: they are. */
  problemOf(name: string): string | undefined;
}

interface Served {
  readonly spec: unknown;
  readonly kinds: readonly KindDefinition[];
}

export function createDefinedKinds({ store, kinds, kindsOf, report }: DefinedKindsDeps): DefinedKinds {
  const served = new Map<string, Served>();
  const problems = new Map<string, string>();
  let subscription: Subscription | undefined;

  function judge(group: string): void {
    const stored = store.list(definitions).filter(({ object }) => definitionSpec(object).group === group);
    const taken: Names[] = builtinNames(group);
    for (const each of stored.toSorted(byPrecedence)) {
      const { names } = definitionSpec(each.object);
      const problem = conflictOf(names, taken);
      if (problem === undefined) taken.push(names);
      if (problem === undefined) problems.delete(each.name);
      else problems.set(each.name, problem);
    }
    // What goes makes room first: the registry knows a name once.
    for (const { name } of stored) if (problems.has(name)) replace(name, undefined);
    for (const each of stored) if (!problems.has(each.name)) serve(each);
  }

  function builtinNames(group: string): Names[] {
    const defined = new Set([...served.values()].flatMap((each) => each.kinds));
    return kinds.all().filter((kind) => kind.group === group && !defined.has(kind));
  }

  function serve({ name, object }: StoredObject): void {
    const spec = object['spec'];
    const before = served.get(name);
    if (before !== undefined && equalJson(before.spec, spec)) return;
    try {
      replace(name, { spec, kinds: kindsOf(object) });
    } catch (error) {
      report({ kind: 'controller-error', controller: 'defined-kinds', key: name, error });
    }
  }

  function replace(name: string, next: Served | undefined): void {
    for (const old of served.get(name)?.kinds ?? []) {
      const isKept = next?.kinds.some((kind) => kind.version === old.version && kind.plural === old.plural) === true;
      if (!isKept) kinds.unregister(old.group, old.version, old.plural);
    }
    if (next === undefined) served.delete(name);
    else served.set(name, next);
    for (const kind of next?.kinds ?? []) kinds.register(kind);
  }

  return {
    start() {
      const from = store.revision;
      for (const group of new Set(store.list(definitions).map(({ object }) => definitionSpec(object).group))) {
        judge(group);
      }
      const result = store.subscribe({
        resources: [definitions],
        from,
        onChanges(changes) {
          for (const { type, object } of changes) {
            if (type !== 'DELETED') continue;
            replace(object.name, undefined);
            problems.delete(object.name);
          }
          for (const group of new Set(changes.map(({ object }) => definitionSpec(object.object).group))) judge(group);
        },
      });
      if (result.kind === 'subscribed') subscription = result;
    },
    stop() {
      subscription?.unsubscribe();
    },
    problemOf: (name) => problems.get(name),
  };
}

interface Names {
  readonly plural: string;
  readonly kind: string;
}

function conflictOf({ plural, kind }: Names, taken: readonly Names[]): string | undefined {
  for (const other of taken) {
    if (other.plural === plural) return `"${plural}" is already in use`;
    if (other.kind === kind) return `"${kind}" is already in use`;
  }
  return undefined;
}

function byPrecedence(left: StoredObject, right: StoredObject): number {
  return (
    Number(hasAcceptedNames(right.object)) - Number(hasAcceptedNames(left.object)) ||
    compare(left.object.metadata.creationTimestamp ?? '', right.object.metadata.creationTimestamp ?? '') ||
    compare(left.name, right.name)
  );
}

function hasAcceptedNames(definition: KubeObject): boolean {
  const { plural, kind } = definitionSpec(definition).names;
  const accepted = acceptedNamesOf(definition);
  return accepted?.plural === plural && accepted.kind === kind;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
