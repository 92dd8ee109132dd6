import { age, labelsText, none, orNone, tableOf } from '../table/columns.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { LoadBalancerStatus, ServicePort, ServiceSpec } from './service-types.ts';

export const serviceTable = tableOf(
  ['Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector*'],
  (object, nowMs) => {
    const spec = object['spec'] as ServiceSpec;
    return [
      spec.type ?? '',
      orNone(spec.clusterIPs?.[0] ?? spec.clusterIP),
      externalText(object, spec),
      portsText(spec.ports ?? []),
      age(object, nowMs),
      labelsText(spec.selector),
    ];
  },
);

function externalText(object: KubeObject, spec: ServiceSpec): string {
  const externalIps = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const status = object['status'] as LoadBalancerStatus | undefined;
      const addresses = (status?.loadBalancer?.ingress ?? []).map((ingress) => ingress.ip ?? ingress.hostname ?? '');
      const all = [...addresses.filter((address) => address !== ''), ...externalIps];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    default:
      return externalIps.length === 0 ? none : externalIps.join(',');
  }
}

function portsText(ports: readonly ServicePort[]): string {
  if (ports.length === 0) return none;
  return ports
    .map((port) => {
      const node = (port.nodePort ?? 0) > 0 ? `:${port.nodePort}` : '';
      return `${port.port ?? 0}${node}/${port.protocol ?? ''}`;
    })
    .join(',');
}
