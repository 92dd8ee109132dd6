import { age, none, orNone, selectorText, tableOf } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { setIngressClassDefaults, setNetworkPolicyDefaults } from './networking-defaults.ts';
import { validateIngress, validateIngressClass, validateNetworkPolicy } from './networking-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';
import type { LoadBalancerStatus } from '../core/service-types.ts';
import type { IngressRule, IngressSpec, NetworkPolicySpec } from './networking-types.ts';

const networking = { group: 'networking.k8s.io', version: 'v1', hasGeneration: true };

export function networkingKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...networking,
      kind: 'Ingress',
      plural: 'ingresses',
      shortNames: ['ing'],
      subresources: { status: true },
      validate: validateIngress,
      table: ingressTable,
    }),
    defineKind(schemas, {
      ...networking,
      kind: 'IngressClass',
      plural: 'ingressclasses',
      isNamespaced: false,
      applyDefaults: setIngressClassDefaults,
      validate: validateIngressClass,
      table: ingressClassTable,
    }),
    defineKind(schemas, {
      ...networking,
      kind: 'NetworkPolicy',
      plural: 'networkpolicies',
      shortNames: ['netpol'],
      applyDefaults: setNetworkPolicyDefaults,
      validate: validateNetworkPolicy,
      table: networkPolicyTable,
    }),
  ];
}

const ingressTable = tableOf(['Class', 'Hosts', 'Address', 'Ports', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as IngressSpec;
  const status = object['status'] as LoadBalancerStatus | undefined;
  const addresses = (status?.loadBalancer?.ingress ?? []).map((one) => one.ip ?? one.hostname ?? '');
  return [
    orNone(spec.ingressClassName),
    hostsText(spec.rules ?? []),
    addresses.filter((address) => address !== '').join(','),
    (spec.tls ?? []).length > 0 ? '80, 443' : '80',
    age(object, nowMs),
  ];
});

const hostsShownMax = 3;

function hostsText(rules: readonly IngressRule[]): string {
  const hosts = rules.map((rule) => rule.host ?? '').filter((host) => host !== '');
  if (hosts.length === 0) return '*';
  const more = hosts.length - hostsShownMax;
  const shown = hosts.slice(0, hostsShownMax).join(',');
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

const ingressClassTable = tableOf(['Controller', 'Parameters', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as {
    controller?: string;
    parameters?: { apiGroup?: string; kind?: string; name?: string };
  };
  const { parameters } = spec;
  const kind = parameters?.apiGroup === undefined ? parameters?.kind : `${parameters.kind}.${parameters.apiGroup}`;
  return [spec.controller ?? '', parameters === undefined ? none : `${kind}/${parameters.name}`, age(object, nowMs)];
});

const networkPolicyTable = tableOf(['Pod-Selector', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as NetworkPolicySpec;
  return [orNone(selectorText(spec.podSelector)), age(object, nowMs)];
});
