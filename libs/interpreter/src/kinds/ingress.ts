import { hasLoadBalancerIngress, loadBalancerUnion } from '../load-balancer-status.ts';
import { fieldsOf, isFields, listAt, textAt } from '../object-field.ts';
import type { DependentObjectReference, KindOperations } from '../operations.ts';

export const ingress: KindOperations = {
  reflectStatus(observed) {
    const status = observed['status'];
    return isFields(status) ? status : undefined;
  },
  aggregateStatus: (_template, items) => loadBalancerUnion(items),
  isHealthy: hasLoadBalancerIngress,
  getDependencies(template): readonly DependentObjectReference[] {
    const { namespace } = template.metadata;
    const names = listAt(fieldsOf(template['spec']), 'tls').map((entry) => textAt(fieldsOf(entry), 'secretName'));
    return [...new Set(names)]
      .filter((name) => name !== undefined)
      .toSorted()
      .map((name) => ({ apiVersion: 'v1', kind: 'Secret', ...(namespace === undefined ? {} : { namespace }), name }));
  },
};
