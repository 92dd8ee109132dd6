/** ConfigMap and Secret. */
import { Buffer } from 'node:buffer';
import { forbiddenValue, immutableDetail, invalidValue, requiredValue, tooLong } from '../../field-error.ts';
import { age, orNone, tableOf } from '../table/columns.ts';
import { checkImmutable, isSameJson, type Errors } from '../errors.ts';
import { checkConfigKey } from './config-key.ts';
import type { FieldError, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';

const sizeMaxBytes = 1024 * 1024;
/** How kube-apiserver prints the path of what is wrong with an object as a whole. */
const wholeObject = '[]';

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

interface Secret {
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  immutable?: boolean;
}

export const configMapTable = tableOf(['Data', 'Age'], (object, nowMs) => {
  const { data, binaryData } = object as ConfigMap;
  return [countKeys(data) + countKeys(binaryData), age(object, nowMs)];
});

export const secretTable = tableOf(['Type', 'Data', 'Age'], (object, nowMs) => {
  const { type, data } = object as Secret;
  return [orNone(type), countKeys(data), age(object, nowMs)];
});

function countKeys(map: object | undefined): number {
  return map === undefined ? 0 : Object.keys(map).length;
}

/** Text given in clear becomes data; it is never kept beside it. */
export function setSecretDefaults(draft: MutableKubeObject): void {
  const secret = draft as MutableKubeObject & Secret;
  secret.type ??= 'Opaque';
  const { stringData } = secret;
  if (stringData === undefined) return;
  const data: Record<string, string> = { ...secret.data };
  for (const key in stringData) data[key] = Buffer.from(stringData[key] ?? '', 'utf8').toString('base64');
  if (Object.keys(data).length > 0) secret.data = data;
  delete secret.stringData;
}

export function validateConfigMap(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const { data = {}, binaryData = {}, immutable } = object as ConfigMap;
  const errors: Errors = [];
  let bytes = 0;
  for (const key in data) {
    for (const complaint of checkConfigKey(key)) errors.push(invalidValue(`data[${key}]`, key, complaint));
    if (binaryData[key] !== undefined)
      errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    bytes += Buffer.byteLength(data[key] ?? '', 'utf8');
  }
  for (const key in binaryData) {
    for (const complaint of checkConfigKey(key)) errors.push(invalidValue(`binaryData[${key}]`, key, complaint));
    bytes += base64Bytes(binaryData[key] ?? '');
  }
  if (bytes > sizeMaxBytes) errors.push(tooLong(wholeObject, sizeMaxBytes));
  const previous = old as ConfigMap | undefined;
  if (previous?.immutable !== true) return errors;
  if (immutable !== true) errors.push(forbiddenValue('immutable', 'field is immutable when `immutable` is set'));
  for (const field of ['data', 'binaryData'] as const) {
    if (!isSameJson((object as ConfigMap)[field], previous[field])) {
      errors.push(forbiddenValue(field, 'field is immutable when `immutable` is set'));
    }
  }
  return errors;
}

/** Keys that a secret of a well-known type must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

const serviceAccountNameKey = 'kubernetes.io/service-account.name';

export function validateSecret(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const { data = {}, type = '', immutable } = object as Secret;
  const errors: Errors = [];
  let bytes = 0;
  for (const key in data) {
    for (const complaint of checkConfigKey(key)) errors.push(invalidValue(`data[${key}]`, key, complaint));
    bytes += base64Bytes(data[key] ?? '');
  }
  if (bytes > sizeMaxBytes) errors.push(tooLong('data', sizeMaxBytes));
  checkSecretType(errors, object, type, data);
  if (old === undefined) return errors;
  const previous = old as Secret;
  checkImmutable(errors, 'type', type, previous.type ?? '');
  if (previous.immutable !== true) return errors;
  if (immutable !== true) errors.push(forbiddenValue('immutable', 'field is immutable when `immutable` is set'));
  if (!isSameJson(data, previous.data ?? {})) {
    errors.push(forbiddenValue('data', `${immutableDetail} when \`immutable\` is set`));
  }
  return errors;
}

function checkSecretType(
  errors: Errors,
  object: KubeObject,
  type: string,
  data: Readonly<Record<string, string>>,
): void {
  for (const key of requiredKeys[type] ?? []) {
    if (data[key] === undefined) errors.push(requiredValue(`data[${key}]`));
    else if (key.startsWith('.docker')) {
      const complaint = jsonComplaint(data[key]);
      if (complaint !== undefined) errors.push(invalidValue(`data[${key}]`, '<secret contents redacted>', complaint));
    }
  }
  if (type === 'kubernetes.io/service-account-token') {
    const name = object.metadata.annotations?.[serviceAccountNameKey] ?? '';
    if (name === '') errors.push(requiredValue(`metadata.annotations[${serviceAccountNameKey}]`));
  }
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    errors.push(requiredValue('data[username]'), requiredValue('data[password]'));
  }
}

function jsonComplaint(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  if (text === '') return 'unexpected end of JSON input';
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return 'must be valid JSON';
  }
}

function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  return (text.length / 4) * 3 - padding;
}
