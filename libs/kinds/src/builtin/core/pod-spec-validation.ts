import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../name-rule.ts';
import { pushLabelErrors } from '../../metadata-validation.ts';
import { checkOneOf, checkRange, type Errors } from '../errors.ts';
import { ipText, isIpAddress } from '../ip-address.ts';
import { validateContainer } from './container-validation.ts';
import { validateScheduling } from './scheduling-validation.ts';
import { validateVolume } from './volume-validation.ts';
import type { Container, PodSpec } from './pod-types.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const secondsMax = 2_147_483_647;

export function validatePodSpec(
  errors: Errors,
  spec: PodSpec,
  path: string,
  extraVolumes: readonly string[] = [],
): void {
  const volumeNames = validateVolumes(errors, spec, path);
  for (const name of extraVolumes) volumeNames.add(name);
  validateContainers(errors, spec, path, volumeNames);
  checkOneOf(errors, `${path}.restartPolicy`, spec.restartPolicy, restartPolicies);
  checkOneOf(errors, `${path}.dnsPolicy`, spec.dnsPolicy, dnsPolicies);
  if (spec.dnsPolicy === 'None') checkOwnDns(errors, spec, path);
  if (spec.activeDeadlineSeconds !== undefined) {
    checkRange(errors, `${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, secondsMax);
  }
  if (spec.nodeSelector !== undefined) pushLabelErrors(spec.nodeSelector, `${path}.nodeSelector`, errors);
  validateNames(errors, spec, path);
  validateScheduling(errors, spec, path);
}

function checkOwnDns(errors: Errors, { dnsConfig }: PodSpec, path: string): void {
  if (dnsConfig === undefined) {
    errors.push(requiredValue(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'));
  } else if ((dnsConfig.nameservers ?? []).length === 0) {
    errors.push(
      requiredValue(
        `${path}.dnsConfig.nameservers`,
        'must provide at least one DNS nameserver when `dnsPolicy` is None',
      ),
    );
  }
}

function validateNames(errors: Errors, spec: PodSpec, path: string): void {
  checkOptionalName(errors, `${path}.serviceAccountName`, spec.serviceAccountName, checkDnsSubdomain);
  checkOptionalName(errors, `${path}.nodeName`, spec.nodeName, checkDnsSubdomain);
  checkOptionalName(errors, `${path}.hostname`, spec.hostname, checkDnsLabel);
  checkOptionalName(errors, `${path}.subdomain`, spec.subdomain, checkDnsLabel);
  checkOptionalName(errors, `${path}.priorityClassName`, spec.priorityClassName, checkDnsSubdomain);
  checkOptionalName(errors, `${path}.runtimeClassName`, spec.runtimeClassName, checkDnsSubdomain);
  (spec.hostAliases ?? []).forEach((alias, index) => {
    const { ip = '', hostnames = [] } = alias;
    if (!isIpAddress(ip)) errors.push(invalidValue(`${path}.hostAliases[${index}].ip`, ip, ipText));
    hostnames.forEach((name, position) => {
      checkOptionalName(errors, `${path}.hostAliases[${index}].hostnames[${position}]`, name, checkDnsSubdomain);
    });
  });
}

function checkOptionalName(
  errors: Errors,
  field: string,
  value: string | undefined,
  rule: (value: string) => readonly string[],
): void {
  if (value === undefined || value === '') return;
  for (const complaint of rule(value)) errors.push(invalidValue(field, value, complaint));
}

/** Names of the volumes that are in order: only those can be mounted. */
function validateVolumes(errors: Errors, spec: PodSpec, path: string): Set<string> {
  const names = new Set<string>();
  (spec.volumes ?? []).forEach((volume, index) => {
    const field = `${path}.volumes[${index}]`;
    const name = volume.name ?? '';
    const before = errors.length;
    if (name === '') errors.push(requiredValue(`${field}.name`));
    else if (names.has(name)) errors.push(duplicateValue(`${field}.name`, name));
    else for (const complaint of checkDnsLabel(name)) errors.push(invalidValue(`${field}.name`, name, complaint));
    validateVolume(errors, volume, field);
    if (errors.length === before) names.add(name);
  });
  return names;
}

function validateContainers(errors: Errors, spec: PodSpec, path: string, volumes: ReadonlySet<string>): void {
  const names = new Set<string>();
  const containers = spec.containers ?? [];
  if (containers.length === 0) errors.push(requiredValue(`${path}.containers`));
  containers.forEach((container, index) => {
    const field = `${path}.containers[${index}]`;
    checkContainerName(errors, container, field, names);
    validateContainer(errors, container, { path: field, volumes, kind: 'main' });
  });
  (spec.initContainers ?? []).forEach((container, index) => {
    const field = `${path}.initContainers[${index}]`;
    checkContainerName(errors, container, field, names);
    const isSidecar = container.restartPolicy === 'Always';
    if (!isSidecar) forbidLifecycle(errors, container, field);
    validateContainer(errors, container, { path: field, volumes, kind: isSidecar ? 'sidecar' : 'init' });
  });
}

function checkContainerName(errors: Errors, container: Container, path: string, names: Set<string>): void {
  const name = container.name ?? '';
  const field = `${path}.name`;
  if (name === '') errors.push(requiredValue(field));
  else if (names.has(name)) errors.push(duplicateValue(field, name));
  else for (const complaint of checkDnsLabel(name)) errors.push(invalidValue(field, name, complaint));
  names.add(name);
}

function forbidLifecycle(errors: Errors, container: Container, path: string): void {
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field] === undefined) continue;
    errors.push(forbiddenValue(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
  }
  const policy = container.restartPolicy;
  if (policy !== undefined && !restartPolicies.includes(policy)) {
    errors.push(unsupportedValue(`${path}.restartPolicy`, policy, restartPolicies));
  }
}
