import { checkDnsLabel } from '../../name-rule.ts';
import { age, tableOf } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { checkImmutable, checkNamed, type Errors } from '../errors.ts';
import type { FieldError, KindDefinition } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

export function nodeKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'node.k8s.io',
      version: 'v1',
      kind: 'RuntimeClass',
      plural: 'runtimeclasses',
      isNamespaced: false,
      validate: validateRuntimeClass,
      table: runtimeClassTable,
    }),
  ];
}

function handlerOf(object: KubeObject): string | undefined {
  return (object as KubeObject & { handler?: string }).handler;
}

function validateRuntimeClass(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const errors: Errors = [];
  checkNamed(errors, 'handler', handlerOf(object), checkDnsLabel);
  if (old !== undefined) checkImmutable(errors, 'handler', handlerOf(object), handlerOf(old));
  return errors;
}

const runtimeClassTable = tableOf(['Handler', 'Age'], (object, nowMs) => [handlerOf(object) ?? '', age(object, nowMs)]);
