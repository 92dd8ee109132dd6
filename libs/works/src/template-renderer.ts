/** Binds the pure rendering to stored policies: one index of override policies, one prepared form per template revision, and the rules by which members are compared. */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { managedLabel, managedValue } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { RenderOutcome } from '@flotilla/member/intent';
import type { MemberSyncDeps } from '@flotilla/member/member-sync';
import type { AnyOverridePolicy, CompiledPolicy } from '@flotilla/rendering/compiled-policy';
import { referenceOf } from '@flotilla/rendering/compiled-policy';
import { released } from '@flotilla/rendering/identity-stamp';
import { createOverrideIndex } from '@flotilla/rendering/override-index';
import type { OverrideScope, OverrideSelection } from '@flotilla/rendering/override-index';
import { createRenderer } from '@flotilla/rendering/renderer';
import type { PreparedTemplate, RenderResult, RenderTarget } from '@flotilla/rendering/renderer';
import { bodyForUpdate, compareWithObserved } from '@flotilla/rendering/retain-observed';
import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';

import { bindingIdentity } from './binding-identity.ts';
import type { ClusterRole } from './binding-plan.ts';
import type { Binding } from './binding.ts';
import { completionsOf } from './job-completions.ts';

/** The pure function from template, placement, overrides and cluster to a manifest. Work shared by all clusters is done once per template revision. */
export interface TemplateRenderer {
  render(
    template: KubeObject,
    binding: Binding,
    cluster: Cluster,
    role: ClusterRole & { kind: 'apply' },
  ): RenderOutcome;
  /** Changes whenever `render` could answer differently for this template and cluster because of override policies. */
  overridesVersion(template: KubeObject, cluster: Cluster): string;
}

export interface NamespaceRenderer {
  renderNamespace(namespace: KubeObject, cluster: Cluster): RenderOutcome;
  overridesVersion(template: KubeObject, cluster: Cluster): string;
}

export type OverrideChange = Pick<ObjectChange, 'type' | 'object'>;

export interface PropagationRenderer extends TemplateRenderer, NamespaceRenderer {
  readonly managedSelector: string;
  readonly memberRules: Pick<MemberSyncDeps, 'bodyForUpdate' | 'compare' | 'withoutMarks' | 'isManaged'>;
  addOverride(stored: StoredObject): void;
  selectOverrides(template: KubeObject): OverrideSelection;
  /** The manifest with what went into it: the Work that it belongs to and the overrides that took part. `selection` is what `selectOverrides` answered for the template. */
  renderManifest(
    template: KubeObject,
    binding: Binding,
    cluster: Cluster,
    role: ClusterRole & { kind: 'apply' },
    selection: OverrideSelection,
  ): RenderResult;
  /** Takes a changed policy in; the answer tells which templates may render differently now. */
  takeOverride(change: OverrideChange): OverrideScope | undefined;
}

export function createTemplateRenderer({ interpreter }: { readonly interpreter: Interpreter }): PropagationRenderer {
  const renderer = createRenderer({ interpreter });
  const overrides = createOverrideIndex();
  const versions = createVersions();
  /** By template object: a new revision is a new object, and old ones are collected with it. */
  const prepared = new WeakMap<KubeObject, { readonly key: string; readonly template: PreparedTemplate }>();

  function prepare(template: KubeObject, binding: Binding): PreparedTemplate {
    const conflict = binding.spec.conflictResolution;
    const identity = bindingIdentity(binding);
    const key = `${identity.kind}/${identity.name}/${identity.permanentId}/${conflict ?? ''}`;
    const known = prepared.get(template);
    if (known?.key === key) return known.template;
    const made = renderer.prepare(template, {
      ...identity,
      ...(conflict === undefined ? {} : { conflictResolution: conflict }),
    });
    prepared.set(template, { key, template: made });
    return made;
  }

  function renderManifest(
    template: KubeObject,
    binding: Binding,
    cluster: Cluster,
    { replicas, preservedLabels }: ClusterRole & { kind: 'apply' },
    selection: OverrideSelection,
  ): RenderResult {
    const completions = completionsOf(template, binding, cluster.metadata.name ?? '');
    const target: RenderTarget = {
      cluster,
      ...(replicas === undefined ? {} : { replicas }),
      ...(completions === undefined ? {} : { completions }),
      ...(preservedLabels === undefined ? {} : { preservedLabels }),
    };
    return renderer.render(prepare(template, binding), target, selection);
  }

  function outcomeOf(result: RenderResult): RenderOutcome {
    if (result.kind === 'failed') return { kind: 'failed', message: result.message };
    return { kind: 'rendered', manifest: result.manifest, json: result.json, hash: result.contentHash() };
  }

  return {
    managedSelector: `${managedLabel}=${managedValue}`,
    memberRules: {
      bodyForUpdate: (desired, observed) => bodyForUpdate(desired, observed, interpreter),
      compare: (desired, observed) => compareWithObserved(desired, observed, interpreter),
      withoutMarks: released,
      isManaged: ({ metadata }) => metadata.labels?.[managedLabel] === managedValue,
    },
    render: (template, binding, cluster, role) =>
      outcomeOf(renderManifest(template, binding, cluster, role, overrides.select(template))),
    renderManifest,
    selectOverrides: (template) => overrides.select(template),
    renderNamespace(namespace, cluster) {
      const { name = '', uid = '' } = namespace.metadata;
      const identity = {
        kind: 'ClusterResourceBinding',
        namespace: '',
        name: `${name}-namespace`,
        permanentId: uid,
      } as const;
      return outcomeOf(
        renderer.render(renderer.prepare(namespace, identity), { cluster }, overrides.select(namespace)),
      );
    },
    overridesVersion: (template, cluster) => versions.of(overrides.select(template), cluster),
    addOverride: (stored) => void overrides.set(stored.object as AnyOverridePolicy),
    takeOverride({ type, object }) {
      const policy = object.object as AnyOverridePolicy;
      return type === 'DELETED' ? overrides.remove(referenceOf(policy)) : overrides.set(policy);
    },
  };
}

/** A number per compiled policy: it is compiled anew exactly when it changes. */
function createVersions(): { of(selection: OverrideSelection, cluster: Cluster): string } {
  const numbers = new WeakMap<CompiledPolicy, number>();
  let next = 1;
  const numberOf = (policy: CompiledPolicy): number => {
    let number = numbers.get(policy);
    if (number === undefined) numbers.set(policy, (number = next++));
    return number;
  };
  return {
    of({ clusterWide, namespaced }, cluster) {
      if (clusterWide.length === 0 && namespaced.length === 0) return '';
      const { provider, region, zone, zones } = cluster.spec;
      return JSON.stringify([
        [...clusterWide, ...namespaced].map(numberOf),
        cluster.metadata.labels,
        provider,
        region,
        zone,
        zones,
      ]);
    },
  };
}
