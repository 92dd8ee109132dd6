/**
 * Checks of `metadata` that every kind shares, in kube-apiserver's words. Expects metadata whose types are right already (decoding sees to that).
 */
import type { FieldError } from './kind-definition.ts';
import type { ObjectMeta, OwnerReference } from './kube-object.ts';
import { forbiddenValue, immutableDetail, invalidValue, requiredValue, tooLong } from './field-error.ts';
import {
  checkDns1035Label,
  checkDnsLabel,
  checkDnsSubdomain,
  checkLabelValue,
  checkPathSegment,
  checkQualifiedName,
  type Complaints,
} from './name-rule.ts';

export type NameRule = 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment';

export interface MetadataRules {
  readonly isNamespaced: boolean;
  /** DNS subdomain when absent. */
  readonly nameRule?: NameRule;
}

/** Bytes of all annotation keys and values of one object together. */
export const annotationsMaxBytes = 256 * 1024;

/** Metadata of an object that is about to be created. */
export function validateMetadata(metadata: ObjectMeta, rules: MetadataRules): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '', namespace = '', generation = 0 } = metadata;
  const rule = rules.nameRule ?? 'dns-subdomain';
  if (generateName !== '') {
    for (const complaint of checkNamePrefix(generateName, rule)) {
      errors.push(invalidValue('metadata.generateName', generateName, complaint));
    }
  }
  if (name === '') errors.push(requiredValue('metadata.name', 'name or generateName is required'));
  else for (const complaint of checkName(name, rule)) errors.push(invalidValue('metadata.name', name, complaint));
  errors.push(...validateNamespace(namespace, rules.isNamespaced));
  if (generation < 0) {
    errors.push(invalidValue('metadata.generation', generation, 'must be greater than or equal to 0'));
  }
  pushContentErrors(metadata, errors);
  pushFinalizerErrors(metadata.finalizers ?? [], errors);
  return errors;
}

/** Metadata of an object that is about to replace `old`. */
export function validateMetadataUpdate(metadata: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of immutableFields) {
    if (metadata[field] !== old[field]) {
      errors.push(invalidValue(`metadata.${field}`, metadata[field] ?? '', immutableDetail));
    }
  }
  if ((metadata.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalidValue('metadata.generation', metadata.generation ?? 0, 'must not be decremented'));
  }
  pushContentErrors(metadata, errors);
  pushFinalizerErrors(metadata.finalizers ?? [], errors);
  if (old.deletionTimestamp !== undefined) pushAddedFinalizerErrors(metadata, old, errors);
  return errors;
}

const immutableFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** Complaints about a whole name. */
export function checkName(name: string, rule: NameRule): Complaints {
  switch (rule) {
    case 'dns-subdomain':
      return checkDnsSubdomain(name);
    case 'dns-label':
      return checkDnsLabel(name);
    case 'dns-1035-label':
      return checkDns1035Label(name);
    case 'path-segment':
      return checkPathSegment(name);
  }
}

/** A prefix may end with a dash, because something follows; `.` and `..` are harmless then. */
function checkNamePrefix(prefix: string, rule: NameRule): Complaints {
  if (rule === 'path-segment') return prefix === '.' || prefix === '..' ? [] : checkPathSegment(prefix);
  return checkName(prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -1)}a` : prefix, rule);
}

function validateNamespace(namespace: string, isNamespaced: boolean): readonly FieldError[] {
  if (!isNamespaced) {
    return namespace === '' ? [] : [forbiddenValue('metadata.namespace', 'not allowed on this type')];
  }
  if (namespace === '') return [requiredValue('metadata.namespace')];
  return checkDnsLabel(namespace).map((complaint) => invalidValue('metadata.namespace', namespace, complaint));
}

function pushContentErrors(metadata: ObjectMeta, errors: FieldError[]): void {
  if (metadata.labels !== undefined) pushLabelErrors(metadata.labels, 'metadata.labels', errors);
  if (metadata.annotations !== undefined) pushAnnotationErrors(metadata.annotations, 'metadata.annotations', errors);
  if (metadata.ownerReferences !== undefined) pushOwnerErrors(metadata.ownerReferences, errors);
}

/** Also for labels elsewhere, e.g. of a pod template: `field` is the path of the map. */
export function pushLabelErrors(labels: Readonly<Record<string, string>>, field: string, errors: FieldError[]): void {
  for (const key in labels) {
    const value = labels[key] ?? '';
    for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(field, key, complaint));
    for (const complaint of checkLabelValue(value)) errors.push(invalidValue(field, value, complaint));
  }
}

/** Also for annotations elsewhere. Keys may have upper case prefixes; values are bounded only in total. */
export function pushAnnotationErrors(
  annotations: Readonly<Record<string, string>>,
  field: string,
  errors: FieldError[],
): void {
  let bytes = 0;
  for (const key in annotations) {
    for (const complaint of checkQualifiedName(key.toLowerCase())) errors.push(invalidValue(field, key, complaint));
    bytes += byteLength(key) + byteLength(annotations[key] ?? '');
  }
  if (bytes > annotationsMaxBytes) errors.push(tooLong(field, annotationsMaxBytes));
}

const encoder = new TextEncoder();

/** UTF-8 bytes. A text that can't have more than one byte per character needs no encoding. */
function byteLength(text: string): number {
  return asciiPattern.test(text) ? text.length : encoder.encode(text).length;
}

// oxlint-disable-next-line no-control-regex -- control characters are ASCII too
const asciiPattern = /^[\u0000-\u007f]*$/;

const ownersField = 'metadata.ownerReferences';

function pushOwnerErrors(owners: readonly OwnerReference[], errors: FieldError[]): void {
  let controller: OwnerReference | undefined;
  for (const owner of owners) {
    pushOwnerFieldErrors(owner, errors);
    if (owner.controller !== true) continue;
    if (controller !== undefined) {
      const found = `${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`;
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${found}`;
      errors.push(invalidValue(ownersField, owners, detail));
    }
    controller ??= owner;
  }
}

function pushOwnerFieldErrors(owner: OwnerReference, errors: FieldError[]): void {
  const { apiVersion, kind, name, uid } = owner;
  if (apiVersion === '' || apiVersion.endsWith('/')) {
    errors.push(invalidValue(`${ownersField}.apiVersion`, apiVersion, 'version must not be empty'));
  }
  if (kind === '') errors.push(invalidValue(`${ownersField}.kind`, kind, 'must not be empty'));
  if (name === '') errors.push(invalidValue(`${ownersField}.name`, name, 'must not be empty'));
  if (uid === '') errors.push(invalidValue(`${ownersField}.uid`, uid, 'must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event') {
    errors.push(invalidValue(ownersField, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
}

const finalizersField = 'metadata.finalizers';

function pushFinalizerErrors(finalizers: readonly string[], errors: FieldError[]): void {
  for (const finalizer of finalizers) {
    for (const complaint of checkQualifiedName(finalizer)) {
      errors.push(invalidValue(finalizersField, finalizer, complaint));
    }
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const detail = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(invalidValue(finalizersField, finalizers, detail));
  }
}

function pushAddedFinalizerErrors(metadata: ObjectMeta, old: ObjectMeta, errors: FieldError[]): void {
  const known = new Set(old.finalizers);
  const added = (metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return;
  const names = added.map((name) => JSON.stringify(name)).join(', ');
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`;
  errors.push(forbiddenValue(finalizersField, detail));
}
