/**
 * `Work` as a read view. What each cluster shall have is a function of bindings, templates, override policies and clusters, which are stored: so Works are computed when
 * somebody reads them, and are as current as what they are made of. Nothing is kept but an index of bindings, made at the first read.
 *
 * The revision of a Work is the newest one among the binding, the template and the override policies that it was made from; in a watch event, that of the change which altered
 * it. Works that users create themselves are stored objects and no concern of this view.
 */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { executionNamespacePrefix } from '@flotilla/kinds/karmada/well-known';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import type { OverrideSelection } from '@flotilla/rendering/override-index';
import type { ObjectStore, StoredObject, SubscribeOptions, Subscription } from '@flotilla/store/object-store';

import type { Binding } from './binding.ts';
import { storeKey } from './store-key.ts';
import { ComputedWork } from './computed-work.ts';
import {
  clusterOverridePolicies,
  clusterResourceBindings,
  overridePolicies,
  resourceBindings,
  sameResource,
  works,
} from './resources.ts';
import { createTemplateRenderer } from './template-renderer.ts';
import { changedWorks, clusterKey } from './work-changes.ts';
import type { World } from './work-changes.ts';
import { WorkIndex, templateKeyOf, workNameOf } from './work-index.ts';
import type { IndexedBinding } from './work-index.ts';
import { workOf } from './work-object.ts';
import type { WorkInputs } from './work-object.ts';
import { planWorks } from './work-plan.ts';
import type { WorkRole } from './work-plan.ts';

export interface WorkViewDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly interpreter: Interpreter;
}

/** What the API server takes as a virtual resource. Methods as those of ObjectStore. */
export interface WorkView {
  readonly resource: ResourceId;
  get(namespace: string, name: string): StoredObject | undefined;
  list(namespace?: string): readonly StoredObject[];
  subscribe(
    options: Omit<SubscribeOptions, 'resources'>,
  ): Subscription | { readonly kind: 'expired'; readonly oldest: number };
}

export function createWorkView(deps: WorkViewDeps): WorkView {
  const { store } = deps;
  let opened: OpenView | undefined;
  const open = (): OpenView => (opened ??= openView(deps));

  return {
    resource: works,
    get(namespace, name) {
      if (!namespace.startsWith(executionNamespacePrefix)) return undefined;
      const view = open();
      const binding = view.index.named(name);
      return binding && view.workIn(binding, clusterOf(namespace));
    },
    list(namespace) {
      if (namespace !== undefined && !namespace.startsWith(executionNamespacePrefix)) return [];
      const view = open();
      return namespace === undefined
        ? view.index.clusters().flatMap((cluster) => view.worksIn(cluster))
        : view.worksIn(clusterOf(namespace));
    },
    subscribe({ from, onChanges }) {
      // Opened first, so that the index is told of a change before this subscriber is.
      const { index, now, inputsOf, show } = open();
      return store.subscribe({
        from,
        onChanges(changes, through) {
          const events = changedWorks({ index, now, inputsOf, show }, changes);
          if (events.length > 0) onChanges(events, through);
        },
      });
    },
  };
}

function clusterOf(namespace: string): string {
  return namespace.slice(executionNamespacePrefix.length);
}

interface OpenView {
  readonly index: WorkIndex;
  readonly now: World;
  readonly inputsOf: (binding: StoredObject, cluster: string, world: World) => WorkInputs | undefined;
  readonly show: (inputs: WorkInputs, revision: number) => StoredObject;
  readonly workIn: (binding: IndexedBinding, cluster: string) => StoredObject | undefined;
  /** Ordered by name. */
  readonly worksIn: (cluster: string) => readonly StoredObject[];
}

const indexed = [resourceBindings, clusterResourceBindings, clusterOverridePolicies, overridePolicies];

function openView({ store, kinds, interpreter }: WorkViewDeps): OpenView {
  const renderer = createTemplateRenderer({ interpreter });
  const index = new WorkIndex(store, kinds);
  for (const resource of [clusterOverridePolicies, overridePolicies]) {
    for (const stored of store.list(resource)) renderer.addOverride(stored);
  }
  store.subscribe({
    resources: indexed,
    from: store.revision,
    onChanges(changes) {
      for (const change of changes) {
        const { object, type } = change;
        const { resource } = object;
        if (sameResource(resource, overridePolicies) || sameResource(resource, clusterOverridePolicies)) {
          renderer.takeOverride(change);
        } else if (type === 'DELETED') index.remove(storeKey(object));
        else index.set(object);
      }
    },
  });

  const now: World = (key) => store.get(...addressOf(key));

  /** A binding read many times in a row (a list) is planned once. */
  let planned: { readonly stored: StoredObject; readonly plan: ReadonlyMap<string, WorkRole> } | undefined;
  function planOf(stored: StoredObject): ReadonlyMap<string, WorkRole> {
    if (planned?.stored !== stored) planned = { stored, plan: planWorks(stored.object as Binding) };
    return planned.plan;
  }

  function inputsOf(stored: StoredObject, clusterName: string, world: World): WorkInputs | undefined {
    const role = planOf(stored).get(clusterName);
    if (role === undefined) return undefined;
    const binding = stored.object as Binding;
    const cluster = world(clusterKey(clusterName))?.object as Cluster | undefined;
    const template = world(templateKeyOf(binding, kinds));
    if (cluster === undefined || template === undefined) return undefined;
    const selection = renderer.selectOverrides(template.object);
    return { name: workNameOf(binding), clusterName, binding: stored, template, cluster, role, selection };
  }

  function show(inputs: WorkInputs, revision: number): StoredObject {
    return new ComputedWork({
      namespace: executionNamespacePrefix + inputs.clusterName,
      name: inputs.name,
      revision: Math.max(revision, revisionOf(store, inputs)),
      timeMs: inputs.binding.timeMs,
      compute: () => workOf(renderer, inputs),
    });
  }

  function workIn(binding: IndexedBinding, cluster: string): StoredObject | undefined {
    const inputs = inputsOf(binding.stored, cluster, now);
    return inputs && show(inputs, 0);
  }

  return {
    index,
    now,
    inputsOf,
    show,
    workIn,
    worksIn(cluster) {
      const found: StoredObject[] = [];
      for (const binding of index.in(cluster)) {
        const work = index.isShown(binding) ? workIn(binding, cluster) : undefined;
        if (work !== undefined) found.push(work);
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    },
  };
}

/** The reverse of `storeKey`. */
function addressOf(key: string): readonly [resource: ResourceId, namespace: string, name: string] {
  const [group = '', resource = '', namespace = '', ...name] = key.split('/');
  return [{ group, resource }, namespace, name.join('/')];
}

function revisionOf(store: ObjectStore, { binding, template, selection }: WorkInputs): number {
  let newest = Math.max(binding.revision, template.revision);
  for (const reference of referencesOf(selection)) {
    const resource = reference.kind === 'OverridePolicy' ? overridePolicies : clusterOverridePolicies;
    newest = Math.max(newest, store.get(resource, reference.namespace, reference.name)?.revision ?? 0);
  }
  return newest;
}

function referencesOf({ clusterWide, namespaced }: OverrideSelection): readonly IndexedReference[] {
  return [...clusterWide, ...namespaced].map(({ reference }) => reference);
}

type IndexedReference = OverrideSelection['clusterWide'][number]['reference'];
