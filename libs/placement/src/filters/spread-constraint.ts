import { groupsOf } from '../selection/group-of.ts';
import type { Filter, Rejection } from './filter.ts';

/** A cluster can only be counted in a group if it says which group it is in. */
export const spreadConstraint: Filter = {
  name: 'spread-constraint',
  scope: 'placement',
  check(cluster, { placement, isSpreadEffective }): Rejection | undefined {
    for (const { dimension } of placement.spread) {
      if (dimension === 'cluster') continue;
      const isLabel = dimension.startsWith('label:');
      if (isLabel && !isSpreadEffective) continue;
      if (groupsOf(cluster, dimension).length > 0) continue;
      if (isLabel) return { reason: `cluster(s) did not have label ${dimension.slice('label:'.length)}` };
      return { reason: `cluster(s) did not have ${dimension === 'zone' ? 'zones' : dimension} property` };
    }
    return undefined;
  },
};
