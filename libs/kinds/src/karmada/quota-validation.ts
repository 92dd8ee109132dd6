/** Checks of FederatedResourceQuota. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { duplicateValue, invalidValue, unsupportedValue } from '../field-error.ts';
import { checkDnsLabel, checkQualifiedName, dnsLabelMaxLength } from '../name-rule.ts';
import { addQuantities, compareQuantities, formatQuantity, tryParseQuantity, zeroQuantity } from '../quantity.ts';
import type { Quantity } from '../quantity.ts';
import type { FederatedResourceQuota } from './policy.ts';

type ResourceList = Readonly<Record<string, string | number>>;

/** Expects objects that their schema accepts. */
export function validateFederatedResourceQuota(object: KubeObject): readonly FieldError[] {
  const { spec, metadata } = object as FederatedResourceQuota;
  const errors: FieldError[] = [];
  const { name = '' } = metadata;
  if (name.length > dnsLabelMaxLength) {
    errors.push(invalidValue('metadata.name', name, `must be no more than ${dnsLabelMaxLength} characters`));
  }
  const overall = parseList(spec.overall, 'spec.overall', errors);
  const assigned = new Map<string, Quantity>();
  const clusters = new Set<string>();
  (spec.staticAssignments ?? []).forEach(({ clusterName, hard }, index) => {
    const path = `spec.staticAssignments[${index}]`;
    for (const complaint of checkDnsLabel(clusterName)) {
      errors.push(invalidValue(`${path}.clusterName`, clusterName, complaint));
    }
    if (clusters.has(clusterName)) errors.push(duplicateValue(`${path}.clusterName`, clusterName));
    clusters.add(clusterName);
    for (const [resource, amount] of parseList(hard, `${path}.hard`, errors)) {
      if (!Object.hasOwn(spec.overall, resource)) {
        errors.push(unsupportedValue(`${path}.hard`, resource, Object.keys(spec.overall)));
      }
      assigned.set(resource, addQuantities(assigned.get(resource) ?? zeroQuantity, amount));
    }
  });
  for (const [resource, amount] of overall) {
    const sum = assigned.get(resource) ?? zeroQuantity;
    if (compareQuantities(amount, sum) >= 0) continue;
    const detail = `must not be less than what staticAssignments give to clusters (${formatQuantity(sum)})`;
    errors.push(invalidValue(`spec.overall[${resource}]`, spec.overall[resource], detail));
  }
  return errors;
}

function parseList(list: ResourceList, path: string, errors: FieldError[]): ReadonlyMap<string, Quantity> {
  const parsed = new Map<string, Quantity>();
  for (const [resource, text] of Object.entries(list)) {
    const field = `${path}[${resource}]`;
    for (const complaint of checkQualifiedName(resource)) errors.push(invalidValue(field, resource, complaint));
    const amount = tryParseQuantity(text);
    if (amount === undefined) errors.push(invalidValue(field, text, 'must be a quantity such as 500m, 2 or 4Gi'));
    else if (amount.nanos < 0n) errors.push(invalidValue(field, text, 'must be greater than or equal to 0'));
    else parsed.set(resource, amount);
  }
  return parsed;
}
