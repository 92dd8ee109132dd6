import { forbiddenValue, invalidValue, requiredValue } from '../../field-error.ts';
import { checkRelativePath } from './container-validation.ts';
import type { Errors } from '../errors.ts';
import type { KeyToPath, ProjectionSource, Volume } from './pod-types.ts';

const modeMax = 0o777;
const modeText = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateVolume(errors: Errors, volume: Volume, path: string): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key] !== undefined);
  if (sources.length === 0) errors.push(requiredValue(path, 'must specify a volume type'));
  for (const extra of sources.slice(1)) {
    errors.push(forbiddenValue(`${path}.${extra}`, 'may not specify more than 1 volume type'));
  }
  if (volume.hostPath !== undefined) validateHostPath(errors, volume.hostPath, `${path}.hostPath`);
  if (volume.secret !== undefined) {
    if ((volume.secret.secretName ?? '') === '') errors.push(requiredValue(`${path}.secret.secretName`));
    checkMode(errors, `${path}.secret.defaultMode`, volume.secret.defaultMode);
    validateItems(errors, volume.secret.items, `${path}.secret.items`);
  }
  if (volume.configMap !== undefined) {
    if ((volume.configMap.name ?? '') === '') errors.push(requiredValue(`${path}.configMap.name`));
    checkMode(errors, `${path}.configMap.defaultMode`, volume.configMap.defaultMode);
    validateItems(errors, volume.configMap.items, `${path}.configMap.items`);
  }
  if (volume.downwardAPI !== undefined)
    checkMode(errors, `${path}.downwardAPI.defaultMode`, volume.downwardAPI.defaultMode);
  if (volume.projected !== undefined) {
    checkMode(errors, `${path}.projected.defaultMode`, volume.projected.defaultMode);
    validateProjections(errors, volume.projected.sources ?? [], `${path}.projected`);
  }
  if (volume.persistentVolumeClaim !== undefined && (volume.persistentVolumeClaim.claimName ?? '') === '') {
    errors.push(requiredValue(`${path}.persistentVolumeClaim.claimName`));
  }
  if (volume.nfs !== undefined) {
    if ((volume.nfs.server ?? '') === '') errors.push(requiredValue(`${path}.nfs.server`));
    if ((volume.nfs.path ?? '') === '') errors.push(requiredValue(`${path}.nfs.path`));
    else if (volume.nfs.path?.startsWith('/') === false) {
      errors.push(invalidValue(`${path}.nfs.path`, volume.nfs.path, 'must be an absolute path'));
    }
  }
  if (volume.emptyDir?.sizeLimit?.startsWith('-') === true) {
    errors.push(forbiddenValue(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
}

function validateHostPath(errors: Errors, source: { path?: string }, path: string): void {
  const value = source.path ?? '';
  if (value === '') errors.push(requiredValue(`${path}.path`));
  else if (value.split('/').includes('..')) errors.push(invalidValue(`${path}.path`, value, "must not contain '..'"));
}

function checkMode(errors: Errors, field: string, mode: number | undefined): void {
  if (mode !== undefined && (mode < 0 || mode > modeMax)) errors.push(invalidValue(field, mode, modeText));
}

function validateItems(errors: Errors, items: readonly KeyToPath[] | undefined, path: string): void {
  (items ?? []).forEach((item, index) => {
    const field = `${path}[${index}]`;
    if ((item.key ?? '') === '') errors.push(requiredValue(`${field}.key`));
    const target = item.path ?? '';
    if (target === '') errors.push(requiredValue(`${field}.path`));
    else checkRelativePath(errors, `${field}.path`, target);
    checkMode(errors, `${field}.mode`, item.mode);
  });
}

function validateProjections(errors: Errors, sources: readonly ProjectionSource[], path: string): void {
  sources.forEach((source, index) => {
    const field = `${path}.sources[${index}]`;
    if (source.secret !== undefined) {
      if ((source.secret.name ?? '') === '') errors.push(requiredValue(`${field}.secret.name`));
      validateItems(errors, source.secret.items, `${field}.secret.items`);
    }
    if (source.configMap !== undefined) {
      if ((source.configMap.name ?? '') === '') errors.push(requiredValue(`${field}.configMap.name`));
      validateItems(errors, source.configMap.items, `${field}.configMap.items`);
    }
    const token = source.serviceAccountToken;
    if (token === undefined) return;
    if ((token.path ?? '') === '') errors.push(requiredValue(`${path}.path`));
    if ((token.expirationSeconds ?? 0) < 600) {
      errors.push(
        invalidValue(
          `${field}.serviceAccountToken.expirationSeconds`,
          token.expirationSeconds ?? 0,
          'may not specify a duration less than 10 minutes',
        ),
      );
    }
  });
}
