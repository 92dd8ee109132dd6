import { requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkQualifiedName } from '../../name-rule.ts';
import { checkImmutable, checkNamed, checkOptionalOneOf, type Errors } from '../errors.ts';
import type { FieldError, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';

export interface StorageClass {
  readonly provisioner?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
  readonly allowVolumeExpansion?: boolean;
}

export interface CsiDriverSpec {
  attachRequired?: boolean;
  fsGroupPolicy?: string;
  podInfoOnMount?: boolean;
  requiresRepublish?: boolean;
  seLinuxMount?: boolean;
  storageCapacity?: boolean;
  tokenRequests?: { audience?: string }[];
  volumeLifecycleModes?: string[];
}

export function setStorageClassDefaults(draft: MutableKubeObject): void {
  draft['reclaimPolicy'] ??= 'Delete';
  draft['volumeBindingMode'] ??= 'Immediate';
}

export function setCsiDriverDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as CsiDriverSpec;
  spec.attachRequired ??= true;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  spec.podInfoOnMount ??= false;
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
  spec.storageCapacity ??= false;
  spec.volumeLifecycleModes ??= ['Persistent'];
}

export function validateStorageClass(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const storageClass = object as KubeObject & StorageClass;
  const errors: Errors = [];
  checkNamed(errors, 'provisioner', storageClass.provisioner, (name) => checkQualifiedName(name.toLowerCase()));
  checkOptionalOneOf(errors, 'reclaimPolicy', storageClass.reclaimPolicy, ['Delete', 'Retain']);
  if (storageClass.volumeBindingMode === undefined) errors.push(requiredValue('volumeBindingMode'));
  else if (!['Immediate', 'WaitForFirstConsumer'].includes(storageClass.volumeBindingMode)) {
    errors.push(
      unsupportedValue('volumeBindingMode', storageClass.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    );
  }
  if (old === undefined) return errors;
  const previous = old as KubeObject & StorageClass;
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    checkImmutable(errors, field, storageClass[field], previous[field]);
  }
  checkImmutable(errors, 'volumeBindingMode', storageClass.volumeBindingMode, previous.volumeBindingMode);
  return errors;
}

export function validateCsiDriver(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  if (old === undefined) return [];
  const errors: Errors = [];
  const spec = (object['spec'] ?? {}) as CsiDriverSpec;
  const previous = (old['spec'] ?? {}) as CsiDriverSpec;
  checkImmutable(errors, 'spec.attachedRequired', spec.attachRequired, previous.attachRequired);
  checkImmutable(errors, 'spec.volumeLifecycleModes', spec.volumeLifecycleModes, previous.volumeLifecycleModes);
  return errors;
}
