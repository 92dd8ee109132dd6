import { textAt, valueAt, withField, fieldsOf } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';

/** The first that any member reports is the phase of all. */
const phasePrecedence = ['Failed', 'Pending', 'Available', 'Bound', 'Released'] as const;

export const persistentVolume: KindOperations = {
  retain(desired, observed) {
    const claim = valueAt(observed, ['spec', 'claimRef']);
    return claim === undefined ? desired : withField(desired, ['spec', 'claimRef'], claim);
  },
  /** A member that has not reported counts as Pending. */
  aggregateStatus(_template, items) {
    const phases = new Set(items.map(({ status }) => (status ? textAt(fieldsOf(status), 'phase') : 'Pending')));
    const phase = phasePrecedence.find((candidate) => phases.has(candidate));
    return phase === undefined ? {} : { phase };
  },
};
