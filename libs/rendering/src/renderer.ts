/**
 * From a template to the manifest for one cluster: prune → revise replicas → divide completions → preserved state → overrides → identity.
 *
 * Pruning and stamping are the same for all clusters and done once (`prepare`); `render` copies only the path to what differs. Identity is stamped last, so that no override
 * can take away the marks by which members are watched.
 */
import { hash } from 'node:crypto';
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import { fieldsOf, withField } from '@flotilla/interpreter/object-field';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { conflictResolutionAnnotation, conflictResolutionOverwrite } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import { applyOverrides } from './apply-overrides.ts';
import { findDamage } from './override-damage.ts';
import type { AppliedOverride, OverrideFailed } from './apply-overrides.ts';
import { conflictResolutionOf, stampMetadata, stampOf, stampWork } from './identity-stamp.ts';
import type { BindingIdentity, TemplateStamp } from './identity-stamp.ts';
import type { OverrideSelection } from './override-index.ts';
import { pruneTemplate } from './prune-template.ts';
import { workIdentity, workName } from './work-identity.ts';
import type { WorkIdentity } from './work-identity.ts';

export interface Renderer {
  /** Once per template revision and binding identity. */
  prepare(template: KubeObject, binding: BindingFacts): PreparedTemplate;
  /** Once per cluster. Deterministic: equal arguments give equal bytes. Neither changes its arguments nor throws. */
  render(prepared: PreparedTemplate, target: RenderTarget, overrides: OverrideSelection): RenderResult;
}

export interface BindingFacts extends BindingIdentity {
  /** The binding's `spec.conflictResolution`; absent means Abort. */
  readonly conflictResolution?: 'Abort' | 'Overwrite';
}

export interface PreparedTemplate {
  /** As it came, for matching overrides. */
  readonly template: KubeObject;
  readonly binding: BindingFacts;
  readonly workName: string;
  readonly conflictResolution: 'abort' | 'overwrite';
  /** Pruned, not stamped: what overrides see. */
  readonly base: KubeObject;
  readonly stamp: TemplateStamp;
  /** The base's metadata with all that clusters share. */
  readonly stampedMetadata: ObjectMeta;
}

export interface RenderTarget {
  readonly cluster: Cluster;
  /** Absent: as in the template. */
  readonly replicas?: number;
  /** A divided Job's share of `spec.completions`. Absent: as in the template. */
  readonly completions?: number;
  /** State handed over by a failover, put on as labels. */
  readonly preservedLabels?: Readonly<Record<string, string>>;
}

export type RenderResult = RenderedManifest | OverrideFailed;

export interface RenderedManifest {
  readonly kind: 'rendered';
  readonly manifest: KubeObject;
  readonly work: WorkIdentity;
  readonly overrides: readonly AppliedOverride[];
  /** The manifest as JSON; serialised at the first call, kept afterwards. */
  readonly json: () => string;
  /** Of the JSON: renders with the same hash need no update. */
  readonly contentHash: () => string;
}

export function createRenderer(deps: { readonly interpreter: Interpreter }): Renderer {
  const { interpreter } = deps;
  return {
    prepare: prepareTemplate,
    render(prepared, target, overrides) {
      const localised = localise(prepared.base, target, interpreter);
      const result = applyOverrides(localised, overrides, target.cluster);
      if (result.kind === 'failed') return result;
      const damage = findDamage(prepared.base, result.manifest, result.overrides);
      if (damage !== undefined) return damage;
      const work = workIdentity(prepared.workName, prepared.binding.permanentId, target.cluster.metadata.name ?? '');
      const { metadata } = result.manifest;
      const stamped =
        metadata === prepared.base.metadata ? prepared.stampedMetadata : stampMetadata(metadata, prepared.stamp);
      return rendered({ ...result.manifest, metadata: stampWork(stamped, work) }, work, result.overrides);
    },
  };
}

function prepareTemplate(template: KubeObject, binding: BindingFacts): PreparedTemplate {
  const name = workName(template);
  const conflictResolution = conflictResolutionOf(template, binding.conflictResolution);
  const pruned = pruneTemplate(template);
  const base =
    conflictResolution === 'overwrite'
      ? withField(pruned, ['metadata', 'annotations', conflictResolutionAnnotation], conflictResolutionOverwrite)
      : pruned;
  const stamp = stampOf(template, binding, { name });
  return {
    template,
    binding,
    workName: name,
    conflictResolution,
    base,
    stamp,
    stampedMetadata: stampMetadata(base.metadata, stamp),
  };
}

function localise(base: KubeObject, target: RenderTarget, interpreter: Interpreter): KubeObject {
  let manifest = base;
  if (target.replicas !== undefined) manifest = interpreter.reviseReplica(manifest, target.replicas);
  if (target.completions !== undefined && fieldsOf(manifest['spec'])['completions'] !== undefined) {
    manifest = withField(manifest, ['spec', 'completions'], target.completions);
  }
  for (const [key, value] of Object.entries(target.preservedLabels ?? {})) {
    manifest = withField(manifest, ['metadata', 'labels', key], value);
  }
  return manifest;
}

function rendered(manifest: KubeObject, work: WorkIdentity, overrides: readonly AppliedOverride[]): RenderedManifest {
  let text: string | undefined;
  let digest: string | undefined;
  const json = (): string => (text ??= JSON.stringify(manifest));
  return {
    kind: 'rendered',
    manifest,
    work,
    overrides,
    json,
    contentHash: () => (digest ??= hash('sha1', json(), 'base64url')),
  };
}
