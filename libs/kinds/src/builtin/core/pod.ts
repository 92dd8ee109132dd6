/** Pods themselves, as opposed to templates. */
import { forbiddenValue, invalidValue } from '../../field-error.ts';
import { isSameJson, type Errors } from '../errors.ts';
import { setPodDefaults } from './pod-defaults.ts';
import { without } from '../without.ts';
import { qosClassOf } from './pod-quality.ts';
import { validatePodSpec } from './pod-spec-validation.ts';
import type { FieldError, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { Container, PodSpec, Toleration } from './pod-types.ts';

export function setDefaultsOfPod(draft: MutableKubeObject): void {
  const spec = draft['spec'] as PodSpec | undefined;
  if (spec !== undefined) setPodDefaults(spec);
}

export function preparePodForCreate(draft: MutableKubeObject): void {
  draft['status'] = { phase: 'Pending', qosClass: qosClassOf(draft['spec'] as PodSpec) };
}

export function validatePod(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as PodSpec;
  const errors: Errors = [];
  validatePodSpec(errors, spec, 'spec');
  (spec.containers ?? []).forEach(({ image = '' }, index) => {
    if (image.trim() !== image) {
      errors.push(
        invalidValue(`spec.containers[${index}].image`, image, 'must not have leading or trailing whitespace'),
      );
    }
  });
  if (old !== undefined) validatePodUpdate(errors, spec, old['spec'] as PodSpec);
  return errors;
}

const frozenText =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validatePodUpdate(errors: Errors, spec: PodSpec, old: PodSpec): void {
  if (spec.containers?.length !== old.containers?.length) {
    errors.push(forbiddenValue('spec.containers', 'pod updates may not add or remove containers'));
    return;
  }
  if (!keepsTolerations(spec.tolerations ?? [], old.tolerations ?? [])) {
    errors.push(
      forbiddenValue('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    );
  }
  if (!isSameJson(frozenPart(spec), frozenPart(old))) errors.push(forbiddenValue('spec', frozenText));
}

function frozenPart(spec: PodSpec): unknown {
  const rest = without(spec, 'containers', 'initContainers', 'activeDeadlineSeconds', 'tolerations');
  return { ...rest, containers: withoutImages(spec.containers), initContainers: withoutImages(spec.initContainers) };
}

function withoutImages(containers: readonly Container[] | null | undefined): unknown {
  return containers?.map((container) => without(container, 'image'));
}

function keepsTolerations(tolerations: readonly Toleration[], old: readonly Toleration[]): boolean {
  return old.every((one) =>
    tolerations.some((candidate) => isSameJson(withoutSeconds(candidate), withoutSeconds(one))),
  );
}

function withoutSeconds(toleration: Toleration): unknown {
  return without(toleration, 'tolerationSeconds');
}
