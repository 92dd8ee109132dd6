import { invalidValue, requiredValue } from '../../field-error.ts';
import { checkQualifiedName } from '../../name-rule.ts';
import { compareQuantities, parseQuantity, tryParseQuantity, zeroQuantity } from '../../quantity.ts';
import type { Errors } from '../errors.ts';
import type { ResourceList, ResourceRequirements } from './pod-types.ts';

const standardResources: readonly string[] = ['cpu', 'memory', 'ephemeral-storage', 'storage'];

export function validateResources(errors: Errors, resources: ResourceRequirements, path: string): void {
  const { limits, requests } = resources;
  if (limits !== undefined) validateResourceList(errors, limits, `${path}.limits`);
  if (requests !== undefined) validateResourceList(errors, requests, `${path}.requests`);
  if (limits === undefined || requests === undefined) return;
  for (const name in requests) {
    const request = requests[name] ?? '0';
    const limit = limits[name];
    if (limit === undefined || request === limit) continue;
    if (compareQuantities(parseQuantity(request), parseQuantity(limit)) > 0) {
      errors.push(invalidValue(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
}

/** Names and amounts of a list of resources. The amounts are canonical quantities already. */
function validateResourceList(errors: Errors, list: ResourceList, path: string): void {
  for (const name in list) {
    const amount = list[name] ?? '';
    const field = `${path}[${name}]`;
    checkResourceName(errors, name, field);
    if (!amount.startsWith('-')) continue;
    const quantity = tryParseQuantity(amount);
    if (quantity !== undefined && compareQuantities(quantity, zeroQuantity) < 0) {
      errors.push(invalidValue(field, amount, 'must be greater than or equal to 0'));
    }
  }
}

export function checkResourceName(errors: Errors, name: string, path: string): void {
  if (standardResources.includes(name)) return;
  if (name === '') {
    errors.push(requiredValue(path));
    return;
  }
  for (const complaint of checkQualifiedName(name)) errors.push(invalidValue(path, name, complaint));
  if (!name.includes('/') && !name.startsWith('hugepages-')) {
    errors.push(invalidValue(path, name, 'must be a standard resource type or fully qualified'));
    errors.push(invalidValue(path, name, 'must be a standard resource for containers'));
  }
}
