import { invalidValue, requiredValue, unsupportedValue, forbiddenValue } from '../../field-error.ts';
import { without } from '../without.ts';
import { isSameJson, type Errors } from '../errors.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { ResourceList } from './pod-types.ts';

export interface ClaimSpec {
  accessModes?: string[];
  resources?: { requests?: ResourceList; limits?: ResourceList };
  volumeName?: string;
  storageClassName?: string;
  volumeMode?: string;
  volumeAttributesClassName?: string;
  [field: string]: unknown;
}

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateClaim(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as ClaimSpec;
  const errors: Errors = [];
  validateClaimSpec(errors, spec, 'spec');
  if (old !== undefined) validateClaimUpdate(errors, spec, (old['spec'] ?? {}) as ClaimSpec);
  return errors;
}

export function validateClaimSpec(errors: Errors, spec: ClaimSpec, path: string): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(requiredValue(`${path}.accessModes`, 'at least 1 access mode is required'));
  for (const mode of modes) {
    if (!accessModes.includes(mode)) errors.push(unsupportedValue(`${path}.accessModes`, mode, accessModes));
  }
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.push(requiredValue(`${path}.resources[storage]`));
  else if (storage === '0' || storage.startsWith('-')) {
    errors.push(invalidValue(`${path}.resources[storage]`, storage, 'must be greater than zero'));
  }
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Block' && spec.volumeMode !== 'Filesystem') {
    errors.push(unsupportedValue(`${path}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']));
  }
}

/** After creation the size may grow, the attributes class may change, and a volume may be bound; nothing else. */
function validateClaimUpdate(errors: Errors, spec: ClaimSpec, old: ClaimSpec): void {
  const isBinding = (old.volumeName ?? '') === '' && spec.volumeName !== undefined;
  if (isSameJson(frozenPart(spec, isBinding), frozenPart(old, isBinding))) return;
  errors.push(
    forbiddenValue(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ),
  );
}

function frozenPart(spec: ClaimSpec, isBinding: boolean): unknown {
  const rest = without(spec, 'volumeName', 'volumeAttributesClassName', 'resources');
  return { ...rest, limits: spec.resources?.limits, ...(!isBinding && { volumeName: spec.volumeName }) };
}
