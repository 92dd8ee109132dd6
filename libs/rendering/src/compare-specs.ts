/**
 * Whether a member's object says what is desired, apart from metadata and status. Absent, null and empty are the same; quantities are compared by value. Fields that only the
 * member's object has are told apart: in maps that users fill they are a difference, elsewhere they may be defaults.
 */
import { isFields } from '@flotilla/interpreter/object-field';
import type { Fields } from '@flotilla/interpreter/object-field';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { tryParseQuantity } from '@flotilla/kinds/quantity';

export type SpecComparison = 'same' | 'defaulted' | 'different';

/** Fields whose keys are users' and never defaulted. */
const userMaps = new Set([
  'annotations',
  'binaryData',
  'data',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'parameters',
  'requests',
  'stringData',
]);
const quantityMaps = new Set([
  'limits',
  'requests',
  'capacity',
  'hard',
  'overhead',
  'max',
  'min',
  'default',
  'defaultRequest',
]);

export function compareSpecs(desired: KubeObject, observed: KubeObject): SpecComparison {
  let result: SpecComparison = 'same';
  for (const key in desired) {
    if (isBookkeeping(key)) continue;
    const comparison = compareValues(desired[key], observed[key], key);
    if (comparison === 'different') return 'different';
    if (comparison === 'defaulted') result = 'defaulted';
  }
  for (const key in observed) {
    if (isBookkeeping(key) || key in desired || isEmpty(observed[key])) continue;
    if (userMaps.has(key)) return 'different';
    result = 'defaulted';
  }
  return result;
}

function isBookkeeping(key: string): boolean {
  return key === 'apiVersion' || key === 'kind' || key === 'metadata' || key === 'status';
}

function compareValues(desired: unknown, observed: unknown, field: string): SpecComparison {
  if (desired === observed) return 'same';
  if (Array.isArray(desired) && Array.isArray(observed)) return compareLists(desired, observed, field);
  if (isFields(desired) && isFields(observed)) return compareFields(desired, observed, field);
  if (isEmpty(desired)) {
    if (isEmpty(observed)) return 'same';
    return userMaps.has(field) || Array.isArray(desired) ? 'different' : 'defaulted';
  }
  return 'different';
}

function compareLists(desired: readonly unknown[], observed: readonly unknown[], field: string): SpecComparison {
  if (desired.length !== observed.length) return 'different';
  let result: SpecComparison = 'same';
  for (let index = 0; index < desired.length; index += 1) {
    const comparison = compareValues(desired[index], observed[index], field);
    if (comparison === 'different') return 'different';
    if (comparison === 'defaulted') result = 'defaulted';
  }
  return result;
}

function compareFields(desired: Fields, observed: Fields, field: string): SpecComparison {
  const hasQuantities = quantityMaps.has(field);
  let result: SpecComparison = 'same';
  for (const key in desired) {
    if (hasQuantities && isSameQuantity(desired[key], observed[key])) continue;
    const comparison = compareValues(desired[key], observed[key], key);
    if (comparison === 'different') return 'different';
    if (comparison === 'defaulted') result = 'defaulted';
  }
  for (const key in observed) {
    if (key in desired || isEmpty(observed[key])) continue;
    if (userMaps.has(field) || userMaps.has(key)) return 'different';
    result = 'defaulted';
  }
  return result;
}

function isSameQuantity(desired: unknown, observed: unknown): boolean {
  if (desired === observed) return true;
  const left = tryParseQuantity(desired);
  const right = tryParseQuantity(observed);
  return left !== undefined && right !== undefined && left.nanos === right.nanos;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isFields(value)) return false;
  for (const key in value) if (!isEmpty(value[key])) return false;
  return true;
}
