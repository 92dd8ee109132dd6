/** Checks of ResourceBinding and ClusterResourceBinding, which users may write too. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from '../field-error.ts';
import { validatePlacement } from './placement-validation.ts';
import { validateSuspension } from './propagation-validation.ts';
import { dependenciesAnnotation } from './well-known.ts';
import type { Component, GracefulEvictionTask, ResourceBinding } from './work.ts';

/** Expects objects that their schema accepts. */
export function validateBinding(object: KubeObject): readonly FieldError[] {
  const { spec, metadata } = object as ResourceBinding;
  const errors: FieldError[] = [
    ...validateDependencies(metadata.annotations?.[dependenciesAnnotation]),
    ...validateComponents(spec.components ?? []),
  ];
  if (spec.placement !== undefined) errors.push(...validatePlacement(spec.placement, 'spec.placement'));
  if (spec.suspension !== undefined) errors.push(...validateSuspension(spec.suspension, 'spec.suspension'));
  (spec.gracefulEvictionTasks ?? []).forEach((task, index) => {
    errors.push(...validateTask(task, `spec.gracefulEvictionTasks[${index}]`));
  });
  return errors;
}

function validateDependencies(text: string | undefined): readonly FieldError[] {
  if (text === undefined || isJsonList(text)) return [];
  const field = `metadata.annotations[${dependenciesAnnotation}]`;
  return [invalidValue(field, text, 'must be a JSON list of object references')];
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function validateComponents(components: readonly Component[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  components.forEach(({ name }, index) => {
    const field = `spec.components[${index}].name`;
    if (name === '') errors.push(requiredValue(field));
    else if (names.has(name)) errors.push(duplicateValue(field, name));
    names.add(name);
  });
  return errors;
}

function validateTask(
  { gracePeriodSeconds, suppressDeletion }: GracefulEvictionTask,
  path: string,
): readonly FieldError[] {
  if (gracePeriodSeconds === undefined || suppressDeletion === undefined) return [];
  const detail = 'may not be used together with suppressDeletion, which waits for people instead of a time';
  return [forbiddenValue(`${path}.gracePeriodSeconds`, detail)];
}
