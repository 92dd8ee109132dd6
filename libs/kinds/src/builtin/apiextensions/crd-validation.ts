import { invalidValue, requiredValue } from '../../field-error.ts';
import { checkDns1035Label, checkDnsSubdomain } from '../../name-rule.ts';
import { checkImmutable, checkNamed, checkOneOf, type Errors } from '../errors.ts';
import { validateStructuralSchema } from './structural-schema.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { CrdColumn, CrdNames, CrdSpec, CrdVersion } from './crd-types.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

export function validateCrd(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as CrdSpec;
  const errors: Errors = [];
  const group = spec.group ?? '';
  const plural = spec.names?.plural ?? '';
  if (object.metadata.name !== `${plural}.${group}`) {
    errors.push(invalidValue('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (group === '') errors.push(requiredValue('spec.group'));
  else {
    for (const complaint of checkDnsSubdomain(group)) errors.push(invalidValue('spec.group', group, complaint));
    if (!group.includes('.')) {
      errors.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
    }
  }
  checkOneOf(errors, 'spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  validateNames(errors, spec.names ?? {});
  validateVersions(errors, spec.versions ?? []);
  if (spec.preserveUnknownFields === true) {
    errors.push(
      invalidValue(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  }
  if (old !== undefined) validateCrdUpdate(errors, spec, (old['spec'] ?? {}) as CrdSpec);
  return errors;
}

function validateNames(errors: Errors, names: CrdNames): void {
  checkNamed(errors, 'spec.names.plural', names.plural, checkDns1035Label);
  checkNamed(errors, 'spec.names.singular', names.singular, checkDns1035Label);
  checkNamed(errors, 'spec.names.kind', names.kind, checkKindName);
  checkNamed(errors, 'spec.names.listKind', names.listKind, checkKindName);
  (names.shortNames ?? []).forEach((name, index) => {
    checkNamed(errors, `spec.names.shortNames[${index}]`, name, checkDns1035Label);
  });
  if (names.kind !== undefined && names.kind === names.listKind) {
    errors.push(invalidValue('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'));
  }
}

function checkKindName(kind: string): readonly string[] {
  const complaints = checkDns1035Label(kind.toLowerCase());
  return complaints.map((complaint) => `may have mixed case, but should otherwise match: ${complaint}`);
}

/** What a single version says is reported where kube-apiserver keeps it: on the specification itself. */
interface VersionPaths {
  readonly schema: string;
  readonly columns: string;
  readonly scale: string;
}

function pathsOf(index: number, isOnly: boolean): VersionPaths {
  if (isOnly) {
    return {
      schema: 'spec.validation.openAPIV3Schema',
      columns: 'spec.additionalPrinterColumns',
      scale: 'spec.subresources.scale',
    };
  }
  const path = `spec.versions[${index}]`;
  return {
    schema: `${path}.schema.openAPIV3Schema`,
    columns: `${path}.additionalPrinterColumns`,
    scale: `${path}.subresources.scale`,
  };
}

function validateVersions(errors: Errors, versions: readonly CrdVersion[]): void {
  const names = new Set<string>();
  let storageCount = 0;
  versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`;
    const name = version.name ?? '';
    checkNamed(errors, `${path}.name`, name, checkDns1035Label);
    if (names.has(name)) errors.push(invalidValue('spec.versions', name, 'must contain unique version names'));
    names.add(name);
    if (version.storage === true) storageCount += 1;
    const paths = pathsOf(index, versions.length === 1);
    if (versions.length === 1) checkNamed(errors, 'spec.version', name, checkDns1035Label);
    const schema = version.schema?.openAPIV3Schema;
    if (schema === undefined || schema === null) errors.push(requiredValue(`${path}.schema.openAPIV3Schema`));
    else validateStructuralSchema(errors, schema, paths.schema);
    (version.additionalPrinterColumns ?? []).forEach((column, position) => {
      validateColumn(errors, column, `${paths.columns}[${position}]`);
    });
    validateScale(errors, version, paths.scale);
  });
  if (storageCount !== 1) {
    errors.push(invalidValue('spec.versions', [...names], 'must have exactly one version marked as storage version'));
  }
}

function validateColumn(errors: Errors, column: CrdColumn, path: string): void {
  if ((column.name ?? '') === '') errors.push(requiredValue(`${path}.name`));
  const type = column.type ?? '';
  if (type === '') errors.push(requiredValue(`${path}.type`, `must be one of ${columnTypes.join(',')}`));
  else if (!columnTypes.includes(type)) {
    errors.push(invalidValue(`${path}.type`, type, `must be one of ${columnTypes.join(',')}`));
  }
  if ((column.jsonPath ?? '') === '') errors.push(requiredValue(`${path}.JSONPath`));
  else if (column.jsonPath?.startsWith('.') === false) {
    errors.push(invalidValue(`${path}.JSONPath`, column.jsonPath, 'must be a simple json path starting with .'));
  }
}

function validateScale(errors: Errors, version: CrdVersion, field: string): void {
  const scale = version.subresources?.scale;
  if (scale === undefined) return;
  if ((scale.specReplicasPath ?? '') === '') errors.push(requiredValue(`${field}.specReplicasPath`));
  else if (scale.specReplicasPath?.startsWith('.spec.') === false) {
    errors.push(invalidValue(`${field}.specReplicasPath`, scale.specReplicasPath, 'should be a json path under .spec'));
  }
  if ((scale.statusReplicasPath ?? '') === '') errors.push(requiredValue(`${field}.statusReplicasPath`));
  else if (scale.statusReplicasPath?.startsWith('.status.') === false) {
    errors.push(
      invalidValue(`${field}.statusReplicasPath`, scale.statusReplicasPath, 'should be a json path under .status'),
    );
  }
}

function validateCrdUpdate(errors: Errors, spec: CrdSpec, old: CrdSpec): void {
  checkImmutable(errors, 'spec.scope', spec.scope, old.scope);
  checkImmutable(errors, 'spec.names.kind', spec.names?.kind, old.names?.kind);
  checkImmutable(errors, 'spec.group', spec.group, old.group);
  checkImmutable(errors, 'spec.names.plural', spec.names?.plural, old.names?.plural);
}
