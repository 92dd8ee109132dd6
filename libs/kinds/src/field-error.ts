/**
 * Constructors of {@link FieldError} with the wording of kube-apiserver, so that clients and users see texts they know.
 */
import type { FieldError } from './kind-definition.ts';

export function requiredValue(field: string, detail = ''): FieldError {
  return { field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${quoteValue(value)}`, detail) };
}

/** The value has the wrong JSON type. */
export function wrongType(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: 'FieldValueTypeInvalid', message: withDetail(`Invalid value: ${quoteValue(value)}`, detail) };
}

export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((item) => JSON.stringify(item)).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: withDetail(
      `Unsupported value: ${quoteValue(value)}`,
      supported.length > 0 ? `supported values: ${list}` : '',
    ),
  };
}

export function duplicateValue(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${quoteValue(value)}` };
}

export function forbiddenValue(field: string, detail: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail) };
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxBytes} bytes` };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  return { field, reason: 'FieldValueTooMany', message: `Too many: ${actual}: must have at most ${max} items` };
}

export function valueNotFound(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${quoteValue(value)}` };
}

/** Every update of a field that may not change gets these words. */
export const immutableDetail = 'field is immutable';

function withDetail(message: string, detail: string): string {
  return detail === '' ? message : `${message}: ${detail}`;
}

/** Strings quoted, numbers and booleans bare, the rest as compact JSON: what Kubernetes prints for such values. */
function quoteValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return JSON.stringify(value);
}
