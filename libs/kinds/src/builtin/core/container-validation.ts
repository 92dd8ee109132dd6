import { duplicateValue, invalidValue, requiredValue, unsupportedValue, valueNotFound } from '../../field-error.ts';
import { checkPort, checkOneOf, type Errors } from '../errors.ts';
import { checkPortName } from '../port-name.ts';
import { validateEnv, validateEnvFrom } from './env-validation.ts';
import { validateHandler, validateProbe } from './probe-validation.ts';
import { validateResources } from './resources-validation.ts';
import type { Container, ContainerPort, VolumeMount } from './pod-types.ts';

export interface ContainerContext {
  readonly path: string;
  /** Names of the pod's volumes. */
  readonly volumes: ReadonlySet<string>;
  readonly kind: 'main' | 'init' | 'sidecar';
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];
const propagations = ['Bidirectional', 'HostToContainer', 'None'];

export function validateContainer(errors: Errors, container: Container, context: ContainerContext): void {
  const { path } = context;
  if ((container.image ?? '') === '') errors.push(requiredValue(`${path}.image`));
  validatePorts(errors, container.ports ?? [], `${path}.ports`);
  validateEnv(errors, container.env ?? [], `${path}.env`);
  validateEnvFrom(errors, container.envFrom ?? [], `${path}.envFrom`);
  validateMounts(errors, container, context);
  checkOneOf(errors, `${path}.imagePullPolicy`, container.imagePullPolicy, pullPolicies);
  checkOneOf(errors, `${path}.terminationMessagePolicy`, container.terminationMessagePolicy, messagePolicies);
  if (container.resources !== undefined) validateResources(errors, container.resources, `${path}.resources`);
  if (context.kind !== 'init') {
    validateProbe(errors, container.livenessProbe, `${path}.livenessProbe`, 'once');
    validateProbe(errors, container.readinessProbe, `${path}.readinessProbe`, 'often');
    validateProbe(errors, container.startupProbe, `${path}.startupProbe`, 'once');
    if (container.lifecycle?.postStart !== undefined) {
      validateHandler(errors, container.lifecycle.postStart, `${path}.lifecycle.postStart`);
    }
    if (container.lifecycle?.preStop !== undefined) {
      validateHandler(errors, container.lifecycle.preStop, `${path}.lifecycle.preStop`);
    }
  }
}

function validatePorts(errors: Errors, ports: readonly ContainerPort[], path: string): void {
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const field = `${path}[${index}]`;
    if (port.name !== undefined) {
      const complaints = checkPortName(port.name);
      for (const complaint of complaints) errors.push(invalidValue(`${field}.name`, port.name, complaint));
      if (complaints.length === 0 && names.has(port.name)) errors.push(duplicateValue(`${field}.name`, port.name));
      names.add(port.name);
    }
    if (port.containerPort === undefined || port.containerPort === 0) {
      errors.push(requiredValue(`${field}.containerPort`));
    } else checkPort(errors, `${field}.containerPort`, port.containerPort);
    if (port.hostPort !== undefined && port.hostPort !== 0) checkPort(errors, `${field}.hostPort`, port.hostPort);
    checkOneOf(errors, `${field}.protocol`, port.protocol, protocols);
  });
}

function validateMounts(errors: Errors, container: Container, context: ContainerContext): void {
  const paths = new Set<string>();
  (container.volumeMounts ?? []).forEach((mount, index) => {
    const field = `${context.path}.volumeMounts[${index}]`;
    const name = mount.name ?? '';
    if (name === '') errors.push(requiredValue(`${field}.name`));
    else if (!context.volumes.has(name)) errors.push(valueNotFound(`${field}.name`, name));
    const mountPath = mount.mountPath ?? '';
    if (mountPath === '') errors.push(requiredValue(`${field}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalidValue(`${field}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    validateMountDetail(errors, mount, field, `${context.path}.volumeMounts`);
  });
  (container.volumeDevices ?? []).forEach((device, index) => {
    const field = `${context.path}.volumeDevices[${index}]`;
    if (device.name === undefined || device.name === '') errors.push(requiredValue(`${field}.name`));
    else if (!context.volumes.has(device.name)) errors.push(valueNotFound(`${field}.name`, device.name));
    if (device.devicePath === undefined || device.devicePath === '') errors.push(requiredValue(`${field}.devicePath`));
  });
}

/** Sub-paths are reported against the list, not against the mount: so does kube-apiserver. */
function validateMountDetail(errors: Errors, mount: VolumeMount, path: string, listPath: string): void {
  if (mount.subPath !== undefined && mount.subPath !== '')
    checkRelativePath(errors, `${listPath}.subPath`, mount.subPath);
  if (mount.subPathExpr !== undefined && mount.subPathExpr !== '') {
    if (mount.subPath !== undefined && mount.subPath !== '') {
      errors.push(
        invalidValue(`${path}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
      );
    }
    checkRelativePath(errors, `${listPath}.subPathExpr`, mount.subPathExpr);
  }
  if (mount.mountPropagation !== undefined && !propagations.includes(mount.mountPropagation)) {
    errors.push(unsupportedValue(`${path}.mountPropagation`, mount.mountPropagation, propagations));
  }
}

/** Inside a volume, and never above it. */
export function checkRelativePath(errors: Errors, field: string, value: string): void {
  if (value.startsWith('/')) errors.push(invalidValue(field, value, 'must be a relative path'));
  if (value.split('/').includes('..')) errors.push(invalidValue(field, value, "must not contain '..'"));
}
