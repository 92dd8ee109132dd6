/** Checks that many kinds share, each appending to a list of errors. */
import { invalidValue, requiredValue, unsupportedValue, immutableDetail } from '../field-error.ts';
import type { Complaints } from '../name-rule.ts';
import type { FieldError } from '../kind-definition.ts';

export type Errors = FieldError[];

export function checkNonNegative(errors: Errors, field: string, value: number | undefined): void {
  if (value !== undefined && value < 0) {
    errors.push(invalidValue(field, value, 'must be greater than or equal to 0'));
  }
}

export function checkPositive(errors: Errors, field: string, value: number | undefined): void {
  if (value !== undefined && value <= 0) errors.push(invalidValue(field, value, 'must be greater than 0'));
}

export function checkRange(errors: Errors, field: string, value: number, minimum: number, maximum: number): void {
  if (value < minimum || value > maximum) {
    errors.push(invalidValue(field, value, `must be between ${minimum} and ${maximum}, inclusive`));
  }
}

export function checkPort(errors: Errors, field: string, port: number): void {
  checkRange(errors, field, port, 1, 65_535);
}

/** A required word out of a few. */
export function checkOneOf(
  errors: Errors,
  field: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (value === undefined || value === '') errors.push(requiredValue(field));
  else if (!supported.includes(value)) errors.push(unsupportedValue(field, value, supported));
}

/** The same for words that may be missing. */
export function checkOptionalOneOf(
  errors: Errors,
  field: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (value !== undefined && !supported.includes(value)) errors.push(unsupportedValue(field, value, supported));
}

/** A required text that has to satisfy a naming rule. */
export function checkNamed(
  errors: Errors,
  field: string,
  value: string | undefined,
  rule: (value: string) => Complaints,
): void {
  if (value === undefined || value === '') {
    errors.push(requiredValue(field));
    return;
  }
  for (const complaint of rule(value)) errors.push(invalidValue(field, value, complaint));
}

export function checkImmutable(errors: Errors, field: string, value: unknown, old: unknown): void {
  if (!isSameJson(value, old)) errors.push(invalidValue(field, value, immutableDetail));
}

/** Equal as JSON values; absent, null, and empty lists and maps count as the same nothing. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) return isSameList(left, right);
  const a = left as Readonly<Record<string, unknown>>;
  const b = right as Readonly<Record<string, unknown>>;
  for (const key in a) if (!isSameJson(a[key], b[key])) return false;
  for (const key in b) if (a[key] === undefined && !isNothing(b[key])) return false;
  return true;
}

function isSameList(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((item, index) => isSameJson(item, right[index]));
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.length === 0;
}
