import type { AdmissionPlugin } from '@flotilla/kubeapi/admission/admission';
import type { ServiceSpec } from '@flotilla/kinds/builtin/core/service-types';
import { createIndexer } from '@flotilla/store/indexer';
import type { ObjectStore } from '@flotilla/store/object-store';
import { services } from '../model/resources.ts';
import { formatAddress, parseAddress } from '../pods/pod-addresses.ts';
import type { Service } from './service.ts';

/** Service addresses of a member: as in most clusters, the same private range in each. */
const clusterRange = { base: parseAddress('10.96.0.0'), first: 10, size: 65_536 };
const nodePorts = { first: 30_000, size: 2_768 };

export interface ServiceAddresses extends AdmissionPlugin {
  close(): void;
}

/** Gives Services their cluster IP and node ports while they are written, as an API server does; what a Service has, it keeps. */
export function createServiceAddresses(store: ObjectStore): ServiceAddresses {
  const taken = createIndexer(store, { resource: services, keysOf: ({ object }) => addressesOf(object as Service) });
  let nextAddress = clusterRange.first;
  let nextPort = 0;

  function freeAddress(): string {
    for (let tries = 0; tries < clusterRange.size; tries += 1) {
      const address = formatAddress(clusterRange.base + nextAddress);
      nextAddress = nextAddress >= clusterRange.size - 2 ? clusterRange.first : nextAddress + 1;
      if (taken.count(address) === 0) return address;
    }
    throw new Error('every service address of the cluster is taken');
  }

  function freePort(): number {
    for (let tries = 0; tries < nodePorts.size; tries += 1) {
      const port = nodePorts.first + nextPort;
      nextPort = (nextPort + 1) % nodePorts.size;
      if (taken.count(String(port)) === 0) return port;
    }
    throw new Error('every node port of the cluster is taken');
  }

  function allocate(spec: ServiceSpec, old: ServiceSpec | undefined): void {
    if (spec.type === 'ExternalName') return;
    const kept = old?.type === 'ExternalName' ? undefined : old?.clusterIP;
    if (spec.clusterIP === undefined || spec.clusterIP === '') spec.clusterIP = kept ?? freeAddress();
    spec.clusterIPs ??= [spec.clusterIP];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
    const hasNodePorts =
      spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    if (!hasNodePorts) return;
    for (const port of spec.ports ?? []) {
      const before = old?.ports?.find(
        (one) => one.port === port.port && (one.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
      );
      if ((port.nodePort ?? 0) === 0) port.nodePort = before?.nodePort ?? freePort();
    }
  }

  return {
    name: 'ServiceAddresses',
    mutate({ kind, operation, subresource, old }, draft) {
      if (kind.kind !== 'Service' || operation === 'DELETE' || subresource !== '') return;
      const spec = draft['spec'] as ServiceSpec | undefined;
      if (spec !== undefined) allocate(spec, old?.['spec'] as ServiceSpec | undefined);
    },
    close: () => {
      taken.close();
    },
  };
}

function addressesOf({ spec }: Service): readonly string[] {
  const ports = (spec.ports ?? []).map(({ nodePort }) => nodePort).filter((port) => port !== undefined && port > 0);
  const address = spec.clusterIP ?? '';
  return [...(address === '' || address === 'None' ? [] : [address]), ...ports.map(String)];
}
