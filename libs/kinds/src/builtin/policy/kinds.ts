import { invalidValue } from '../../field-error.ts';
import { validateLabelSelector, type LabelSelector } from '../../label-selector.ts';
import { age, tableOf } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { checkOptionalOneOf, type Errors } from '../errors.ts';
import { checkIntOrPercent } from '../int-or-percent.ts';
import type { FieldError, KindDefinition } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

interface DisruptionBudgetSpec {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  readonly selector?: LabelSelector;
  readonly unhealthyPodEvictionPolicy?: string;
}

export function policyKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'policy',
      version: 'v1',
      kind: 'PodDisruptionBudget',
      plural: 'poddisruptionbudgets',
      shortNames: ['pdb'],
      hasGeneration: true,
      subresources: { status: true },
      validate: validateDisruptionBudget,
      table: disruptionBudgetTable,
    }),
  ];
}

function validateDisruptionBudget(object: KubeObject): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as DisruptionBudgetSpec;
  const errors: Errors = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalidValue('spec', shownSpec(spec), 'minAvailable and maxUnavailable cannot be both set'));
  }
  checkIntOrPercent(errors, 'spec.minAvailable', spec.minAvailable, true);
  checkIntOrPercent(errors, 'spec.maxUnavailable', spec.maxUnavailable, true);
  if (spec.selector !== undefined) errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  checkOptionalOneOf(errors, 'spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, [
    'AlwaysAllow',
    'IfHealthyBudget',
  ]);
  return errors;
}

/** kube-apiserver shows the specification by its internal names. */
function shownSpec(spec: DisruptionBudgetSpec): unknown {
  return {
    MinAvailable: spec.minAvailable,
    Selector: spec.selector ?? null,
    MaxUnavailable: spec.maxUnavailable,
    UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
  };
}

const disruptionBudgetTable = tableOf(
  ['Min Available', 'Max Unavailable', 'Allowed Disruptions:integer', 'Age'],
  (object, nowMs) => {
    const spec = (object['spec'] ?? {}) as DisruptionBudgetSpec;
    const status = (object['status'] ?? {}) as { disruptionsAllowed?: number };
    return [
      String(spec.minAvailable ?? 'N/A'),
      String(spec.maxUnavailable ?? 'N/A'),
      status.disruptionsAllowed ?? 0,
      age(object, nowMs),
    ];
  },
);
