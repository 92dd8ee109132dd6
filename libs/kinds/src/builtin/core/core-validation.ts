import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain, checkLabelValue, checkQualifiedName } from '../../name-rule.ts';
import { matchesLabelSelector } from '../../label-selector.ts';
import { accessModes } from './claim-validation.ts';
import {
  checkImmutable,
  checkNamed,
  checkNonNegative,
  checkOneOf,
  checkOptionalOneOf,
  type Errors,
} from '../errors.ts';
import { ipText, isIpAddress } from '../ip-address.ts';
import { validatePodTemplate } from './pod-template-validation.ts';
import { checkResourceName } from './resources-validation.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { PodTemplateSpec, ResourceList } from './pod-types.ts';

export function validatePodTemplateKind(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const template = object['template'] as PodTemplateSpec | undefined;
  if (template !== undefined) validatePodTemplate(errors, template, 'template');
  return errors;
}

export function validateReplicationController(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const spec = (object['spec'] ?? {}) as {
    replicas?: number;
    minReadySeconds?: number;
    selector?: Record<string, string>;
    template?: PodTemplateSpec;
  };
  checkNonNegative(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  checkNonNegative(errors, 'spec.replicas', spec.replicas);
  const selector = spec.selector ?? {};
  if (Object.keys(selector).length === 0) errors.push(requiredValue('spec.selector'));
  if (spec.template === undefined) {
    errors.push(requiredValue('spec.template'));
    return errors;
  }
  const labels = spec.template.metadata?.labels;
  if (!matchesLabelSelector({ matchLabels: selector }, labels)) {
    errors.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  validatePodTemplate(errors, spec.template, 'spec.template');
  const policy = spec.template.spec?.restartPolicy;
  if (policy !== 'Always') errors.push(unsupportedValue('spec.template.spec.restartPolicy', policy, ['Always']));
  return errors;
}

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const notVolumeSources: readonly string[] = [
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
];

export function validateVolumeKind(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const errors: Errors = [];
  const spec = (object['spec'] ?? {}) as {
    accessModes?: string[];
    capacity?: ResourceList;
    persistentVolumeReclaimPolicy?: string;
    volumeMode?: string;
    [field: string]: unknown;
  };
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(requiredValue('spec.accessModes'));
  for (const mode of modes)
    if (!accessModes.includes(mode)) errors.push(unsupportedValue('spec.accessModes', mode, accessModes));
  if (spec.capacity === undefined) errors.push(requiredValue('spec.capacity'));
  if (spec.capacity?.['storage'] === undefined || Object.keys(spec.capacity).length > 1) {
    errors.push(unsupportedValue('spec.capacity', sortedByKey(spec.capacity), ['storage']));
  }
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy !== undefined && !reclaimPolicies.includes(policy)) {
    errors.push(unsupportedValue('spec.persistentVolumeReclaimPolicy', policy, reclaimPolicies));
  }
  const sources = sourcesOf(spec);
  if (sources.length === 0) errors.push(requiredValue('spec', 'must specify a volume type'));
  for (const extra of sources.slice(1)) {
    errors.push(forbiddenValue(`spec.${extra}`, 'may not specify more than 1 volume type'));
  }
  checkOptionalOneOf(errors, 'spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']);
  if (old === undefined) return errors;
  const previous = old['spec'] as { volumeMode?: string; [field: string]: unknown };
  for (const source of new Set([...sources, ...sourcesOf(previous)])) {
    if (JSON.stringify(spec[source]) !== JSON.stringify(previous[source])) {
      errors.push(
        forbiddenValue('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'),
      );
      break;
    }
  }
  checkImmutable(errors, 'volumeMode', spec.volumeMode, previous.volumeMode);
  return errors;
}

function sortedByKey(list: ResourceList | undefined): ResourceList | undefined {
  return list === undefined
    ? undefined
    : Object.fromEntries(Object.entries(list).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function sourcesOf(spec: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(spec).filter((key) => spec[key] !== undefined && !notVolumeSources.includes(key));
}

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateNode(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const spec = (object['spec'] ?? {}) as { taints?: { key?: string; effect?: string; value?: string }[] };
  (spec.taints ?? []).forEach(({ key = '', value = '', effect }, index) => {
    const path = `metadata.taints[${index}]`;
    for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(`${path}.key`, key, complaint));
    for (const complaint of checkLabelValue(value)) errors.push(invalidValue(`${path}.value`, value, complaint));
    checkOneOf(errors, `${path}.effect`, effect, taintEffects);
  });
  return errors;
}

export function validateEndpoints(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const subsets = (object['subsets'] ?? []) as {
    addresses?: { ip?: string }[];
    notReadyAddresses?: { ip?: string }[];
    ports?: { name?: string; port?: number }[];
  }[];
  subsets.forEach((subset, index) => {
    const path = `subsets[${index}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.push(requiredValue(path, 'must specify `addresses` or `notReadyAddresses`'));
    }
    addresses.forEach(({ ip = '' }, position) => {
      if (!isIpAddress(ip)) {
        const field = `${path}.addresses[${position}].ip`;
        errors.push(invalidValue(field, ip, 'must be a valid IP address'), invalidValue(field, ip, ipText));
      }
    });
    ports.forEach((port, position) => {
      const field = `${path}.ports[${position}]`;
      const name = port.name ?? '';
      if (ports.length > 1 && name === '') errors.push(requiredValue(`${field}.name`));
      for (const complaint of name === '' ? [] : checkDnsLabel(name)) {
        errors.push(invalidValue(`${field}.name`, name, complaint));
      }
      const number = port.port ?? 0;
      if (number < 1 || number > 65_535) {
        errors.push(invalidValue(`${field}.port`, number, 'must be between 1 and 65535, inclusive'));
      }
    });
  });
  return errors;
}

export function validateEvent(object: KubeObject): readonly FieldError[] {
  const subject = (object['involvedObject'] ?? object['regarding'] ?? {}) as { namespace?: string };
  const namespace = object.metadata.namespace ?? '';
  const subjectNamespace = subject.namespace ?? '';
  const isClusterScoped = subjectNamespace === '' && namespace === 'default';
  if (isClusterScoped || subjectNamespace === namespace || subjectNamespace === '') return [];
  return [invalidValue('involvedObject.namespace', subjectNamespace, 'does not match event.namespace')];
}

export function validateResourceQuota(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const hard = (object['spec'] as { hard?: ResourceList } | undefined)?.hard ?? {};
  for (const [name, amount] of Object.entries(hard)) {
    const field = `spec.hard[${name}]`;
    const complaints = checkQualifiedName(name);
    for (const complaint of complaints) errors.push(invalidValue(field, name, complaint));
    if (complaints.length > 0) errors.push(invalidValue(field, name, 'must be a standard resource for quota'));
    if (amount.startsWith('-')) {
      errors.push(invalidValue(field, amount, 'must be greater than or equal to 0'));
    }
  }
  return errors;
}

interface LimitRangeItem {
  type?: string;
  max?: ResourceList;
  min?: ResourceList;
  default?: ResourceList;
  defaultRequest?: ResourceList;
}

export function validateLimitRange(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const limits = (object['spec'] as { limits?: LimitRangeItem[] | null } | undefined)?.limits ?? [];
  limits.forEach((item, index) => {
    const path = `spec.limits[${index}]`;
    const type = item.type ?? '';
    for (const complaint of checkQualifiedName(type)) errors.push(invalidValue(`${path}.type`, type, complaint));
    if (type !== 'Container') return;
    for (const part of ['max', 'min', 'default', 'defaultRequest'] as const) {
      for (const name in item[part]) checkResourceName(errors, name, `${path}.${part}[${name}]`);
    }
  });
  return errors;
}

export function validateServiceAccount(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const secrets = (object['imagePullSecrets'] ?? []) as { name?: string }[];
  secrets.forEach((secret, index) => {
    if (secret.name !== undefined)
      checkNamed(errors, `imagePullSecrets[${index}].name`, secret.name, checkDnsSubdomain);
  });
  return errors;
}
