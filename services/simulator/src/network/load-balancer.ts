import type { KubeObject } from '@flotilla/kinds/kube-object';
import { statusWrites } from '../model/object-write.ts';
import { ingresses, services } from '../model/resources.ts';
import { itself, nothing, perObject, type Controller } from '../runner/controller.ts';
import { formatAddress } from '../pods/pod-addresses.ts';
import type { Service } from './service.ts';

/** Documentation addresses (RFC 5737 and the benchmarking range of RFC 2544): reachable by nobody. */
const externalBase = 198 * 2 ** 24 + 18 * 2 ** 16;
const addressesPerMember = 1_024;

/** Services of type LoadBalancer get an external address. `memberIndex` keeps the addresses of members apart. */
export function createLoadBalancerController(memberIndex: number): Controller {
  return {
    name: 'load-balancer',
    watches: [itself(services)],
    open: perObject<Service>(services, (stored, { spec, metadata, status }) => {
      if (spec.type !== 'LoadBalancer' || metadata.deletionTimestamp !== undefined) {
        const isLeftOver = status?.loadBalancer?.ingress !== undefined;
        return isLeftOver ? { writes: statusWrites(stored, { ...status, loadBalancer: {} }) } : nothing;
      }
      const ip = spec.loadBalancerIP ?? externalAddress(memberIndex, spec.clusterIP ?? metadata.uid ?? '');
      return { writes: statusWrites(stored, { ...status, loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } }) };
    }),
  };
}

/** Ingresses are served by one controller, at one address. */
export function createIngressController(memberIndex: number): Controller {
  const ip = formatAddress(externalBase + memberIndex * addressesPerMember + 1);
  return {
    name: 'ingress',
    watches: [itself(ingresses)],
    open: perObject<KubeObject>(ingresses, (stored, { metadata }) =>
      metadata.deletionTimestamp === undefined
        ? { writes: statusWrites(stored, { loadBalancer: { ingress: [{ ip }] } }) }
        : nothing,
    ),
  };
}

/** Follows from the cluster IP, so that it stays what it is. */
function externalAddress(memberIndex: number, clusterIp: string): string {
  let hash = 0;
  for (const character of clusterIp) hash = (hash * 31 + character.charCodeAt(0)) % (addressesPerMember - 2);
  return formatAddress(externalBase + memberIndex * addressesPerMember + 2 + hash);
}
