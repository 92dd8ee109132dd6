import { forbiddenValue } from '../../field-error.ts';
import { age, tableOf } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { checkImmutable, type Errors } from '../errors.ts';
import type { FieldError, KindDefinition, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

interface PriorityClass {
  readonly value?: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy?: string;
}

/** Above it, priorities belong to the system's own classes. */
const userPriorityMax = 1_000_000_000;
const systemClasses: readonly string[] = ['system-cluster-critical', 'system-node-critical'];

export function schedulingKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'scheduling.k8s.io',
      version: 'v1',
      kind: 'PriorityClass',
      plural: 'priorityclasses',
      shortNames: ['pc'],
      isNamespaced: false,
      hasGeneration: true,
      applyDefaults: setPriorityClassDefaults,
      validate: validatePriorityClass,
      table: priorityClassTable,
    }),
  ];
}

function setPriorityClassDefaults(draft: MutableKubeObject): void {
  draft['preemptionPolicy'] ??= 'PreemptLowerPriority';
}

function validatePriorityClass(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const { value = 0, preemptionPolicy } = object as PriorityClass & KubeObject;
  const name = object.metadata.name ?? '';
  const errors: Errors = [];
  if (name.startsWith('system-')) {
    if (!systemClasses.includes(name)) {
      errors.push(
        forbiddenValue(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`,
        ),
      );
    }
  } else if (value > userPriorityMax) {
    errors.push(forbiddenValue('value', `maximum allowed value of a user defined priority is ${userPriorityMax}`));
  }
  if (old !== undefined) {
    const previous = old as PriorityClass & KubeObject;
    if (value !== (previous.value ?? 0)) {
      errors.push(forbiddenValue('value', 'may not be changed in an update.'));
    }
    checkImmutable(errors, 'preemptionPolicy', preemptionPolicy, previous.preemptionPolicy);
  }
  return errors;
}

const priorityClassTable = tableOf(
  ['Value:integer', 'Global-Default:boolean', 'Age', 'PreemptionPolicy'],
  (object, nowMs) => {
    const { value, globalDefault, preemptionPolicy } = object as PriorityClass & KubeObject;
    return [value ?? 0, globalDefault === true, age(object, nowMs), preemptionPolicy ?? ''];
  },
);
