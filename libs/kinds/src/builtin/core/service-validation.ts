import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../name-rule.ts';
import { pushLabelErrors } from '../../metadata-validation.ts';
import { checkImmutable, checkOneOf, checkPort, isSameJson, type Errors } from '../errors.ts';
import { checkPortNumberOrName } from './probe-validation.ts';
import { ipText, isIpAddress } from '../ip-address.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { ServicePort, ServiceSpec } from './service-types.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const headless = 'None';
const affinityTimeoutMax = 86_400;

export function validateService(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = object['spec'] as ServiceSpec;
  const errors: Errors = [];
  const ports = spec.ports ?? [];
  if (ports.length === 0 && spec.clusterIP !== headless && spec.type !== 'ExternalName') {
    errors.push(requiredValue('spec.ports'));
  }
  checkOneOf(errors, 'spec.type', spec.type, types);
  checkType(errors, spec);
  checkPorts(errors, ports, spec);
  checkAffinity(errors, spec);
  if (spec.selector !== undefined) pushLabelErrors(spec.selector, 'spec.selector', errors);
  checkAddresses(errors, spec);
  checkTrafficPolicies(errors, spec);
  if (old !== undefined) checkServiceUpdate(errors, spec, old['spec'] as ServiceSpec);
  return errors;
}

function checkType(errors: Errors, spec: ServiceSpec): void {
  switch (spec.type) {
    case 'LoadBalancer':
      if (spec.clusterIP === headless) {
        errors.push(invalidValue('spec.clusterIPs[0]', headless, "may not be set to 'None' for LoadBalancer services"));
      }
      return;
    case 'NodePort':
      if (spec.clusterIP === headless) {
        errors.push(invalidValue('spec.clusterIPs[0]', headless, "may not be set to 'None' for NodePort services"));
      }
      return;
    case 'ExternalName':
      if ((spec.clusterIP ?? '') !== '') {
        errors.push(forbiddenValue('spec.clusterIPs', 'may not be set for ExternalName services'));
      }
      if ((spec.externalName ?? '') === '') errors.push(requiredValue('spec.externalName'));
      else {
        const name = (spec.externalName ?? '').replace(/\.$/, '');
        for (const complaint of checkDnsSubdomain(name)) {
          errors.push(invalidValue('spec.externalName', spec.externalName, complaint));
        }
      }
      return;
    default:
  }
}

function checkPorts(errors: Errors, ports: readonly ServicePort[], spec: ServiceSpec): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    const name = port.name ?? '';
    if (name === '') {
      if (ports.length > 1) errors.push(requiredValue(`${path}.name`));
    } else {
      for (const complaint of checkDnsLabel(name)) errors.push(invalidValue(`${path}.name`, name, complaint));
      if (names.has(name)) errors.push(duplicateValue(`${path}.name`, name));
      names.add(name);
    }
    checkPort(errors, `${path}.port`, port.port ?? 0);
    checkOneOf(errors, `${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
    checkPortNumberOrName(errors, `${path}.targetPort`, port.targetPort);
    if ((port.nodePort ?? 0) !== 0 && spec.type === 'ClusterIP') {
      errors.push(forbiddenValue(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    const key = `${port.protocol}/${port.port}`;
    if (numbers.has(key)) errors.push(duplicateValue(path, shownPort(port.protocol, port.port)));
    numbers.add(key);
  });
}

function checkAffinity(errors: Errors, spec: ServiceSpec): void {
  checkOneOf(errors, 'spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  if (spec.sessionAffinity !== 'ClientIP') return;
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  if (seconds <= 0 || seconds > affinityTimeoutMax) {
    errors.push(
      invalidValue(
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
        seconds,
        `must be greater than 0 and less than ${affinityTimeoutMax}`,
      ),
    );
  }
}

function checkAddresses(errors: Errors, spec: ServiceSpec): void {
  const first = spec.clusterIPs?.[0];
  if (spec.clusterIP !== undefined && first !== undefined && first !== spec.clusterIP) {
    errors.push(invalidValue('spec.clusterIPs', spec.clusterIPs, 'first value must match `clusterIP`'));
  }
  (spec.clusterIPs ?? []).forEach((ip, index) => {
    if (ip !== headless && !isIpAddress(ip)) errors.push(invalidValue(`spec.clusterIPs[${index}]`, ip, ipText));
  });
  (spec.externalIPs ?? []).forEach((ip, index) => {
    if (!isIpAddress(ip)) errors.push(invalidValue(`spec.externalIPs[${index}]`, ip, ipText));
  });
}

function checkTrafficPolicies(errors: Errors, spec: ServiceSpec): void {
  const supported = ['Cluster', 'Local'];
  const { externalTrafficPolicy, internalTrafficPolicy } = spec;
  if (externalTrafficPolicy !== undefined && externalTrafficPolicy !== '') {
    if (!isExternallyAccessible(spec)) {
      errors.push(
        invalidValue(
          'spec.externalTrafficPolicy',
          externalTrafficPolicy,
          'may only be set for externally-accessible services',
        ),
      );
    } else if (!supported.includes(externalTrafficPolicy)) {
      errors.push(unsupportedValue('spec.externalTrafficPolicy', externalTrafficPolicy, supported));
    }
  }
  if (internalTrafficPolicy !== undefined && !supported.includes(internalTrafficPolicy)) {
    errors.push(unsupportedValue('spec.internalTrafficPolicy', internalTrafficPolicy, supported));
  }
}

/** An allocated cluster IP stays, unless the Service turns from or into an external name. */
function checkServiceUpdate(errors: Errors, spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if ((old.clusterIP ?? '') === '') return;
  if (isSameJson(spec.clusterIP, old.clusterIP)) return;
  checkImmutable(errors, 'spec.clusterIPs[0]', spec.clusterIPs?.[0] ?? spec.clusterIP, old.clusterIP);
}

function isExternallyAccessible(spec: ServiceSpec): boolean {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0;
}

/** kube-apiserver shows the clashing port by its internal names, without what doesn't clash. */
function shownPort(protocol: string | undefined, port: number | undefined): unknown {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}
