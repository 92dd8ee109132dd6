import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsAt, fieldsOf, listAt, textAt } from './object-field.ts';
import type { Fields } from './object-field.ts';
import type { StatusItem } from './operations.ts';

export function hasLoadBalancerIngress(observed: KubeObject): boolean {
  return listAt(fieldsAt(fieldsOf(observed['status']), 'loadBalancer'), 'ingress').length > 0;
}

/** The addresses of all members, each once, ordered by address, then host name. */
export function loadBalancerUnion(items: readonly StatusItem[]): Fields {
  const points = new Map<string, Fields>();
  for (const { status } of items) {
    for (const entry of listAt(fieldsAt(fieldsOf(status), 'loadBalancer'), 'ingress')) {
      const point = fieldsOf(entry);
      points.set(`${textAt(point, 'ip') ?? ''}\u0000${textAt(point, 'hostname') ?? ''}`, point);
    }
  }
  const ingress = [...points.entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, point]) => point);
  return { loadBalancer: ingress.length > 0 ? { ingress } : {} };
}
