import { invalidValue } from '../field-error.ts';
import type { Errors } from './errors.ts';

const percentPattern = /^[0-9]+%$/;

/** A count or a share such as `25%`; at most 100% where `isCapped`. */
export function checkIntOrPercent(
  errors: Errors,
  field: string,
  value: number | string | undefined,
  isCapped: boolean,
): void {
  if (value === undefined) return;
  if (typeof value === 'number') {
    if (value < 0) errors.push(invalidValue(field, value, 'must be greater than or equal to 0'));
    return;
  }
  if (!percentPattern.test(value)) {
    errors.push(
      invalidValue(
        field,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ),
    );
    return;
  }
  if (isCapped && percentOf(value) > 100) errors.push(invalidValue(field, value, 'must not be greater than 100%'));
}

/** The number in `25%` or of a plain count: only good for telling zero from more. */
export function percentOf(value: number | string | undefined): number {
  return typeof value === 'string' ? Number.parseInt(value, 10) : (value ?? 0);
}
