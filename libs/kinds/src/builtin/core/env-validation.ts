import { invalidValue, requiredValue } from '../../field-error.ts';
import { checkDnsSubdomain } from '../../name-rule.ts';
import { checkNamed, type Errors } from '../errors.ts';
import { checkConfigKey } from './config-key.ts';
import type { EnvFromSource, EnvVar, EnvVarSource, KeyReference, ObjectFieldSelector } from './pod-types.ts';

const namePattern = /^[ -<>-~]+$/;
const nameText = "a valid environment variable name must consist only of printable ASCII characters other than '='";

const podFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const podMapPattern = /^metadata\.(?:annotations|labels)\['.+'\]$/;

export function validateEnv(errors: Errors, variables: readonly EnvVar[], path: string): void {
  variables.forEach((variable, index) => {
    const field = `${path}[${index}]`;
    const name = variable.name ?? '';
    if (name === '') errors.push(requiredValue(`${field}.name`));
    else if (!namePattern.test(name)) errors.push(invalidValue(`${field}.name`, name, nameText));
    if (variable.valueFrom !== undefined) validateSource(errors, variable, variable.valueFrom, `${field}.valueFrom`);
  });
}

function validateSource(errors: Errors, variable: EnvVar, source: EnvVarSource, path: string): void {
  const count = Object.values(source).filter((part) => part !== undefined).length;
  if (count === 0) {
    errors.push(
      invalidValue(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  } else if (variable.value !== undefined && variable.value !== '') {
    errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) {
    errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  }
  if (source.fieldRef !== undefined) validateFieldRef(errors, source.fieldRef, `${path}.fieldRef`);
  if (source.resourceFieldRef !== undefined && (source.resourceFieldRef.resource ?? '') === '') {
    errors.push(requiredValue(`${path}.resourceFieldRef.resource`));
  }
  validateKeyRef(errors, source.configMapKeyRef, `${path}.configMapKeyRef`);
  validateKeyRef(errors, source.secretKeyRef, `${path}.secretKeyRef`);
}

function validateFieldRef(errors: Errors, reference: ObjectFieldSelector, path: string): void {
  const fieldPath = reference.fieldPath ?? '';
  if (fieldPath === '') errors.push(requiredValue(`${path}.fieldPath`));
  else if (!podFields.includes(fieldPath) && !podMapPattern.test(fieldPath)) {
    errors.push(
      invalidValue(
        `${path}.fieldPath`,
        fieldPath,
        `error converting fieldPath: field label not supported: ${fieldPath}`,
      ),
    );
  }
}

function validateKeyRef(errors: Errors, reference: KeyReference | undefined, path: string): void {
  if (reference === undefined) return;
  for (const complaint of checkDnsSubdomain(reference.name ?? '')) {
    errors.push(invalidValue(`${path}.name`, reference.name ?? '', complaint));
  }
  checkNamed(errors, `${path}.key`, reference.key, checkConfigKey);
}

export function validateEnvFrom(errors: Errors, sources: readonly EnvFromSource[], path: string): void {
  sources.forEach((source, index) => {
    const field = `${path}[${index}]`;
    if (source.prefix !== undefined && source.prefix !== '' && !namePattern.test(source.prefix)) {
      errors.push(invalidValue(`${field}.prefix`, source.prefix, nameText));
    }
    const { configMapRef, secretRef } = source;
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    }
    if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    }
    if (configMapRef !== undefined)
      checkNamed(errors, `${field}.configMapRef.name`, configMapRef.name, checkDnsSubdomain);
    if (secretRef !== undefined) checkNamed(errors, `${field}.secretRef.name`, secretRef.name, checkDnsSubdomain);
  });
}
