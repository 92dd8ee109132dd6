/**
 * Descriptors of Kubernetes' protobuf messages: what is needed to read and write them as JSON objects. Made by `scripts/generate-protobuf.ts`, read from a
 * file beside this one when the first protobuf body comes.
 */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

export const FieldFlag = {
  repeated: 1,
  map: 2,
  /** The members of the message belong to the object around it. */
  inline: 4,
  /** A zero value is written in JSON too. */
  keepsZero: 8,
  /** Absent and zero are different. */
  pointer: 16,
} as const;

/** Field number, JSON name, type (scalar or message name; of the values, for a map), flags. */
export type FieldDescriptor = readonly [number: number, name: string, type: string, flags: number];

export interface Descriptors {
  /** Version of the Kubernetes modules. */
  readonly version: string;
  readonly types: Readonly<Record<string, readonly FieldDescriptor[]>>;
}

export interface MessageType {
  readonly name: string;
  readonly byNumber: ReadonlyMap<number, FieldDescriptor>;
  readonly fields: readonly FieldDescriptor[];
}

/** Messages by their full name; those of a kind by `apiVersion` and `kind`. */
export interface MessageTypes {
  get(name: string): MessageType | undefined;
  ofKind(apiVersion: string, kind: string): MessageType | undefined;
}

const META_PACKAGE = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS_PACKAGE = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';

let loading: Promise<MessageTypes> | undefined;

/** The descriptors, read once for the process. */
export async function loadMessageTypes(): Promise<MessageTypes> {
  loading ??= readMessageTypes();
  return loading;
}

async function readMessageTypes(): Promise<MessageTypes> {
  const packed = await readFile(new URL('descriptors.json.br', import.meta.url));
  const text = await promisify(brotliDecompress)(packed);
  const { types } = JSON.parse(text.toString('utf8')) as Descriptors;
  const compiled = new Map<string, MessageType>();
  const get = (name: string): MessageType | undefined => {
    let type = compiled.get(name);
    const fields = type === undefined && Object.hasOwn(types, name) ? types[name] : undefined;
    if (fields !== undefined) {
      type = { name, fields, byNumber: new Map(fields.map((field) => [field[0], field])) };
      compiled.set(name, type);
    }
    return type;
  };
  return {
    get,
    ofKind: (apiVersion, kind) => get(`${packageOf(apiVersion)}.${kind}`) ?? get(`${META_PACKAGE}.${kind}`),
  };
}

/** `apps/v1` → `k8s.io.api.apps.v1`, `rbac.authorization.k8s.io/v1` → `k8s.io.api.rbac.v1`, `v1` → `k8s.io.api.core.v1`. */
function packageOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? 'core' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  if (group === 'apiextensions.k8s.io' && version === 'v1') return EXTENSIONS_PACKAGE;
  if (group.includes('.') && !group.endsWith('.k8s.io')) return '';
  return `k8s.io.api.${group.split('.', 1)[0]}.${version}`;
}
