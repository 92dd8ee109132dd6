import { fieldsOf, textAt, valueAt, withField } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';

export const persistentVolumeClaim: KindOperations = {
  retain(desired, observed) {
    const volume = valueAt(observed, ['spec', 'volumeName']);
    return volume === undefined ? desired : withField(desired, ['spec', 'volumeName'], volume);
  },
  /** Lost anywhere is Lost; else the first phase that is not Bound. */
  aggregateStatus(_template, items) {
    let phase = 'Bound';
    for (const { status } of items) {
      const reported = textAt(fieldsOf(status), 'phase');
      if (reported === 'Lost') return { phase: reported };
      if (reported !== undefined && reported !== 'Bound') phase = reported;
    }
    return { phase };
  },
  isHealthy: (observed) => fieldsOf(observed['status'])['phase'] === 'Bound',
};
