import { invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../name-rule.ts';
import { validateLabelSelector } from '../../label-selector.ts';
import { checkPortNumberOrName } from '../core/probe-validation.ts';
import { checkImmutable, checkNamed, checkOptionalOneOf, checkPort, type Errors } from '../errors.ts';
import { isCidr, isIpAddress } from '../ip-address.ts';
import { checkPortName } from '../port-name.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type {
  IngressBackend,
  IngressPath,
  IngressSpec,
  NetworkPolicyPeer,
  NetworkPolicyRule,
  NetworkPolicySpec,
} from './networking-types.ts';

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const wildcardPattern = /^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function validateIngress(object: KubeObject): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as IngressSpec;
  const errors: Errors = [];
  const rules = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    errors.push(invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend !== undefined) validateBackend(errors, spec.defaultBackend, 'spec.defaultBackend');
  if (spec.ingressClassName !== undefined) {
    for (const complaint of checkDnsSubdomain(spec.ingressClassName)) {
      errors.push(invalidValue('spec.ingressClassName', spec.ingressClassName, complaint));
    }
  }
  rules.forEach((rule, index) => {
    const path = `spec.rules[${index}]`;
    validateHost(errors, rule.host, `${path}.host`);
    if (rule.http === undefined) return;
    const paths = rule.http.paths ?? [];
    if (paths.length === 0) errors.push(requiredValue(`${path}.http.paths`));
    paths.forEach((one, position) => validatePath(errors, one, `${path}.http.paths[${position}]`));
  });
  (spec.tls ?? []).forEach((tls, index) => {
    (tls.hosts ?? []).forEach((host, position) => validateHost(errors, host, `spec.tls[${index}].hosts[${position}]`));
  });
  return errors;
}

function validateHost(errors: Errors, host: string | undefined, field: string): void {
  if (host === undefined || host === '') return;
  if (isIpAddress(host)) {
    errors.push(invalidValue(field, host, 'must be a DNS name, not an IP address'));
  } else if (host.includes('*')) {
    if (!wildcardPattern.test(host)) {
      errors.push(
        invalidValue(
          field,
          host,
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ),
      );
    }
  } else for (const complaint of checkDnsSubdomain(host)) errors.push(invalidValue(field, host, complaint));
}

function validatePath(errors: Errors, path: IngressPath, field: string): void {
  const type = path.pathType;
  if (type === undefined || type === null) {
    errors.push(requiredValue(`${field}.pathType`, 'pathType must be specified'));
    return;
  }
  if (!pathTypes.includes(type)) errors.push(unsupportedValue(`${field}.pathType`, type, pathTypes));
  else if (type !== 'ImplementationSpecific') checkPathText(errors, path.path ?? '', `${field}.path`);
  else if (path.path !== undefined && path.path !== '' && !path.path.startsWith('/')) {
    errors.push(invalidValue(`${field}.path`, path.path, 'must be an absolute path'));
  }
  validateBackend(errors, path.backend ?? {}, `${field}.backend`);
}

const forbiddenSequences = ['//', '/./', '/../', '%2f', '%2F'];
const forbiddenEndings = ['/..', '/.'];

function checkPathText(errors: Errors, path: string, field: string): void {
  if (!path.startsWith('/')) {
    errors.push(invalidValue(field, path, 'must be an absolute path'));
    return;
  }
  for (const part of forbiddenSequences) {
    if (path.includes(part)) errors.push(invalidValue(field, path, `must not contain '${part}'`));
  }
  for (const ending of forbiddenEndings) {
    if (path.endsWith(ending)) errors.push(invalidValue(field, path, `cannot end with '${ending}'`));
  }
}

function validateBackend(errors: Errors, backend: IngressBackend, path: string): void {
  const { service, resource } = backend;
  if (service !== undefined && resource !== undefined) {
    errors.push(invalidValue(path, '', 'cannot set both resource and service backends'));
    return;
  }
  if (resource !== undefined) {
    if ((resource.kind ?? '') === '') errors.push(requiredValue(`${path}.resource.kind`));
    if ((resource.name ?? '') === '') errors.push(requiredValue(`${path}.resource.name`));
    return;
  }
  if (service === undefined) {
    errors.push(invalidValue(path, '', 'resource or service backend is required'));
    return;
  }
  checkNamed(errors, `${path}.service.name`, service.name, checkDnsLabel);
  const { name = '', number = 0 } = service.port ?? {};
  if (name !== '' && number !== 0) {
    errors.push(invalidValue(path, '', 'cannot set both port name & port number'));
  } else if (name !== '') {
    for (const complaint of checkPortName(name))
      errors.push(invalidValue(`${path}.service.port.name`, name, complaint));
  } else if (number !== 0) checkPort(errors, `${path}.service.port.number`, number);
  else errors.push(requiredValue(path, 'port name or number is required'));
}

export function validateIngressClass(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const errors: Errors = [];
  const spec = (object['spec'] ?? {}) as { controller?: string };
  const controller = spec.controller ?? '';
  if (controller === '' && old === undefined) errors.push(requiredValue('spec.controller'));
  else if (!controller.includes('/')) {
    errors.push(invalidValue('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  }
  if (old !== undefined) {
    checkImmutable(errors, 'spec.controller', controller, (old['spec'] as { controller?: string }).controller ?? '');
  }
  return errors;
}

export function validateNetworkPolicy(object: KubeObject): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as NetworkPolicySpec;
  const errors: Errors = [];
  if (spec.podSelector !== undefined) errors.push(...validateLabelSelector(spec.podSelector, 'spec.podSelector'));
  (spec.ingress ?? []).forEach((rule, index) => validateRule(errors, rule, 'from', `spec.ingress[${index}]`));
  (spec.egress ?? []).forEach((rule, index) => validateRule(errors, rule, 'to', `spec.egress[${index}]`));
  const types = spec.policyTypes ?? [];
  if (types.length > 2)
    errors.push(invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes'));
  types.forEach((type, index) => {
    checkOptionalOneOf(errors, `spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']);
  });
  return errors;
}

function validateRule(errors: Errors, rule: NetworkPolicyRule, direction: 'from' | 'to', path: string): void {
  (rule.ports ?? []).forEach((port, index) => {
    const field = `${path}.ports[${index}]`;
    checkOptionalOneOf(errors, `${field}.protocol`, port.protocol, ['TCP', 'UDP', 'SCTP']);
    if (port.port !== undefined) checkPortNumberOrName(errors, `${field}.port`, port.port);
    if (port.endPort !== undefined && typeof port.port === 'number' && port.endPort < port.port) {
      errors.push(invalidValue(`${field}.endPort`, port.port, 'must be greater than or equal to `port`'));
    }
  });
  (rule[direction] ?? []).forEach((peer, index) => validatePeer(errors, peer, `${path}.${direction}[${index}]`));
}

function validatePeer(errors: Errors, peer: NetworkPolicyPeer, path: string): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (podSelector !== undefined) errors.push(...validateLabelSelector(podSelector, `${path}.podSelector`));
  if (namespaceSelector !== undefined) {
    errors.push(...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`));
  }
  if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined) {
    errors.push(requiredValue(path, 'must specify a peer'));
  }
  if (ipBlock === undefined) return;
  if ((podSelector ?? namespaceSelector) !== undefined) {
    errors.push({
      field: path,
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not specify both ipBlock and another peer',
    });
  }
  const cidr = ipBlock.cidr ?? '';
  if (cidr === '') errors.push(requiredValue(`${path}.ipBlock.cidr`));
  else if (!isCidr(cidr)) errors.push(invalidValue(`${path}.ipBlock.cidr`, cidr, cidrText));
  (ipBlock.except ?? []).forEach((block, index) => {
    if (!isCidr(block)) errors.push(invalidValue(`${path}.ipBlock.except[${index}]`, block, cidrText));
  });
}

const cidrText = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
