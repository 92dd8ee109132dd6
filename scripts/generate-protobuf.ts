/**
 * Writes the protobuf descriptors of Kubernetes' kinds (`libs/kubeapi/src/protobuf/descriptors.json.br`) from the published `.proto` files and the field
 * tags of the Go types: what a field is called in JSON, whether it is inlined, and whether its zero value means something. Needs Go on the path, to
 * fetch the modules.
 */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import protobuf from 'protobufjs';
import type { Descriptors, FieldDescriptor } from '../libs/kubeapi/src/protobuf/descriptors.ts';
import { FieldFlag } from '../libs/kubeapi/src/protobuf/descriptors.ts';

const VERSION = 'v0.36.3';
const OUTPUT = resolve(import.meta.dirname, '../libs/kubeapi/src/protobuf/descriptors.json.br');
/** Module and the folders of it that are taken. Versions that are no longer served are left out. */
const SOURCES: readonly (readonly [module: string, pattern: string])[] = [
  ['k8s.io/api', '*/v1/generated.proto'],
  ['k8s.io/api', 'autoscaling/v2/generated.proto'],
  ['k8s.io/apimachinery', 'pkg/{api/resource,apis/meta/v1,runtime,util/intstr}/generated.proto'],
  ['k8s.io/apiextensions-apiserver', 'pkg/apis/apiextensions/v1/generated.proto'],
];

/** What the tags of one Go field say. */
interface GoField {
  readonly json: string;
  readonly isInline: boolean;
  readonly omitsEmpty: boolean;
  readonly isPointer: boolean;
}

const SCALARS = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double', 'float']);

const types: Record<string, FieldDescriptor[]> = {};
for (const [module, pattern] of SOURCES) {
  const { Dir: folder } = JSON.parse(
    execFileSync('go', ['mod', 'download', '-json', `${module}@${VERSION}`], { encoding: 'utf8' }),
  ) as { Dir: string };
  for (const file of globSync(pattern, { cwd: folder }).toSorted()) addFile(join(folder, file));
}
const descriptors: Descriptors = { version: VERSION, types };
const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
const packed = brotliCompressSync(JSON.stringify(descriptors), { params: quality });
writeFileSync(OUTPUT, packed);
console.log(`${Object.keys(types).length} messages, ${packed.length} bytes`);

function addFile(path: string): void {
  const { root, package: packageName } = protobuf.parse(readFileSync(path, 'utf8'), { keepCase: true });
  const goFields = goFieldsOf(dirname(path));
  const namespace = root.lookup(packageName ?? '');
  if (!(namespace instanceof protobuf.Namespace)) throw new Error(`${path} declares no package`);
  for (const type of namespace.nestedArray) {
    if (!(type instanceof protobuf.Type)) continue;
    const tags = goFields.get(type.name);
    types[`${packageName}.${type.name}`] = type.fieldsArray.map((field) =>
      describe(field, packageName ?? '', tags?.get(field.id)),
    );
  }
}

function describe(field: protobuf.Field, packageName: string, tag: GoField | undefined): FieldDescriptor {
  let flags = 0;
  if (field.repeated) flags |= FieldFlag.repeated;
  if (field instanceof protobuf.MapField) flags |= FieldFlag.map;
  if (tag?.isInline === true) flags |= FieldFlag.inline;
  if (tag === undefined || tag.isPointer || !tag.omitsEmpty) flags |= FieldFlag.keepsZero;
  if (tag?.isPointer === true) flags |= FieldFlag.pointer;
  return [field.id, tag?.json ?? field.name, typeNameOf(field.type, packageName), flags];
}

function typeNameOf(type: string, packageName: string): string {
  if (SCALARS.has(type)) return type;
  return type.startsWith('.') ? type.slice(1) : type.includes('.') ? type : `${packageName}.${type}`;
}

/** Struct name → protobuf number → tags. Reads only declarations: nothing of the code. */
function goFieldsOf(folder: string): ReadonlyMap<string, ReadonlyMap<number, GoField>> {
  const structs = new Map<string, Map<number, GoField>>();
  for (const file of globSync('*.go', { cwd: folder })) {
    if (file.endsWith('_test.go') || file.startsWith('zz_') || file === 'generated.pb.go') continue;
    let fields: Map<number, GoField> | undefined;
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const struct = /^type (\w+) struct \{/.exec(line)?.[1];
      if (struct !== undefined) structs.set(struct, (fields = new Map()));
      if (line === '}') fields = undefined;
      if (fields !== undefined) addField(line, fields);
    }
  }
  return structs;
}

function addField(line: string, fields: Map<number, GoField>): void {
  const match = /^\s+(\S+)(?:\s+(\S+))?\s+`.*json:"([^"]*)".*protobuf:"\w+,(\d+)/.exec(line);
  if (match === null) return;
  const [, name = '', type = name, tag = '', number = '0'] = match;
  const [json = '', ...options] = tag.split(',');
  if (json === '-') return;
  fields.set(Number(number), {
    json,
    isInline: json === '' && options.includes('inline'),
    omitsEmpty: options.includes('omitempty') || options.includes('omitzero'),
    isPointer: type.startsWith('*'),
  });
}
