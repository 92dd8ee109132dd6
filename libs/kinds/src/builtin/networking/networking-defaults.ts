import type { MutableKubeObject } from '../../kind-definition.ts';
import type { NetworkPolicySpec } from './networking-types.ts';

export function setNetworkPolicyDefaults(draft: MutableKubeObject): void {
  const spec = (draft['spec'] ?? {}) as NetworkPolicySpec;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  spec.policyTypes ??= (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

export function setIngressClassDefaults(draft: MutableKubeObject): void {
  const parameters = (draft['spec'] as { parameters?: { scope?: string } } | undefined)?.parameters;
  if (parameters !== undefined) parameters.scope ??= 'Cluster';
}
