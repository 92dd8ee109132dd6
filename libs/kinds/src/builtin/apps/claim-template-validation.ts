import { requiredValue } from '../../field-error.ts';
import { validateClaimSpec, type ClaimSpec } from '../core/claim-validation.ts';
import type { Errors } from '../errors.ts';
import type { ClaimTemplate } from './workload-types.ts';

/** StatefulSets check only what would keep every claim of the set from being made. */
export function validateClaimTemplates(errors: Errors, claims: readonly ClaimTemplate[]): void {
  claims.forEach((claim, index) => {
    const path = `spec.volumeClaimTemplates[${index}]`;
    if (claim.spec === undefined) errors.push(requiredValue(`${path}.spec`));
    else validateClaimSpec(errors, claim.spec as ClaimSpec, `${path}.spec`);
  });
}
