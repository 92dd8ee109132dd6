import { invalidValue } from '../../field-error.ts';
import { age, tableOf } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { checkNonNegative, checkPositive, type Errors } from '../errors.ts';
import type { FieldError, KindDefinition } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly leaseTransitions?: number;
}

export function coordinationKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'coordination.k8s.io',
      version: 'v1',
      kind: 'Lease',
      plural: 'leases',
      allowsUnconditionalUpdate: false,
      allowsCreateOnUpdate: true,
      validate: validateLease,
      table: leaseTable,
    }),
  ];
}

function validateLease(object: KubeObject): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as LeaseSpec;
  const errors: Errors = [];
  checkPositive(errors, 'spec.leaseDurationSeconds', spec.leaseDurationSeconds);
  checkNonNegative(errors, 'spec.leaseTransitions', spec.leaseTransitions);
  if (spec.holderIdentity === '') errors.push(invalidValue('spec.holderIdentity', '', 'must not be empty'));
  return errors;
}

const leaseTable = tableOf(['Holder', 'Age'], (object, nowMs) => [
  ((object['spec'] ?? {}) as LeaseSpec).holderIdentity ?? '',
  age(object, nowMs),
]);
