import { isFields, withField } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';

const tokenSecretType = 'kubernetes.io/service-account-token';

export const secret: KindOperations = {
  /** Token Secrets are filled by the member's token controller. */
  retain(desired, observed) {
    if (desired['type'] !== tokenSecretType) return desired;
    const data = observed['data'];
    return isFields(data) ? withField(desired, ['data'], data) : desired;
  },
};
