/** Metadata of a binding (pure): whose claim it carries, who needs it, what it depends on, what it was last placed by. What others put there stays. */
import { fnv32a } from '@flotilla/placement/division/tie-order';
import { withClaim } from '@flotilla/placement/policy/claim-markers';
import type { CompiledPolicy } from '@flotilla/placement/policy/compiled-policy';
import {
  appliedPlacementAnnotation,
  dependedByLabelPrefix,
  dependenciesAnnotation,
  propagationFinalizer,
} from '@flotilla/kinds/karmada/well-known';
import type { ObjectMeta } from '@flotilla/kinds/kube-object';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import type { StoredObject } from '@flotilla/store/object-store';
import { bindingIdLabel } from './binding.ts';
import type { Referrer } from './dependents.ts';
import type { TemplateInterpreter } from './ports.ts';
import { timestamp } from './scheduling.ts';

export interface BindingMetadataDeps {
  readonly interpreter: TemplateInterpreter;
  readonly now: () => number;
  readonly newUid: () => string;
}

export interface BindingMetadataInput {
  readonly template: StoredObject;
  readonly spec: ResourceBindingSpec;
  readonly policy: CompiledPolicy | undefined;
  readonly referrers: readonly Referrer[];
}

/** `appliedPlacement`: the placement that the binding has just been placed by; absent = as before. */
export function bindingMetadata(
  deps: BindingMetadataDeps,
  input: BindingMetadataInput,
  name: string,
  current: ObjectMeta | undefined,
  appliedPlacement: string | undefined,
): ObjectMeta {
  const { template, policy } = input;
  const base = current ?? newMetadata(deps, input, name);
  const claimed = withClaim(base, policy);
  const dependencies = dependenciesOf(deps, input);
  return {
    ...claimed,
    labels: withReferrerLabels(claimed.labels ?? {}, input.referrers),
    annotations: {
      ...withoutDependencies(claimed.annotations),
      ...(dependencies === undefined ? {} : { [dependenciesAnnotation]: dependencies }),
      ...(appliedPlacement === undefined ? {} : { [appliedPlacementAnnotation]: appliedPlacement }),
    },
    finalizers: withFinalizer(base.finalizers ?? []),
    ownerReferences: [ownerReference(template)],
  };
}

function newMetadata(
  { now, newUid }: BindingMetadataDeps,
  { template }: BindingMetadataInput,
  name: string,
): ObjectMeta {
  const { namespace } = template;
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid: newUid(),
    generation: 1,
    creationTimestamp: timestamp(now()),
    labels: { [bindingIdLabel(namespace)]: newUid() },
  };
}

function withoutDependencies(annotations: ObjectMeta['annotations']): Readonly<Record<string, string>> {
  const { [dependenciesAnnotation]: _, ...rest } = annotations ?? {};
  return rest;
}

function dependenciesOf(
  { interpreter }: BindingMetadataDeps,
  { spec, template }: BindingMetadataInput,
): string | undefined {
  return spec.propagateDeps === true ? JSON.stringify(interpreter.getDependencies(template.object)) : undefined;
}

function withReferrerLabels(
  labels: Readonly<Record<string, string>>,
  referrers: readonly Referrer[],
): Readonly<Record<string, string>> {
  const own = Object.entries(labels).filter(([key]) => !key.startsWith(dependedByLabelPrefix));
  const referring = referrers.map(({ bindingKey: key, permanentId }) => [
    `${dependedByLabelPrefix}${fnv32a(key).toString(16).padStart(8, '0')}`,
    permanentId,
  ]);
  return Object.fromEntries([...own, ...referring]);
}

function withFinalizer(finalizers: readonly string[]): readonly string[] {
  return finalizers.includes(propagationFinalizer) ? finalizers : [...finalizers, propagationFinalizer];
}

function ownerReference({
  object: { apiVersion, kind, metadata },
}: StoredObject): NonNullable<ObjectMeta['ownerReferences']>[number] {
  return {
    apiVersion,
    kind,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}
