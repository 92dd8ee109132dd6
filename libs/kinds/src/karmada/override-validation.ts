/** Checks of OverridePolicy and ClusterOverridePolicy. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { forbiddenValue, invalidValue, requiredValue } from '../field-error.ts';
import { pushAnnotationErrors, pushLabelErrors } from '../metadata-validation.ts';
import { validateClusterAffinity } from './affinity-validation.ts';
import { validateResourceSelectors } from './propagation-validation.ts';
import type {
  ClusterOverridePolicy,
  FieldOverrider,
  FieldPatchOperation,
  ImageOverrider,
  OverridePolicy,
  Overriders,
  PlaintextOverrider,
} from './policy.ts';

/** Expects objects that their schema accepts, after defaulting. */
export function validateOverridePolicy(object: KubeObject): readonly FieldError[] {
  const { spec, metadata } = object as OverridePolicy | ClusterOverridePolicy;
  const errors: FieldError[] = [...validateResourceSelectors(spec.resourceSelectors ?? [], metadata.namespace)];
  const former = [
    ...(spec.targetCluster === undefined ? [] : ['targetCluster']),
    ...(hasOverriders(spec.overriders) ? ['overriders'] : []),
  ];
  if (spec.overrideRules !== undefined) {
    const detail = 'may not be used together with overrideRules; move it into a rule';
    for (const field of former) errors.push(forbiddenValue(`spec.${field}`, detail));
  }
  errors.push(...validateClusterAffinity(spec.targetCluster, 'spec.targetCluster'));
  errors.push(...validateOverriders(spec.overriders ?? {}, 'spec.overriders'));
  (spec.overrideRules ?? []).forEach(({ targetCluster, overriders }, index) => {
    const path = `spec.overrideRules[${index}]`;
    errors.push(...validateClusterAffinity(targetCluster, `${path}.targetCluster`));
    errors.push(...validateOverriders(overriders, `${path}.overriders`));
  });
  return errors;
}

/** Clients written in Go always send the former field, empty. */
function hasOverriders(overriders: Overriders | undefined): boolean {
  return Object.values(overriders ?? {}).some((list) => Array.isArray(list) && list.length > 0);
}

export function warnAboutOverridePolicy(object: KubeObject): readonly string[] {
  const { spec } = object as OverridePolicy | ClusterOverridePolicy;
  const isFormer = spec.targetCluster !== undefined || hasOverriders(spec.overriders);
  return isFormer ? ['spec.targetCluster and spec.overriders are deprecated; use spec.overrideRules'] : [];
}

function validateOverriders(overriders: Overriders, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  (overriders.imageOverrider ?? []).forEach((overrider, index) => {
    errors.push(...validateImage(overrider, `${path}.imageOverrider[${index}]`));
  });
  (overriders.labelsOverrider ?? []).forEach(({ value }, index) => {
    pushLabelErrors(value ?? {}, `${path}.labelsOverrider[${index}].value`, errors);
  });
  (overriders.annotationsOverrider ?? []).forEach(({ value }, index) => {
    pushAnnotationErrors(value ?? {}, `${path}.annotationsOverrider[${index}].value`, errors);
  });
  (overriders.fieldOverrider ?? []).forEach((overrider, index) => {
    errors.push(...validateField(overrider, `${path}.fieldOverrider[${index}]`));
  });
  (overriders.plaintext ?? []).forEach((overrider, index) => {
    errors.push(...validatePlaintext(overrider, `${path}.plaintext[${index}]`));
  });
  return errors;
}

function validateImage({ predicate, operator, value = '' }: ImageOverrider, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (predicate !== undefined) errors.push(...validatePointer(predicate.path, `${path}.predicate.path`));
  if (operator !== 'remove' && value === '') errors.push(requiredValue(`${path}.value`, neededFor(operator)));
  return errors;
}

function validateField({ fieldPath, json = [], yaml = [] }: FieldOverrider, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...validatePointer(fieldPath, `${path}.fieldPath`)];
  if (json.length > 0 && yaml.length > 0) {
    errors.push(forbiddenValue(`${path}.yaml`, 'may not be used together with json: the field holds one document'));
  }
  if (json.length + yaml.length === 0) {
    errors.push(requiredValue(path, 'one of json and yaml must list at least one change'));
  }
  json.forEach((operation, index) => errors.push(...validateFieldPatch(operation, `${path}.json[${index}]`)));
  yaml.forEach((operation, index) => errors.push(...validateFieldPatch(operation, `${path}.yaml[${index}]`)));
  return errors;
}

function validateFieldPatch({ subPath, operator, value }: FieldPatchOperation, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...validatePointer(subPath, `${path}.subPath`)];
  const isGiven = value !== undefined && value !== null;
  if (operator !== 'remove' && !isGiven) errors.push(requiredValue(`${path}.value`, neededFor(operator)));
  if (operator === 'remove' && isGiven) errors.push(forbiddenValue(`${path}.value`, 'may not be set for remove'));
  return errors;
}

/** A value beside remove is ignored, as RFC 6902 says; null is a value. */
function validatePlaintext(
  { path: pointer, operator, value }: PlaintextOverrider,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [...validatePointer(pointer, `${path}.path`)];
  if (operator !== 'remove' && value === undefined) {
    errors.push(requiredValue(`${path}.value`, neededFor(operator)));
  }
  return errors;
}

function neededFor(operator: string): string {
  return `must be set for ${operator}`;
}

function validatePointer(pointer: string, path: string): readonly FieldError[] {
  if (pointer !== '' && !pointer.startsWith('/')) {
    return [invalidValue(path, pointer, 'must be a JSON pointer (RFC 6901), i.e. start with "/"')];
  }
  return /~(?![01])/.test(pointer)
    ? [invalidValue(path, pointer, 'must be a JSON pointer (RFC 6901): write "~" as "~0" and "/" within a key as "~1"')]
    : [];
}
