import type { KubeObject } from '@flotilla/kinds/kube-object';
import { hasLoadBalancerIngress, loadBalancerUnion } from '../load-balancer-status.ts';
import { fieldsAt, fieldsOf, withField } from '../object-field.ts';
import type { KindOperations } from '../operations.ts';

export const service: KindOperations = {
  retain(desired, observed) {
    const spec = fieldsOf(observed['spec']);
    let retained = desired;
    for (const field of ['clusterIP', 'healthCheckNodePort']) {
      const value = spec[field];
      if (value !== undefined && value !== '' && value !== 0) retained = withField(retained, ['spec', field], value);
    }
    return retained;
  },
  reflectStatus: (observed) =>
    isLoadBalancer(observed) ? { loadBalancer: fieldsAt(fieldsOf(observed['status']), 'loadBalancer') } : undefined,
  aggregateStatus: (template, items) =>
    isLoadBalancer(template) ? loadBalancerUnion(items) : fieldsOf(template['status']),
  isHealthy: (observed) => !isLoadBalancer(observed) || hasLoadBalancerIngress(observed),
};

function isLoadBalancer(object: KubeObject): boolean {
  return fieldsOf(object['spec'])['type'] === 'LoadBalancer';
}
