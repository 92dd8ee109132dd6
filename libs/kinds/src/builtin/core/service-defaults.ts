import type { MutableKubeObject } from '../../kind-definition.ts';
import type { ServiceSpec } from './service-types.ts';

const affinityTimeoutSeconds = 10_800;

/**
 * Cluster IPs, IP families and node ports are not among the defaults: whoever really serves the Service allocates them. In the gateway a Service is a
 * template, and each member cluster allocates its own.
 */
export function setServiceDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as ServiceSpec;
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinity === 'ClientIP') {
    const config = (spec.sessionAffinityConfig ??= {});
    (config.clientIP ??= {}).timeoutSeconds ??= affinityTimeoutSeconds;
  }
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') {
      if (port.port !== undefined) port.targetPort = port.port;
    }
  }
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.clusterIP !== undefined && spec.clusterIP !== '') spec.clusterIPs ??= [spec.clusterIP];
}
